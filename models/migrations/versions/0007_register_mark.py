"""A mark that is another whenever the register is, renewed by triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KEPT = {
    "organisations": "code, name, initials, kind, parent, zone, tier, invented, opened_on, "
    "closed_on, successor, facts",
    "people": "name, left_on",
    "assignments": 'person, role, organisation, rank, since, "until"',
}


def upgrade() -> None:
    op.create_table(
        "register_marks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    fresh = "lower(hex(randomblob(16)))"
    if postgres:
        fresh = "replace(gen_random_uuid()::text, '-', '')"
    op.execute(f"INSERT INTO register_marks (id, mark) VALUES (1, {fresh})")
    renew = f"UPDATE register_marks SET mark = {fresh}"
    then = f"BEGIN {renew}; END"
    if postgres:
        op.execute(
            "CREATE FUNCTION renew_register_mark() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {renew}; RETURN NULL; END $$"
        )
        then = "FOR EACH STATEMENT EXECUTE FUNCTION renew_register_mark()"
    for table, columns in KEPT.items():
        for what in ("INSERT", f"UPDATE OF {columns}", "DELETE"):
            name = f"{table}_{what.split()[0].lower()}_marked"
            op.execute(f"CREATE TRIGGER {name} AFTER {what} ON {table} {then}")


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in KEPT:
        for what in ("insert", "update", "delete"):
            on = f" ON {table}" if postgres else ""
            op.execute(f"DROP TRIGGER {table}_{what}_marked{on}")
    if postgres:
        op.execute("DROP FUNCTION renew_register_mark()")
    op.drop_table("register_marks")
