"""Letters as their flows have drafted them, in the county of three schools: what the office then
does with them, and what the register holds."""

from datetime import date
from hashlib import sha256

from sqlalchemy import insert, select, update

from engine.letter_facts import order_of
from models.letters import Letter, LetterNumber
from models.organisations import Organisation
from models.people import Assignment, Person
from rules.letter_words import CheckLetter, IssueLetter, LetterCommand
from rules.values import Actor, Refusal
from tests.county import CLERK, OFFICE, County, case_of

LETTERS, NUMBERS = Letter.__table__, LetterNumber.__table__
UNITS, PEOPLE, POSTS = Organisation.__table__, Person.__table__, Assignment.__table__
SECOND = Actor("O-2", "office")
NAME, OTHER, DEMAND = "00002.0", "00003.0", "00004.0"
CODE = "示教督"
DRAFTED_ON = date(2026, 1, 6)


def text(said: str) -> str:
    return sha256(said.encode()).hexdigest()


DRAFT = text("draft")


def row(school: str, name: str, kind: str = "opinion_letter") -> dict:
    order = order_of(case_of(school), name)
    return {
        "order": order,
        "called_by": order,
        "case": case_of(school),
        "office": OFFICE,
        "kind": kind,
        "title": "督评意见书",
        "drafted_on": DRAFTED_ON,
        "path": "2026/a.docx",
        "sha256": DRAFT,
    }


def settle(county: County) -> None:
    """The office has its 代字 and a second person; every school has letters drafted."""
    with county.database.writing() as connection:
        connection.execute(
            update(UNITS).where(UNITS.c.code == OFFICE).values(facts={"doc_code": CODE})
        )
        connection.execute(insert(PEOPLE), {"id": "O-2", "name": "示例副主任"})
        connection.execute(
            insert(POSTS), {"person": "O-2", "role": "office", "organisation": OFFICE}
        )
        letters = [row(school, name) for school in ("S1", "S2", "S3") for name in (NAME, OTHER)]
        connection.execute(insert(LETTERS), [*letters, row("S1", DEMAND, "issue_demand")])
    county.until(date(2026, 1, 7))


def letter(county: County, name: str = NAME, school: str = "S1"):
    with county.database.reading() as connection:
        wanted = select(LETTERS).where(LETTERS.c.order == order_of(case_of(school), name))
        return connection.execute(wanted).one()


def register(county: County) -> list[tuple[int, int, str, str]]:
    with county.database.reading() as connection:
        rows = connection.execute(select(NUMBERS).order_by(NUMBERS.c.year, NUMBERS.c.number))
        return [(one.year, one.number, one.case, one.letter) for one in rows]


def refused(county: County, command: LetterCommand, actor: Actor = CLERK, **when: date) -> str:
    entry = county.entry("S1", command, actor)
    result = county.journal.record(entry._replace(**when))
    assert isinstance(result, Refusal), result
    return result.reason


def numbered(number: int, of: str = DRAFT, name: str = NAME, year: int = 2026) -> IssueLetter:
    issued = {"sha256": text(f"file {number}"), "pdf_sha256": text(f"pdf {number}")}
    return IssueLetter(letter=name, text=of, code=CODE, year=year, number=number, **issued)


def check(county: County, school: str = "S1", name: str = NAME, of: str = DRAFT) -> None:
    county.do(school, CheckLetter(letter=name, text=of), SECOND)


def issued(county: County, number: int = 1, school: str = "S1", name: str = NAME) -> None:
    check(county, school, name)
    county.do(school, numbered(number, name=name), CLERK)


REASON = {"reason": "有误"}
