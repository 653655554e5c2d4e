"""Deadlines nobody armed, by the thousand: every duty on any day, late or not, of two processes."""

from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select

from engine.shelf import Shelf, freeze_definition
from models.cases import Case
from models.cycles import Round
from models.database import Database
from models.deadlines import DeadlineRow
from rules.definition import Definition

DAY = timedelta(1)
_DEADLINES, _CASES, _ROUNDS = DeadlineRow.__table__, Case.__table__, Round.__table__

DUTIES = (
    ("self_assessment/submit", "school"),
    ("on_site_review/review_request", "school"),  # a right
    ("on_site_review/opinion_letter", "office"),
    ("issue_list/dated/{}", "school"),
    ("issue_list/dated/{}", "unit:JY"),
    ("issue_list/opens", "system"),
)


def made_up(database: Database, today: date, many: int) -> None:
    """So many deadlines more, of two processes whose stages have the same names."""
    chance = Random(1)
    with database.writing() as connection:
        one = connection.execute(select(_ROUNDS).limit(1)).mappings().one()
        plain = Shelf().process(connection, one["definition"]).definition.model_dump(mode="json")
        other = Definition.model_validate(plain | {"remind": ["every 3 working days after"]})
        more = {
            "id": f"{one['office']}/other/2026",
            "definition": freeze_definition(connection, other),
        }
        connection.execute(insert(_ROUNDS), dict(one) | more)
        wanted = select(_CASES).where(_CASES.c.of == "case").order_by(_CASES.c.id)
        cases = [dict(row) for row in connection.execute(wanted).mappings()]
        theirs = {"round": more["id"], "definition": more["definition"]}
        copies = [row | theirs | {"id": f"{more['id']}/{row['subject']}"} for row in cases]
        connection.execute(insert(_CASES), copies)
        rows = [
            _one(chance, today, number, chance.choice([*cases, *copies])) for number in range(many)
        ]
        connection.execute(insert(_DEADLINES), rows)


def _one(chance: Random, today: date, number: int, case: dict[str, Any]) -> dict[str, Any]:
    key, who = chance.choice(DUTIES)
    due_on = today + chance.randint(-40, 40) * DAY
    return {
        "case": case["id"],
        "seq": 10_000 + number,
        "key": key.format(number),
        "office": case["office"],
        "who": who,
        "due_on": due_on,
        "next_on": today + chance.randint(-3, 45) * DAY,
        "state": chance.choice(["armed", "armed", "armed", "met"]),
        "missed": due_on < today and chance.random() < 0.9,
        "level": chance.choice([0, 0, 1, 2]) if due_on < today else 0,
        "provisional": False,
        "reckoning": "{}",
    }
