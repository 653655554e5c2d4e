"""A message has a short form, for a chat group; those written before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    short = sa.Column("short", sa.String(300), nullable=False, server_default="")
    op.add_column("messages", short)


def downgrade() -> None:
    op.drop_column("messages", "short")
