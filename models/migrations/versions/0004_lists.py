"""Lists of a whole province: each is counted, filtered and put in order from an index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Those that were narrower: before, and since.
WIDENED = {
    "deadlines_by_day": (
        "deadlines",
        ["office", "due_on", "case", "seq"],
        ["key", "who", "provisional", "state"],
    ),
    "events_by_time": ("events", ["at", "case", "seq"], ["actor"]),
    "cases_by_round": ("cases", ["round", "of"], ["status", "id", "seq"]),
    "issues_by_day": (
        "issues",
        ["office", "raised_on", "case", "stage", "number"],
        ["state", "severity", "nature", "unit", "basis", "subject"],
    ),
}
NEW = {
    "assignments_at": ("assignments", ["organisation", "role", "until", "person"]),
    "events_by_actor": ("events", ["actor", "at", "case", "seq"]),
    "issues_counted": (
        "issues",
        [
            *("office", "state", "severity", "nature", "unit", "basis", "subject"),
            *("case", "stage", "number", "raised_on"),
        ],
    ),
    "issues_shared": (
        "issues",
        ["office", "basis", "subject", "state", "severity", "nature", "unit", "case"],
    ),
    "issues_of_unit": ("issues", ["unit", "case"]),
    "letters_of_case": ("letters", ["case", "kind", "drafted_on", "order", "received_at"]),
    "organisations_listed": (
        "organisations",
        ["code", "name", "initials", "kind", "parent", "closed_on"],
    ),
    "people_by_name": ("people", ["name", "id", "phone"]),
    "organisations_evaluated": ("organisations", ["last_evaluated_on", "code"]),
}
# What a new one begins with, and what is of no use: nearly all cases are of one office and
# open, and a database that looks through those reads them all.
OLD = (
    *(("issues", "office"), ("issues", "state"), ("letters", "case")),
    *(("cases", "office"), ("cases", "status"), ("assignments", "organisation")),
)


def _create(name: str, table: str, columns: list[str]) -> None:
    only = sa.text("state = 'armed'") if table == "deadlines" else None
    op.create_index(name, table, columns, postgresql_where=only, sqlite_where=only)


def upgrade() -> None:
    for name, (table, before, since) in WIDENED.items():
        op.drop_index(name, table_name=table)
        _create(name, table, [*before, *since])
    for name, (table, columns) in NEW.items():
        op.create_index(name, table, columns, unique=False)
    for table, column in OLD:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)


def downgrade() -> None:
    for table, column in OLD:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    for name, (table, _) in NEW.items():
        op.drop_index(name, table_name=table)
    for name, (table, before, _) in WIDENED.items():
        op.drop_index(name, table_name=table)
        _create(name, table, before)
