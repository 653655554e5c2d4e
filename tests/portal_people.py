"""People at the portal, as tests see them: a county in the middle of its year, and browsers that
fill in real forms."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import func, insert, select

from dudao.demo.run import Demo, play
from engine.journal import Journal
from engine.library import shipped_calendar
from models.cases import Case
from models.creation import create
from models.database import TABLES, Database
from notifications.ahead import Foresight
from notifications.catalogue import MESSAGES
from notifications.previewing import previews
from portal.app import build
from portal.desk import Desk
from portal.sessions import COOKIE, open_session
from tasks.house import random_salt, secret_of

MIDDAY = timedelta(hours=4)  # noon in Shanghai, as UTC
_CASES = Case.__table__


def live_until(folder: Path, until: date, schools: int = 8) -> Path:
    """A county whose year was lived up to a day, in a folder to copy from."""
    year = play(Demo(schools, 1, until.year, folder, prefect=False, until=until), lambda day: None)
    year.house.database.close()
    return folder


def poured(source: Path, url: str) -> Database:
    """What a county that was lived remembers, in another empty database."""
    create(url)
    before, after = Database(str(source / "dudao.db")), Database(url)
    with before.reading() as old, after.writing() as new:
        for table in TABLES.sorted_tables:
            if table.name == "register_marks":  # the new database has its own
                continue
            if rows := [dict(row) for row in old.execute(select(table)).mappings()]:
                new.execute(insert(table), rows)
            numbered = table.autoincrement_column
            if rows and numbered is not None and not after.sqlite:  # it counts on from there
                last = max(row[numbered.name] for row in rows)
                counter = func.pg_get_serial_sequence(table.name, numbered.name)
                new.execute(select(func.setval(counter, last)))
    before.close()
    return after


class County:
    """A county at noon of a day, with its portal. The day can be moved."""

    def __init__(
        self, folder: Path, today: date, outside: bool = False, database: Database | None = None
    ) -> None:
        self.now = datetime(today.year, today.month, today.day, tzinfo=UTC) + MIDDAY
        self.database = database or Database(str(folder / "dudao.db"))
        self.journal = Journal(self.database, shipped_calendar(), random_salt)
        self.woken = 0
        self.desk = Desk(
            self.journal,
            folder,
            lambda: self.now,
            secret_of(folder),
            outside=outside,
            wake=self._woken,
            ahead=Foresight(self.journal.shelf),
            messages=MESSAGES,
            previews=lambda connection, *asked: previews(connection, self.journal.shelf, *asked),
        )
        self.app = build(self.desk)

    def _woken(self) -> None:
        self.woken += 1

    def move_to(self, today: date) -> None:
        """Noon of another day."""
        self.now = datetime(today.year, today.month, today.day, tzinfo=UTC) + MIDDAY

    def browser(self, person: str = "", seat: int | None = None) -> "Browser":
        """A browser; with a person it is logged in."""
        browser = Browser(self.app)
        if person:
            with self.database.writing() as connection:
                opened = open_session(connection, person, self.now, "测试")
            browser.client.cookies.set(COOKIE, opened.token)
        return browser

    def case(self, subject: str) -> str:
        """The id of a subject's case."""
        with self.database.reading() as connection:
            wanted = select(_CASES.c.id).where(_CASES.c.subject == subject, _CASES.c.of == "case")
            return connection.execute(wanted.order_by(_CASES.c.id)).scalars().first() or ""

    def key(self, subject: str) -> str:
        """The case as addresses name it."""
        return self.case(subject).replace("/", "~")


@contextmanager
def county_at(
    source: Path, folder: Path, today: date, url: str = "", **how: Any
) -> Iterator[County]:
    """A copy of a county that was lived before, for one test to change: as it is on SQLite, or
    poured into the PostgreSQL of ``url``."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    database = poured(source, url) if url.startswith("postgresql") else None
    county = County(folder, today, database=database, **how)
    try:
        yield county
    finally:
        county.database.close()


class Form(HTMLParser):
    """The forms of a page: action and the values a browser would send untouched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self._select = self._area = ""
        self._first = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif self.forms and tag == "input" and given.get("name"):
            ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
            if ticked and given.get("type") != "file":
                self._put(given["name"], given.get("value", ""))
        elif self.forms and tag == "select":
            self._select, self._first = given.get("name", ""), True
        elif self.forms and tag == "option" and self._select:
            if self._first or "selected" in given:
                self.forms[-1][1][self._select] = [given.get("value", "")]
            self._first = False
        elif self.forms and tag == "textarea":
            self._area = given.get("name", "")
            self._put(self._area, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][1][self._area] = [data]

    def _put(self, name: str, value: str) -> None:
        self.forms[-1][1].setdefault(name, []).append(value)


class Browser:
    """A browser without JavaScript: opens pages, and sends forms as they stand on them."""

    def __init__(self, app: Any) -> None:
        self.client = TestClient(app, follow_redirects=False)
        self.page = ""
        self.at = ""

    def open(self, path: str, status: int = 200) -> str:
        """Open a page, following where it leads; its text."""
        response = self.client.get(path)
        for _ in range(5):
            if response.status_code not in (302, 303, 307):
                break
            path = response.headers["location"]
            response = self.client.get(path)
        assert response.status_code == status, (path, response.status_code, said(response.text))
        self.page, self.at = response.text, path
        return self.page

    def form(self, action: str) -> dict[str, list[str]]:
        """The values of the form with that action on the page at hand."""
        for found, values in Form(self.page).forms:
            if found == action:
                return values
        raise AssertionError(f"no form for {action} on {self.at}")

    def send(
        self, action: str, status: int = 303, files: Any = None, **typed: str | list[str]
    ) -> Response:
        """Send the form with that action, some fields typed (``__`` stands for a dot)."""
        values = self.form(action)
        for name, value in typed.items():
            values[name.replace("__", ".")] = value if isinstance(value, list) else [value]
        response = self.client.post(action, data=values, files=files)
        assert response.status_code == status, (response.status_code, said(response.text))
        if response.status_code == 303:
            self.open(response.headers["location"])
        else:
            self.page = response.text
        return response


def said(page: str) -> str:
    """A page's words, without its marks."""
    text = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.S)
    text = re.sub(r"</?time[^>]*>", "", text)  # a date stands in its sentence
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())
