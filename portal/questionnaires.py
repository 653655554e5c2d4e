"""Questionnaires: what teachers, parents and students of one school are asked, without a name.

Nothing is kept of who answers: no address, no browser, no time of day. An answer's number is drawn
from a keyed hash of its page, so that neither does their order tell anything; and the same page
sent twice is one answer.
"""

import base64
import hmac
import json
import secrets
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Annotated, NamedTuple

from pydantic import Field
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.library import shipped
from models.cases import Case
from models.database import Database
from models.organisations import Organisation
from models.questionnaires import Questionnaire, QuestionnaireAnswer
from rules.positioned import read_yaml, validate
from rules.values import Frozen

_ASKED, _ANSWERS = Questionnaire.__table__, QuestionnaireAnswer.__table__
_CASES, _ORGANISATIONS = Case.__table__, Organisation.__table__

AUDIENCES = {"teachers": "教师", "parents": "家长", "students": "学生"}
STEPS = 5  # of the scale, the last being the best
LONGEST_TEXT = 1000
LONGEST_RUN = 92  # days a questionnaire may be open
MOST_ANSWERS = 20_000  # of one questionnaire: more than any school has parents

Text = Annotated[str, Field(min_length=1, max_length=100)]


class Sheet(Frozen):
    """What is asked: questions on one scale from worst to best, and one open question. ``note``
    marks an example."""

    audience: str
    title: str = Field(min_length=1, max_length=120)
    note: str = ""
    scale: tuple[Text, ...] = Field(min_length=STEPS, max_length=STEPS)
    questions: tuple[Text, ...] = Field(min_length=1, max_length=30)
    open: str = Field(default="", max_length=100)


@cache
def example(audience: str) -> Sheet:
    """The example that comes with the product for an audience."""
    name = f"{audience}.yaml"
    return validate(Sheet, read_yaml(shipped("questionnaires", name), name))


class Asked(NamedTuple):
    """One questionnaire: its row's fields, its sheet, and how many have answered so far."""

    code: str
    case: str
    stage: str
    audience: str
    at_least: int
    opens_on: date
    closes_on: date
    sheet: Sheet
    count: int = 0

    @property
    def asks(self) -> str:
        """Whom it asks, in Chinese."""
        return AUDIENCES.get(self.audience, self.audience)

    def phase(self, today: date) -> str:
        """early, open or over."""
        if today < self.opens_on:
            return "early"
        return "open" if today <= self.closes_on else "over"


def _asked(row: Row) -> Asked:
    sheet = Sheet.model_validate_json(row.questions)
    days = (row.at_least, row.opens_on, row.closes_on)
    return Asked(row.code, row.case, row.stage, row.audience, *days, sheet, row.count)


_COUNT = (
    select(func.count())
    .where(_ANSWERS.c.questionnaire == _ASKED.c.code)
    .correlate(_ASKED)
    .scalar_subquery()
    .label("count")
)
_BY_CODE = select(_ASKED, _COUNT).where(_ASKED.c.code == bindparam("code"))
_OF_CASE = select(_ASKED, _COUNT).where(_ASKED.c.case == bindparam("case"))


def by_code(connection: Connection, code: str) -> Asked | None:
    """The questionnaire of a code, whoever wrote it in capitals."""
    row = connection.execute(_BY_CODE, {"code": code.lower()}).first()
    return _asked(row) if row is not None else None


def of_review(connection: Connection, case: str, stage: str = "") -> list[Asked]:
    """The questionnaires of a review (of the whole case, where no stage is named)."""
    found = [_asked(row) for row in connection.execute(_OF_CASE, {"case": case})]
    ours = [asked for asked in found if stage in ("", asked.stage)]
    return sorted(ours, key=lambda asked: list(AUDIENCES).index(asked.audience))


_SCHOOL = (
    select(_ORGANISATIONS)
    .join(_CASES, _CASES.c.subject == _ORGANISATIONS.c.code)
    .where(_CASES.c.id == bindparam("case"))
)


def school_of(connection: Connection, case: str) -> Row:
    """The organisation that a questionnaire's case is about."""
    return connection.execute(_SCHOOL, {"case": case}).one()


# -- made by the office ----------------------------------------------------------------------------


def new_code() -> str:
    """128 random bits in small letters and digits, none of which is taken for another."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def make(
    connection: Connection,
    case: str,
    stage: str,
    sheet: Sheet,
    days: tuple[date, date],
    at_least: int,
) -> str:
    """Make the questionnaire of a review and an audience; its code. There is only one of each:
    whoever comes second gets the first one's."""
    connection.execute(select(_CASES.c.id).where(_CASES.c.id == case).with_for_update())
    for there in of_review(connection, case, stage):
        if there.audience == sheet.audience:
            return there.code
    row = {
        "code": new_code(),
        "case": case,
        "stage": stage,
        "audience": sheet.audience,
        "title": sheet.title,
        "questions": sheet.model_dump_json(),
        "at_least": at_least,
        "opens_on": days[0],
        "closes_on": days[1],
    }
    connection.execute(insert(_ASKED).values(row))
    return row["code"]


def change(connection: Connection, code: str, days: tuple[date, date], at_least: int) -> None:
    """Other days or another smallest sample; what is asked stays as it was answered."""
    values = {"opens_on": days[0], "closes_on": days[1], "at_least": at_least}
    connection.execute(update(_ASKED).where(_ASKED.c.code == code).values(values))


def withdraw(connection: Connection, code: str) -> bool:
    """Take a questionnaire back; False once somebody has answered it."""
    connection.execute(select(_ASKED.c.code).where(_ASKED.c.code == code).with_for_update())
    asked = by_code(connection, code)
    if asked is None or asked.count:
        return asked is None
    connection.execute(delete(_ASKED).where(_ASKED.c.code == code))
    return True


# -- answered by anybody ---------------------------------------------------------------------------


class Given(NamedTuple):
    """A filled-in questionnaire: a mark from 1 to 5 for each question, 0 where it was left out."""

    marks: tuple[int, ...]
    text: str = ""

    def body(self) -> str:
        """As it is stored."""
        return json.dumps({"marks": self.marks, "text": self.text}, ensure_ascii=False)


TAKEN, AGAIN, TWICE, EARLY, OVER, GONE, FULL = (
    *("taken", "again", "twice", "early", "over"),
    *("gone", "full"),
)


def answer(
    database: Database,
    secret: bytes,
    code: str,
    given: Given,
    today: date,
    once: str,
    *,
    answered: bool = False,
    insisted: bool = False,
) -> str:
    """Keep one answer, and say what came of it. ``once`` is its page's: sent again it is AGAIN.
    ``answered``: this browser has answered before; unless somebody ``insisted``, that is TWICE."""
    for _ in range(3):
        try:
            with database.writing() as connection:
                return _answer(connection, secret, code, given, today, once, answered, insisted)
        except IntegrityError:  # the same page came twice at the same moment: look again
            continue
    return GONE


def _answer(
    connection: Connection,
    secret: bytes,
    code: str,
    given: Given,
    today: date,
    once: str,
    answered: bool,
    insisted: bool,
) -> str:
    held = select(_ASKED.c.code).where(_ASKED.c.code == code.lower())
    connection.execute(held.with_for_update(read=True, key_share=True))
    asked = by_code(connection, code)
    if asked is None:
        return GONE
    body = given.body()
    number = _free_number(connection, secret, asked.code, body, once)
    if number is None:
        return AGAIN
    if (phase := asked.phase(today)) != "open":
        return EARLY if phase == "early" else OVER
    if answered and not insisted:
        return TWICE
    if asked.count >= MOST_ANSWERS:
        return FULL
    row = {"id": number, "questionnaire": asked.code, "given_on": today, "forced": answered}
    connection.execute(insert(_ANSWERS).values(**row, answers=body))
    return TAKEN


_TAKEN_NUMBER = select(_ANSWERS.c.questionnaire, _ANSWERS.c.answers).where(
    _ANSWERS.c.id == bindparam("id")
)


def _free_number(
    connection: Connection, secret: bytes, code: str, body: str, once: str
) -> int | None:
    """The number of an answer (31 bits), or None if this page's answer is there already."""
    attempt = 0
    while True:
        drawn = hmac.new(secret, f"answer\n{code}\n{once}\n{attempt}".encode(), sha256).digest()
        number = int.from_bytes(drawn[:4], "big") >> 1
        there = connection.execute(_TAKEN_NUMBER, {"id": number}).first()
        if there is None:
            return number
        if tuple(there) == (code, body):
            return None
        attempt += 1
