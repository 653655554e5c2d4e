"""What a questionnaire's answers come to: counts, means and shares, free texts in no order."""

import json
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from documents.wording import percent
from models.cases import Case
from models.organisations import Organisation
from models.questionnaires import Questionnaire, QuestionnaireAnswer
from portal.questionnaires import STEPS, Asked, of_review

_ASKED, _ANSWERS = Questionnaire.__table__, QuestionnaireAnswer.__table__
_CASES, _ORGANISATIONS = Case.__table__, Organisation.__table__

FEWEST_TEXTS = 5  # with fewer answers nobody reads the free texts: it would be plain whose they are


class Figure(NamedTuple):
    """One question's figures. ``steps``: how many gave each mark, worst first."""

    text: str
    steps: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many answered it."""
        return sum(self.steps)

    @property
    def average(self) -> str:
        """The mean mark with one decimal, — for none."""
        if not self.count:
            return "—"
        total = sum(mark * n for mark, n in enumerate(self.steps, 1))
        tenths = (20 * total + self.count) // (2 * self.count)
        return f"{tenths // 10}.{tenths % 10}"

    @property
    def share(self) -> str:
        """How large a part gave one of the two best marks, — for none."""
        return percent(sum(self.steps[-2:]), self.count)


class Totals(NamedTuple):
    """A questionnaire's figures. ``enough``: the smallest sample was reached; ``forced`` are second
    ones from the same browser."""

    asked: Asked
    figures: list[Figure]
    forced: int
    enough: bool


_ANSWERED = select(_ANSWERS.c.answers, _ANSWERS.c.forced).where(
    _ANSWERS.c.questionnaire == bindparam("code")
)


def totals(connection: Connection, asked: Asked) -> Totals:
    """Count the answers of one questionnaire."""
    steps = [[0] * (STEPS + 1) for _ in asked.sheet.questions]
    count = forced = 0
    for row in connection.execute(_ANSWERED, {"code": asked.code}):
        count, forced = count + 1, forced + bool(row.forced)
        for place, mark in zip(steps, json.loads(row.answers)["marks"], strict=False):
            place[mark] += 1
    figures = [
        Figure(text, tuple(place[1:]))
        for text, place in zip(asked.sheet.questions, steps, strict=True)
    ]
    asked = asked._replace(count=count)
    return Totals(asked, figures, forced, count >= asked.at_least)


def texts(connection: Connection, asked: Asked) -> list[str]:
    """What was written freely, by the answers' drawn numbers, which is no order at all; nothing
    while so few have answered that it would be plain whose it is."""
    if asked.count < FEWEST_TEXTS:
        return []
    rows = connection.execute(_ANSWERED.order_by(_ANSWERS.c.id), {"code": asked.code})
    return [text for row in rows if (text := json.loads(row.answers)["text"])]


def public_totals(connection: Connection, case: str, stage: str, today: date) -> list[Totals]:
    """The figures the public may see: of questionnaires that are over. Those below the smallest
    sample come without any."""
    over = [asked for asked in of_review(connection, case, stage) if asked.phase(today) == "over"]
    counted = [totals(connection, asked) for asked in over]
    return [one if one.enough else one._replace(figures=[]) for one in counted]


_OF_ROUND = (
    select(_ASKED.c.case, _ASKED.c.stage, _ORGANISATIONS.c.name)
    .join(_CASES, _CASES.c.id == _ASKED.c.case)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .where(_CASES.c.round == bindparam("round"), _ASKED.c.closes_on < bindparam("today"))
    .distinct()
    .order_by(_ORGANISATIONS.c.name, _ASKED.c.case)
)


def of_round(connection: Connection, round_: str, today: date) -> Sequence[Row]:
    """The reviews of a round whose questionnaires are over: case, stage and the school's name."""
    return connection.execute(_OF_ROUND, {"round": round_, "today": today}).all()


def samples(connection: Connection, case: str) -> dict[str, int]:
    """How many answered, by audience: what a visit reports as its samples."""
    found: dict[str, int] = {}
    for asked in of_review(connection, case):
        if asked.count:
            found[asked.audience] = found.get(asked.audience, 0) + asked.count
    return found
