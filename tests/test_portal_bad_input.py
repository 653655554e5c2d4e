"""Whatever is sent through whichever form, somebody gets an answer in Chinese: nothing breaks,
nothing runs, and a table that is taken away holds no formula of theirs."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import NamedTuple
from urllib.parse import quote_from_bytes

import pytest
from sqlalchemy import select, update

from models.organisations import Organisation
from models.people import Person
from tests.portal_people import Browser, County, Form, county_at, live_until, said

PEOPLE = {"school": "H0001", "inspector": "I06", "office": "O2", "township": "WT1", "public": ""}
FORMS = {"school": 3, "inspector": 3, "office": 15, "township": 2, "public": 1}  # at least
PAGES = 60  # of one person's
# What would end the walk itself.
NOT_PRESSED = ("/logout", "/seat", "/account")

EVIL = '"><script>alert(7)</script>{{ 7 * 7 }}'
STRANGE = f"=1+1{EVIL}\x00\x1b[31m\u202e\ufeff\ud800督导".encode("utf-8", "surrogatepass")
GBK = "督导室意见：予以采纳".encode("gbk")
PLAIN = "application/x-www-form-urlencoded"


class Wish(NamedTuple):
    """A form as somebody finds it."""

    action: str
    values: dict[str, list[str]]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """Twelve schools in May: one has been visited, some are about to be."""
    folder = tmp_path_factory.mktemp("may")
    source = live_until(folder / "lived", date(2026, 5, 12), schools=12)
    with county_at(source, folder / "county", date(2026, 5, 13)) as county:
        yield county


def shape(path: str) -> str:
    """An address with its codes left out: pages of one shape have the same forms."""
    return re.sub(r"/[^/]*[0-9~%][^/]*", "/*", path.partition("?")[0])


def walked(browser: Browser) -> tuple[list[str], list[Wish]]:
    """The pages one finds by following links, one of each shape, and their forms."""
    ahead, seen, found = ["/", "/public"], {}, {}
    while ahead and len(seen) < PAGES:
        path = ahead.pop(0)
        answer = browser.client.get(path, follow_redirects=True)
        seen[shape(path)] = path
        if "text/html" not in answer.headers["content-type"]:
            continue
        for action, values in Form(answer.text).forms:
            if "seal" in values and not action.startswith(NOT_PRESSED):
                found.setdefault(shape(action), Wish(action, values))
        known = {*seen, *map(shape, ahead)}
        for link in re.findall(r'<a [^>]*href="(/[^"#]*)"', answer.text):
            if shape(link) not in known:
                ahead.append(link.replace("&amp;", "&"))
                known.add(shape(link))
    return list(seen.values()), list(found.values())


def encoded(wish: Wish, evil: bytes, only: str = "") -> bytes:
    """The form as its page would send it, everything that can be typed replaced (or one field)."""
    parts = []
    for name, values in wish.values.items():
        kept = name in ("seal", "once") or (only and name != only)
        for value in values:
            sent = value.encode() if kept else evil
            parts.append(f"{quote_from_bytes(name.encode())}={quote_from_bytes(sent)}")
    return "&".join(parts).encode()


def answered(browser: Browser, action: str, body: bytes, kind: str = PLAIN) -> None:
    answer = browser.client.post(action, content=body, headers={"content-type": kind})
    assert answer.status_code < 500, action
    if answer.status_code == 303:
        answer = browser.client.get(answer.headers["location"], follow_redirects=True)
    assert "<script>alert(7)" not in answer.text, action
    html = "text/html" in answer.headers["content-type"]
    words = said(answer.text) if html else answer.json()["said"]
    assert re.search(r"[\u4e00-\u9fff]{2}", words), (action, words[:100])


@pytest.mark.parametrize("role", PEOPLE)
def test_no_form_breaks_whatever_is_typed_into_it(county: County, role: str) -> None:
    browser = county.browser(PEOPLE[role])
    _, wishes = walked(browser)
    assert len(wishes) >= FORMS[role], [wish.action for wish in wishes]
    for wish in wishes:
        names = [name for name in wish.values if name not in ("seal", "once")]
        answered(browser, wish.action, encoded(wish, STRANGE))
        answered(browser, wish.action, encoded(wish, GBK), f"{PLAIN}; charset=gbk")
        answered(browser, wish.action, encoded(wish, b"9" * 5000))
        for name in names[:1]:
            answered(browser, wish.action, encoded(wish, "长".encode() * 300_000, name))
            answered(browser, wish.action, encoded(wish, b"1" * 5_000_000, name))
        for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "text/plain", ""):
            answered(browser, wish.action, b"--y\r\n\r\n", kind)


ASKED = (
    *("page", "period", "school", "name", "kind", "year", "month", "person", "round", "case"),
    *("state", "said"),
)


@pytest.mark.parametrize("role", ["school", "inspector", "office"])
def test_no_page_breaks_whatever_is_asked_of_it(county: County, role: str) -> None:
    browser = county.browser(PEOPLE[role])
    pages, _ = walked(browser)
    assert len(pages) >= 2
    for path, value in product(pages, (STRANGE, b"9" * 5000, b"2026-99-99")):
        asked = "&".join(f"{name}={quote_from_bytes(value)}" for name in ASKED)
        answer = browser.client.get(f"{path.partition('?')[0]}?{asked}")
        assert answer.status_code < 500 and b"<script>alert(7)" not in answer.content, path


# -- tables that are taken away ------------------------------------------------------------------

NAMES = (
    '=HYPERLINK("http://x.example","点")',
    "@SUM(A1)<b>",
    "+1|' /C calc'!A0",
    "http://x.example",
)


def test_no_name_is_a_formula_in_a_table_or_a_mark_on_a_page(county: County) -> None:
    """Whoever names a school or a person makes no office's Excel do anything."""
    with county.database.writing() as connection:
        for table, key in ((Organisation.__table__, "code"), (Person.__table__, "id")):
            wanted = select(table.c[key]).order_by(table.c[key])
            for number, code in enumerate(connection.execute(wanted).scalars().all()):
                named = update(table).where(table.c[key] == code)
                connection.execute(named.values(name=f"{NAMES[number % len(NAMES)]}{number}"))
    office = county.browser("O2")
    for path in ("/deadlines/table.xlsx", "/issues/table.xlsx", "/people/imports/register/present"):
        answer = office.client.get(path)
        assert answer.status_code == 200, path
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            parts = {name: book.read(name).decode() for name in book.namelist()}
        whole = "".join(text for name, text in parts.items() if name.endswith((".xml", ".rels")))
        assert "HYPERLINK(" in whole and "@SUM(A1)&lt;b&gt;" in whole, path
        assert "<f>" not in whole and "<hyperlink" not in whole, path
        assert "TargetMode" not in whole, path
    pages, _ = walked(office)
    for path in pages:
        assert "<b>" not in office.client.get(path, follow_redirects=True).text, path
