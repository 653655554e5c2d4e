"""Which template holds is in the office's log, and this table says where.

Versions adopted before the log knew of it are taken out: no event says who adopted them. Letters
drafted by them keep their hash and the file is kept; the office adopts the file once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

SAID_BY_THE_EVENT = {"file_name": 200, "added_by": 40, "added_at": 32, "note": 200}


def upgrade() -> None:
    op.execute("DELETE FROM letter_templates")
    for name in SAID_BY_THE_EVENT:
        op.drop_column("letter_templates", name)
    op.add_column("letter_templates", sa.Column("case", sa.String(160), nullable=False))
    op.add_column("letter_templates", sa.Column("seq", sa.Integer(), nullable=False))
    op.create_index("ix_letter_templates_case", "letter_templates", ["case"])


def downgrade() -> None:
    op.execute("DELETE FROM letter_templates")
    op.drop_index("ix_letter_templates_case", table_name="letter_templates")
    op.drop_column("letter_templates", "seq")
    op.drop_column("letter_templates", "case")
    for name, most in SAID_BY_THE_EVENT.items():
        op.add_column("letter_templates", sa.Column(name, sa.String(most), nullable=False))
