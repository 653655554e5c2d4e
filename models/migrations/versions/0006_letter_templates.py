"""The Word templates of an office, with their versions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "letter_templates",
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case", sa.String(160), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("office", "kind", "version"),
    )
    op.create_index("ix_letter_templates_case", "letter_templates", ["case"])


def downgrade() -> None:
    op.drop_table("letter_templates")
