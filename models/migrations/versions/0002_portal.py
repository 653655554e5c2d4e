"""The portal: logins, drafts, questionnaires, connections to other systems, receipts of letters."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("case", sa.String(160), nullable=False),
        sa.Column("stage", sa.String(41), nullable=False),
        sa.Column("form", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.String(40), nullable=False),
        sa.Column("saved_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("case", "stage", "form", "owner"),
    )
    op.create_table(
        "feed_links",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("of", sa.String(12), nullable=False),
        sa.Column("whose", sa.String(40), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("revoked_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_feed_links_whose"), "feed_links", ["whose"], unique=False)
    op.create_table(
        "questionnaires",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("case", sa.String(160), nullable=False),
        sa.Column("stage", sa.String(41), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("at_least", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_questionnaires_case"), "questionnaires", ["case"], unique=False)
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("used_at", sa.String(32), nullable=False),
        sa.Column("revoked_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["office"],
            ["organisations.code"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_api_tokens_office"), "api_tokens", ["office"], unique=False)
    op.create_table(
        "entry_links",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("ends_at", sa.String(32), nullable=False),
        sa.Column("used_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_entry_links_person"), "entry_links", ["person"], unique=False)
    op.create_table(
        "logins",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("person"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "questionnaire_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire", sa.String(32), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire"],
            ["questionnaires.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_questionnaire_answers_questionnaire"),
        "questionnaire_answers",
        ["questionnaire"],
        unique=False,
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=True),
        sa.Column("began_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("ends_at", sa.String(32), nullable=False),
        sa.Column("revoked_at", sa.String(32), nullable=False),
        sa.Column("device", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_sessions_person"), "sessions", ["person"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("url", sa.String(400), nullable=False),
        sa.Column("events", sa.String(1000), nullable=False),
        sa.Column("secret", sa.String(80), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office"],
            ["organisations.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_webhooks_office"), "webhooks", ["office"], unique=False)
    op.create_table(
        "webhook_calls",
        sa.Column("webhook", sa.String(32), nullable=False),
        sa.Column("case", sa.String(160), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.String(32), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook"],
            ["webhooks.id"],
        ),
        sa.PrimaryKeyConstraint("webhook", "case", "seq"),
    )
    op.create_index(op.f("ix_webhook_calls_state"), "webhook_calls", ["state"], unique=False)
    op.add_column(
        "letters", sa.Column("received_at", sa.String(32), server_default="", nullable=False)
    )
    op.add_column(
        "letters", sa.Column("received_by", sa.String(40), server_default="", nullable=False)
    )
    op.add_column(
        "letters", sa.Column("received_note", sa.String(120), server_default="", nullable=False)
    )
    op.add_column(
        "organisations", sa.Column("initials", sa.String(120), server_default="", nullable=False)
    )
    _lists_by_day()


def _lists_by_day() -> None:
    """What pages list by day, newest or soonest first, without sorting all there is."""
    listed = ["office", "drafted_on", "order", "kind", "received_at"]
    op.create_index("letters_by_day", "letters", listed, unique=False)
    op.create_index(op.f("ix_evidence_organisation"), "evidence", ["organisation"], unique=False)
    op.create_index(op.f("ix_evidence_uses_case"), "evidence_uses", ["case"], unique=False)
    op.create_index("events_by_time", "events", ["at", "case", "seq"], unique=False)
    issues = ["office", "raised_on", "case", "stage", "number"]
    op.create_index("issues_by_day", "issues", issues, unique=False)
    op.create_index("messages_by_day", "messages", ["office", "owed_on", "key"], unique=False)
    trouble, armed = sa.text("state IN ('failed', 'unknown')"), sa.text("state = 'armed'")
    for table, columns in {
        "messages": ["office", "owed_on", "key"],
        "orders": ["office", "owed_on"],
    }.items():
        op.create_index(
            f"{table}_in_trouble",
            table,
            columns,
            unique=False,
            postgresql_where=trouble,
            sqlite_where=trouble,
        )
    op.create_index(
        "deadlines_by_day",
        "deadlines",
        ["office", "due_on", "case", "seq"],
        unique=False,
        postgresql_where=armed,
        sqlite_where=armed,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_evidence_uses_case"), table_name="evidence_uses")
    op.drop_index(op.f("ix_evidence_organisation"), table_name="evidence")
    op.drop_index("letters_by_day", table_name="letters")
    op.drop_index("deadlines_by_day", table_name="deadlines")
    op.drop_index("issues_by_day", table_name="issues")
    op.drop_index("orders_in_trouble", table_name="orders")
    op.drop_index("messages_in_trouble", table_name="messages")
    op.drop_index("messages_by_day", table_name="messages")
    op.drop_index("events_by_time", table_name="events")
    op.drop_column("organisations", "initials")
    op.drop_column("letters", "received_note")
    op.drop_column("letters", "received_by")
    op.drop_column("letters", "received_at")
    op.drop_index(op.f("ix_webhook_calls_state"), table_name="webhook_calls")
    op.drop_table("webhook_calls")
    op.drop_index(op.f("ix_webhooks_office"), table_name="webhooks")
    op.drop_table("webhooks")
    op.drop_index(op.f("ix_sessions_person"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(
        op.f("ix_questionnaire_answers_questionnaire"), table_name="questionnaire_answers"
    )
    op.drop_table("questionnaire_answers")
    op.drop_table("logins")
    op.drop_index(op.f("ix_entry_links_person"), table_name="entry_links")
    op.drop_table("entry_links")
    op.drop_index(op.f("ix_api_tokens_office"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_index(op.f("ix_questionnaires_case"), table_name="questionnaires")
    op.drop_table("questionnaires")
    op.drop_index(op.f("ix_feed_links_whose"), table_name="feed_links")
    op.drop_table("feed_links")
    op.drop_table("drafts")
