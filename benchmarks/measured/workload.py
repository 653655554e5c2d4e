"""The work that is measured: six commands per school, as a year of self-assessment brings them.

Open the case, hand in a report of 2 KB, get it back, hand it in again, have it accepted, be
visited. Each leads to one to six events, the new state, deadlines armed and met, and orders.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256

from sqlalchemy import insert

from engine.journal import Entry, Journal
from engine.library import shipped_calendar
from engine.rounds import open_round, openings
from models.database import Database
from models.organisations import Organisation
from rules.definition import Definition
from rules.process_guidance import RecordGuidance
from rules.self_assessment import (
    AcceptSelfAssessment,
    ReturnSelfAssessment,
    SubmitSelfAssessment,
)
from rules.values import Actor, Role

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
STEPS = 6
FORM = {"report": "本学期我校按照督导评估标准逐项自查，现将情况报告如下。" * 26}  # 2.1 KB in UTF-8
REASON = {"reason": "第三部分缺少数据，请补充后重新提交。"}


DEFINITION = {
    "process": "measured",
    "title": "基准流程",
    "version": "1",
    "subjects": ["primary"],
    "period": "year",
    "remind": ["3 working days before", "on the day", "every 2 working days after"],
    "escalate": [{"after": "5 working days", "to": "office"}],
    "stages": [
        {
            "id": "report",
            "kind": "self_assessment",
            "title": "自查自评",
            "form": "report",
            "deadlines": {
                "submit": "30 working days after round.opened",
                "resubmit": "5 working days after returned",
                "review": "5 working days after submitted",
            },
            "tell": {
                "opened": ["school"],
                "submitted": ["office"],
                "returned": ["school"],
                "accepted": ["school"],
            },
        },
        {
            "id": "guidance",
            "kind": "process_guidance",
            "title": "过程指导",
            "until": ["round.ended"],
            "deadlines": {
                "visit": "2 times a term",
                "report": "5 working days after visited",
            },
            "tell": {"visited": ["school"]},
        },
    ],
}

_SUBMIT = SubmitSelfAssessment(stage="report", form=FORM)
_AFTER_OPENING = (
    (_SUBMIT, "school"),
    (ReturnSelfAssessment(stage="report", form=REASON), "office"),
    (_SUBMIT, "school"),
    (AcceptSelfAssessment(stage="report"), "office"),
    (RecordGuidance(stage="guidance", form=FORM), "inspector"),
)


def ready(database: Database, schools: int) -> Journal:
    """A journal on an empty database with an office, its schools and an open round."""
    journal = Journal(database, shipped_calendar(), lambda key: sha256(key.encode()).hexdigest())
    with database.writing() as connection:
        connection.execute(insert(Organisation.__table__), list(_organisations(schools)))
    definition = Definition.model_validate(DEFINITION)
    open_round(journal, "O", definition, None, date(2026, 3, 2), AT)
    return journal


def _organisations(schools: int) -> Iterator[dict]:
    kinds = [("C", "county", None), ("O", "office", "C")]
    kinds += [(f"S{number}", "primary", "C") for number in range(schools)]
    for code, kind, parent in kinds:
        yield {
            "code": code,
            "name": f"示例{code}",
            "kind": kind,
            "parent": parent,
            "tier": "",
            "invented": True,
            "facts": {},
        }


def steps(journal: Journal) -> list[list[Entry]]:
    """The six steps, each with one command for every school."""
    opened = list(openings(journal, "O/measured/2026", AT))
    return [opened] + [
        [
            Entry(command, entry.case, _actor(role, entry.command.subject), AT, f"step {number}")
            for entry in opened
        ]
        for number, (command, role) in enumerate(_AFTER_OPENING, start=1)
    ]


def _actor(role: Role, school: str) -> Actor:
    """A school acts for itself, the others for the office."""
    return Actor(f"{role} of {school}", role, school if role == "school" else "O")
