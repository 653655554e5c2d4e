"""What became of a letter: its text, number and successor; and the register of numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TEXTS = {"text": 64, "pdf": 64, "number": 40, "replaced_by": 200}
BY_STATE = ["office", "state", "drafted_on", "order", "kind"]


def upgrade() -> None:
    for name, most in (*TEXTS.items(), ("called_by", 200)):
        column = sa.Column(name, sa.String(most), nullable=False, server_default="")
        op.add_column("letters", column)
    op.add_column("letters", sa.Column("issued_on", sa.Date(), nullable=True))
    op.execute(sa.text('UPDATE letters SET called_by = "order"'))
    op.create_index("letters_by_state", "letters", BY_STATE, unique=False)
    op.create_table(
        "letter_numbers",
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case", sa.String(160), nullable=False),
        sa.Column("letter", sa.String(60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("office", "code", "year", "number"),
    )
    op.create_index(op.f("ix_letter_numbers_case"), "letter_numbers", ["case"], unique=False)


def downgrade() -> None:
    op.drop_table("letter_numbers")
    op.drop_index("letters_by_state", table_name="letters")
    for name in (*TEXTS, "called_by", "issued_on"):
        op.drop_column("letters", name)
