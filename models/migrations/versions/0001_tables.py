"""The first tables: everything the product remembers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "cases",
    "deadlines",
    "events",
    "evidence",
    "evidence_uses",
    "frozen_texts",
    "issues",
    "letters",
    "orders",
    "organisations",
    "payloads",
    "people",
    "scores",
    "visits",
    "assignments",
    "cycles",
    "messages",
    "recusals",
    "attempts",
    "rounds",
)


def column(name: str, type_: Any, *rest: Any, nullable: bool = False, **more: Any) -> sa.Column:
    """A column; without saying so it always holds something."""
    return sa.Column(name, type_, *rest, nullable=nullable, **more)


def only(condition: str) -> dict[str, Any]:
    """An index of some rows, on both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "cases",
        column("id", sa.String(160), primary_key=True),
        column("of", sa.String(5)),
        column("round", sa.String(120)),
        column("office", sa.String(40), index=True),
        column("subject", sa.String(40), index=True),
        column("definition", sa.String(64)),
        column("standard", sa.String(64)),
        column("status", sa.String(10), index=True),
        column("seq", sa.Integer()),
        column("head", sa.String(64)),
        column("state", sa.Text()),
        sa.Index("cases_by_round", "round", "of"),
    )
    op.create_table(
        "deadlines",
        column("case", sa.String(160), primary_key=True),
        column("seq", sa.Integer(), primary_key=True),
        column("key", sa.String(120)),
        column("office", sa.String(40)),
        column("who", sa.String(60)),
        column("due_on", sa.Date()),
        column("next_on", sa.Date()),
        column("state", sa.String(10)),
        column("missed", sa.Boolean()),
        column("level", sa.Integer()),
        column("provisional", sa.Boolean()),
        column("reckoning", sa.Text()),
        sa.Index("deadlines_of_key", "case", "key"),
        sa.Index("deadlines_to_look_at", "next_on", "case", "seq", **only("state = 'armed'")),
    )
    op.create_table(
        "events",
        column("case", sa.String(160), primary_key=True),
        column("seq", sa.Integer(), primary_key=True),
        column("type", sa.String(60)),
        column("stage", sa.String(41)),
        column("item", sa.String(60)),
        column("happened_on", sa.Date()),
        column("at", sa.String(32)),
        column("actor", sa.String(40)),
        column("role", sa.String(20)),
        column("on_behalf_of", sa.String(40)),
        column("key", sa.String(200), nullable=True),
        column("body", sa.Text()),
        column("prev", sa.String(64)),
        column("hash", sa.String(64)),
        sa.Index("events_by_type", "type", "happened_on"),
        sa.Index("events_once", "case", "key", unique=True),
    )
    op.create_table(
        "evidence",
        column("sha256", sa.String(64), primary_key=True),
        column("organisation", sa.String(40), primary_key=True),
        column("name", sa.String(200)),
        column("media_type", sa.String(100)),
        column("size", sa.Integer()),
        column("added_at", sa.String(32)),
    )
    op.create_table(
        "evidence_uses",
        column("sha256", sa.String(64), primary_key=True),
        column("case", sa.String(160), primary_key=True),
        column("indicator", sa.String(20), primary_key=True),
    )
    op.create_table(
        "frozen_texts",
        column("hash", sa.String(64), primary_key=True),
        column("kind", sa.String(20)),
        column("name", sa.String(80)),
        column("text", sa.String()),
    )
    op.create_table(
        "issues",
        column("case", sa.String(160), primary_key=True),
        column("stage", sa.String(41), primary_key=True),
        column("number", sa.String(20), primary_key=True),
        column("office", sa.String(40), index=True),
        column("subject", sa.String(40), index=True),
        column("severity", sa.String(12)),
        column("outcome", sa.String(20)),
        column("nature", sa.String(12)),
        column("basis", sa.String(80)),
        column("unit", sa.String(40)),
        column("source", sa.String(160)),
        column("state", sa.String(12), index=True),
        column("raised_on", sa.Date()),
        column("closed_on", sa.Date(), nullable=True),
        column("reopened", sa.Integer()),
    )
    op.create_table(
        "letters",
        column("order", sa.String(200), primary_key=True),
        column("case", sa.String(160), index=True),
        column("office", sa.String(40)),
        column("kind", sa.String(60)),
        column("title", sa.String(200)),
        column("drafted_on", sa.Date()),
        column("path", sa.String(400)),
        column("sha256", sa.String(64)),
        column("template", sa.String(64)),
        column("sources", sa.String(4000)),
        column("state", sa.String(10)),
    )
    op.create_table(
        "orders",
        column("id", sa.String(200), primary_key=True),
        column("case", sa.String(160)),
        column("seq", sa.Integer()),
        column("office", sa.String(40)),
        column("flow", sa.String(30)),
        column("body", sa.Text()),
        column("owed_on", sa.Date()),
        column("state", sa.String(10)),
        column("claim", sa.Integer()),
        column("leased_until", sa.String(32)),
        column("flow_run", sa.String(60)),
        column("outcome", sa.String(1000)),
        column("done_at", sa.String(32)),
        sa.Index("orders_by_case", "case", "seq"),
        sa.Index("orders_open", "flow", "office", "id", **only("state = 'open'")),
    )
    op.create_table(
        "organisations",
        column("code", sa.String(40), primary_key=True),
        column("name", sa.String(120)),
        column("kind", sa.String(20), index=True),
        column(
            "parent", sa.String(), sa.ForeignKey("organisations.code"), index=True, nullable=True
        ),
        column("zone", sa.String(40), index=True, nullable=True),
        column("tier", sa.String(20)),
        column("invented", sa.Boolean()),
        column("opened_on", sa.Date(), nullable=True),
        column("closed_on", sa.Date(), nullable=True),
        column("successor", sa.String(40), nullable=True),
        column("last_evaluated_on", sa.Date(), nullable=True),
        column("facts", sa.JSON()),
    )
    op.create_table(
        "payloads",
        column("digest", sa.String(64), primary_key=True),
        column("case", sa.String(160), index=True),
        column("salt", sa.String(64)),
        column("body", sa.Text()),
        column("erased_at", sa.String(32)),
    )
    op.create_table(
        "people",
        column("id", sa.String(40), primary_key=True),
        column("name", sa.String(60)),
        column("mail", sa.String(200)),
        column("phone", sa.String(30)),
        column("left_on", sa.Date(), nullable=True),
    )
    op.create_table(
        "scores",
        column("case", sa.String(160), primary_key=True),
        column("seq", sa.Integer(), primary_key=True),
        column("side", sa.String(10)),
        column("subject", sa.String(40), index=True),
        column("scored_on", sa.Date()),
        column("total", sa.String(12)),
        column("value_added", sa.String(12)),
        column("grade", sa.String(4)),
        column("areas", sa.String(2000)),
    )
    op.create_table(
        "visits",
        column("case", sa.String(160), primary_key=True),
        column("seq", sa.Integer(), primary_key=True),
        column("stage", sa.String(41)),
        column("kind", sa.String(30)),
        column("subject", sa.String(40), index=True),
        column("happened_on", sa.Date(), index=True),
        column("actor", sa.String(40)),
    )
    op.create_table(
        "assignments",
        column("id", sa.Integer(), primary_key=True),
        column("person", sa.String(), sa.ForeignKey("people.id"), index=True),
        column("role", sa.String(20)),
        column("organisation", sa.String(), sa.ForeignKey("organisations.code"), index=True),
        column("rank", sa.Integer()),
        column("since", sa.Date(), nullable=True),
        column("until", sa.Date(), nullable=True),
    )
    op.create_table(
        "cycles",
        column("id", sa.String(120), primary_key=True),
        column("office", sa.String(), sa.ForeignKey("organisations.code"), index=True),
        column("process", sa.String(80)),
        column("first_year", sa.Integer()),
        column("years", sa.Integer()),
    )
    op.create_table(
        "messages",
        column("key", sa.String(260), primary_key=True),
        column("order", sa.String(200), sa.ForeignKey("orders.id"), index=True),
        column("case", sa.String(160), index=True),
        column("office", sa.String(40)),
        column("name", sa.String(80)),
        column("person", sa.String(40), index=True),
        column("role", sa.String(60)),
        column("organisation", sa.String(40)),
        column("owed_on", sa.Date()),
        column("subject", sa.String(300)),
        column("text", sa.Text()),
        column("state", sa.String(10)),
        column("reason", sa.String(300)),
        column("tries", sa.Integer()),
        column("not_before", sa.String(32)),
        sa.Index("messages_open", "office", "owed_on", "key", **only("state = 'open'")),
    )
    op.create_table(
        "recusals",
        column("person", sa.String(), sa.ForeignKey("people.id"), primary_key=True),
        column("organisation", sa.String(), sa.ForeignKey("organisations.code"), primary_key=True),
        column("reason", sa.String(500)),
    )
    op.create_table(
        "attempts",
        column("id", sa.Integer(), primary_key=True),
        column("message", sa.String(260), sa.ForeignKey("messages.key")),
        column("number", sa.Integer()),
        column("channel", sa.String(40)),
        column("begun_at", sa.String(32)),
        column("ended_at", sa.String(32)),
        column("state", sa.String(10)),
        column("detail", sa.String(500)),
        column("flow_run", sa.String(60)),
        sa.UniqueConstraint("message", "number", name="attempts_number"),
    )
    op.create_table(
        "rounds",
        column("id", sa.String(120), primary_key=True),
        column("cycle", sa.String(), sa.ForeignKey("cycles.id"), nullable=True),
        column("office", sa.String(), sa.ForeignKey("organisations.code"), index=True),
        column("process", sa.String(80)),
        column("definition", sa.String(64)),
        column("standard", sa.String(64)),
        column("calendar", sa.String(64)),
        column("period", sa.String(20)),
        column("first", sa.Date()),
        column("last", sa.Date()),
    )


def downgrade() -> None:
    """Remove all tables, those that point to others first."""
    for table in reversed(TABLES):
        op.drop_table(table)
