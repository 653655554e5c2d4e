"""How a migration is run: by `models.creation` inside its transaction, or by hand for a new one.

After a change to a table, write its migration and read what was written:

    alembic -c models/alembic.ini -x database=new.db upgrade head
    alembic -c models/alembic.ini -x database=new.db revision --autogenerate --rev-id 0002 -m "why"
"""

from alembic import context
from sqlalchemy import Connection
from sqlmodel import AutoString

from models.database import TABLES, Database


def run(connection: Connection) -> None:
    """Run what was asked for on an open connection."""
    context.configure(connection=connection, target_metadata=TABLES, render_item=plainly)
    with context.begin_transaction():
        context.run_migrations()


def plainly(type_: str, thing: object, autogenerate: object) -> str | bool:
    """SQLModel's strings are written as SQLAlchemy's: a migration must outlive the models."""
    return f"sa.String({thing.length or ''})" if isinstance(thing, AutoString) else False


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with Database(context.get_x_argument(as_dictionary=True)["database"]).writing() as opened:
        run(opened)
