"""A county whose round has letters to draft, as tests take them away and draft them again."""

import shutil
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Row, delete, select, update

from documents.template_store import keep
from dudao.drafting import Round, draft_round
from engine.journal import Entry, Journal
from engine.library import shipped_calendar
from engine.owed_letters import Owed, owing, round_of
from engine.shelf import Shelf
from models.database import Database
from models.letters import Letter
from models.orders import OrderRow
from rules.letter_templates import AdoptTemplate, GiveUpTemplate
from rules.office_affairs import own_case
from rules.values import Actor
from tasks.drafting import Came
from tasks.house import random_salt
from tests.portal_people import poured

_LETTERS, _ORDERS = Letter.__table__, OrderRow.__table__
END = date(2026, 12, 31)
AT = datetime(2027, 1, 4, 1, tzinfo=UTC)
OFFICE = "SLX-DD"
ROUND, KIND = f"{OFFICE}/shaanxi-316/2026", "issue_demand"


class Desk:
    """The county's letters of one kind: on a database, in a folder of their own."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url, self.database = home, url, Database(url)

    @classmethod
    def at(cls, lived: Path, home: Path, url: str = "") -> "Desk":
        """A copy of a county that was lived; on the database of that URL, else on its own."""
        shutil.copytree(lived, home)
        if url:
            poured(lived, url).close()
        return cls(home, url or str(home / "dudao.db"))

    def rows(self, kind: str = KIND) -> list[Row]:
        """The letters there are."""
        wanted = select(_LETTERS).where(_LETTERS.c.kind == kind).order_by(_LETTERS.c.order)
        with self.database.reading() as connection:
            return list(connection.execute(wanted))

    def files(self) -> dict[str, str]:
        """Every file in the folder of letters, with its hash."""
        folder = self.home / "letters"
        return {
            str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest()
            for file in folder.rglob("*")
            if file.is_file()
        }

    def owed(self, kind: str = KIND) -> list[Owed]:
        """What the round owes."""
        with self.database.reading() as connection:
            found = owing(connection, Shelf(), round_of(connection, ROUND), kind)
        assert found is not None
        return found.letters

    def take_away(self, *orders: str, as_: str = "open") -> None:
        """As if these letters had never been drafted: open, or failed."""
        with self.database.writing() as connection:
            for row in self.rows():
                if row.order in orders:
                    (self.home / "letters" / row.path).unlink(missing_ok=True)
            which = _ORDERS.c.id.in_(orders)
            connection.execute(delete(_LETTERS).where(_LETTERS.c.order.in_(orders)))
            connection.execute(update(_ORDERS).where(which).values(state=as_, outcome="没有模板"))

    def change(self, order: str, **values: object) -> None:
        """What became of a letter since."""
        with self.database.writing() as connection:
            own = update(_LETTERS).where(_LETTERS.c.order == order)
            connection.execute(own.values(**values))

    def states(self) -> set[str]:
        """How the orders of the letters stand."""
        return {one.state for one in self.owed()}

    def draft(self, anew: bool = False, processes: int = 1, at: datetime = AT) -> dict[str, Came]:
        """What the command does; what came of each letter, by its order."""
        done = draft_round(Round(self.home, self.url, at, anew), self.owed(), processes)
        return {came.order: came for some in done for came in some}

    def adopt(self, template: bytes) -> str:
        """The office's own template from now on (empty: none any more); its hash."""
        hashed = keep(self.home, template) if template else ""
        common = {"office": OFFICE, "kind": "*"}
        command = (
            AdoptTemplate(**common, sha256=hashed, form={"name": "模板.docx"})
            if template
            else GiveUpTemplate(**common)
        )
        clerk, key = Actor("O2", "office", OFFICE), f"{command.type} {hashed}"
        entry = Entry(command, own_case(OFFICE), clerk, AT, key)
        Journal(self.database, shipped_calendar(), random_salt).record(entry)
        return hashed


@contextmanager
def meanwhile(owner: object, name: str, happens: Callable[[], None]):
    """Something happens just before a function is called the first time."""
    real, left = getattr(owner, name), [happens]

    def called(*arguments, **more):
        while left:
            left.pop()()
        return real(*arguments, **more)

    setattr(owner, name, called)
    try:
        yield
    finally:
        setattr(owner, name, real)
