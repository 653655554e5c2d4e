"""What went out together, whose receipt is waited for, and the channel a person asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0009"

UNREAD = sa.text("state IN ('sent', 'delivered') AND not_before <> ''")
TOGETHER = sa.text("parcel <> ''")


def upgrade() -> None:
    parcel = sa.Column("parcel", sa.String(40), nullable=False, server_default="")
    op.add_column("attempts", parcel)
    op.create_index(
        "attempts_of_parcel",
        "attempts",
        ["parcel"],
        postgresql_where=TOGETHER,
        sqlite_where=TOGETHER,
    )
    op.create_index(
        "messages_unread",
        "messages",
        ["office", "not_before"],
        postgresql_where=UNREAD,
        sqlite_where=UNREAD,
    )
    op.create_table(
        "preferences",
        sa.Column("person", sa.String(40), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )


def downgrade() -> None:
    op.drop_table("preferences")
    op.drop_index("messages_unread", table_name="messages")
    op.drop_index("attempts_of_parcel", table_name="attempts")
    op.drop_column("attempts", "parcel")
