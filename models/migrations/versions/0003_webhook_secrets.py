"""Secrets of webhooks are kept no more: they follow from the house's own and the webhook's id.

Whoever was given one before would not be understood any more, and could still be read from any
older copy of the database: those webhooks are stopped, for the office to make them anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(sa.text("UPDATE webhooks SET active = false"))
    op.drop_column("webhooks", "secret")


def downgrade() -> None:
    op.add_column("webhooks", sa.Column("secret", sa.String(80), nullable=False, server_default=""))
    op.execute(sa.text("UPDATE webhooks SET active = false"))
