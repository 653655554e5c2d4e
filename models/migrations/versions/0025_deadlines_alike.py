"""Deadlines that are alike are counted from an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_index(
        "deadlines_alike",
        "deadlines",
        ["office", "next_on", "due_on", "key", "who", "missed", "level", "case"],
        sqlite_where=sa.text("state = 'armed'"),
        postgresql_where=sa.text("state = 'armed'"),
    )


def downgrade() -> None:
    op.drop_index("deadlines_alike", "deadlines")
