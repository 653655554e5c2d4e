"""归档案卷: who may take a case's whole file with them, and what would be in it."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select

from documents.archive.letters import REMARKS
from models.letters import Letter
from portal.access import offices_within
from portal.sight import Sight
from rules.retention import RULES, TERMS, term_of

_LETTERS = Letter.__table__
# A whole file holds every letter of its case: who may open some of them is not enough.
ROLES = ("office", "government", "superior")


class Paper(NamedTuple):
    """A letter of the file; ``term`` in Chinese, ``why`` the rule that gives it."""

    order: str
    title: str
    number: str
    day: date
    remark: str
    kind: str
    term: str
    why: str


def may_archive(sight: Sight) -> bool:
    """Whether a visitor who sees a case may open every letter of it: those of the office that leads
    it, and of its subtree."""
    if sight.visitor.role not in ROLES:
        return False
    return sight.row.office in offices_within(sight.connection, sight.visitor)


def papers(sight: Sight) -> list[Paper]:
    """The letters of a case as they would be filed, in the order of their days."""
    day = func.coalesce(_LETTERS.c.issued_on, _LETTERS.c.drafted_on)
    wanted = select(_LETTERS).where(_LETTERS.c.case == sight.id).order_by(day, _LETTERS.c.order)
    return [
        Paper(
            row.order,
            row.title,
            row.number,
            row.issued_on or row.drafted_on,
            REMARKS.get(row.state, "已印发" if row.number else "已归档"),
            row.kind,
            TERMS[term_of(row.kind)][0],
            RULES[row.kind].why if row.kind in RULES else "",
        )
        for row in sight.connection.execute(wanted)
    ]
