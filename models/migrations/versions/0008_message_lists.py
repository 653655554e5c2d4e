"""Lists of a province's messages: by kind, by person and of those not sent, each from an index."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BY_DAY = ["office", "owed_on", "key"]
NEW = {
    "messages_by_name": ["office", "name", "owed_on", "key"],
    "messages_of_person": ["person", "owed_on", "key", "office"],
}
FEW = {
    "messages_open": ("state = 'open'", ["office", "state", *BY_DAY[1:]]),
    "messages_skipped": ("state = 'skipped'", ["office", "state", *BY_DAY[1:]]),
    "messages_in_trouble": ("state IN ('failed', 'unknown')", ["state", *BY_DAY[1:], "office"]),
}


def _few(name: str, columns: list[str]) -> None:
    only = sa.text(FEW[name][0])
    op.create_index(name, "messages", columns, postgresql_where=only, sqlite_where=only)


def upgrade() -> None:
    for name in ("messages_by_day", "messages_open", "messages_in_trouble", "ix_messages_person"):
        op.drop_index(name, table_name="messages")
    op.create_index("messages_by_day", "messages", [*BY_DAY, "person", "case"])
    for name, columns in NEW.items():
        op.create_index(name, "messages", columns)
    for name in FEW:
        _few(name, FEW[name][1])


def downgrade() -> None:
    for name in ("messages_by_day", *NEW, *FEW):
        op.drop_index(name, table_name="messages")
    op.create_index("ix_messages_person", "messages", ["person"])
    op.create_index("messages_by_day", "messages", BY_DAY)
    _few("messages_open", BY_DAY)
    _few("messages_in_trouble", BY_DAY)
