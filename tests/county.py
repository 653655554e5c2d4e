"""A county small enough to read: three schools, an office, an inspector, and a process of a year.

Tests of the journal and of all that looks back at it live here. Every command has its own minute,
so a story told twice is the same to the byte.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, select

from engine.journal import Entry, Journal, Recorded
from engine.library import read_definition, shipped_calendar
from engine.replaying import replay
from engine.rounds import CLOCK, case_id, open_round, openings, round_id
from engine.shelf import Shelf
from engine.verification import verify
from models.creation import create
from models.database import TABLES, Database
from models.deadlines import DeadlineRow
from models.organisations import Organisation
from models.people import Assignment, Person
from rules.case_words import KeepTime
from rules.definition import Definition
from rules.issue_list.words import RaiseIssue, ReportRectification, VerifyRectification
from rules.messages import Command, Finding
from rules.process_guidance import RecordGuidance
from rules.self_assessment import AcceptSelfAssessment, ReturnSelfAssessment, SubmitSelfAssessment
from rules.values import Actor, Refusal, digest

OFFICE, SCHOOLS = "O", ("S1", "S2", "S3")
CLERK, HEAD, INSPECTOR = Actor("O-1", "office"), Actor("S-1", "school"), Actor("I-1", "inspector")
FIRST_DAY = date(2026, 1, 5)
FIRST_MINUTE = datetime(2026, 1, 5, 1, tzinfo=UTC)
PROCESS = """
process: small-year
title: 小流程
version: "1"
subjects: [primary]
period: year
remind: [1 working day before, on the day, every 2 working days after]
escalate:
  - {after: 5 working days, to: office}
stages:
  - id: account
    kind: self_assessment
    title: 自查
    of: case
    responsible: school
    opens: with the round
    deadlines:
      submit: 10 working days after round.opened
      resubmit: 5 working days after returned
      review: 5 working days after submitted
    tell: {opened: [school], submitted: [office], returned: [school]}
    letters: {opened: [self_assessment_handbook]}
  - id: guidance
    kind: process_guidance
    title: 指导
    of: case
    responsible: inspector
    opens: with the round
    until: [round.ended]
    deadlines:
      visit: 2 times a semester
      report: 3 working days after visited
    tell: {visited: [school]}
  - id: issues
    kind: issue_list
    title: 问题
    of: case
    responsible: school
    opens: with the round
    until: [round.ended]
    sources: [guidance]
    deadlines:
      at_once: 3 working days after issue.raised
      dated: 30 days after issue.raised
      long_term: 6 months after issue.raised
      verify: 10 working days after issue.reported
      redo: 15 days after issue.refused
    tell: {issue.raised: [school]}
"""


class _Whatever:
    """Letters and messages of any name: these tests write and send none."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self):
        return iter(())

    def __len__(self) -> int:
        return 0


def small_year(process: str = PROCESS) -> Definition:
    """The process above, or another one of its name."""
    return read_definition(process, "small_year.yaml", _Whatever(), _Whatever())


def salt(key: str) -> str:
    """The same salt for the same command, so that two runs are alike."""
    return digest(f"salt of {key}")[:16]


def journal_of(url: str) -> Journal:
    """A journal on a database that is brought to head."""
    create(url)
    return Journal(Database(url), shipped_calendar(), salt)


def case_of(school: str) -> str:
    """The id of a school's case."""
    return case_id(ROUND, school)


ROUND = round_id(OFFICE, "small-year", "2026")


class County:
    """The county's year as far as it has come; ``minute`` is when the next command is recorded."""

    def __init__(self, url: str, schools: Sequence[str] = SCHOOLS, process: str = PROCESS) -> None:
        self.url = url
        self.journal = journal_of(url)
        self.database = self.journal.database
        self.minute = FIRST_MINUTE
        _settle(self.database, schools)
        open_round(self.journal, OFFICE, small_year(process), None, FIRST_DAY, self.minute)
        self.journal.record_batch(list(openings(self.journal, ROUND, self.minute)))

    def close(self) -> None:
        """Give the database back."""
        self.database.close()

    def entry(self, school: str, command: Command, actor: Actor, key: str = "") -> Entry:
        """A command to a school's case, a minute after the last."""
        self.minute += timedelta(minutes=1)
        return Entry(command, case_of(school), actor, self.minute, key or self.minute.isoformat())

    def do(self, school: str, command: Command, actor: Actor) -> Recorded:
        """Record what must not be refused."""
        result = self.journal.record(self.entry(school, command, actor))
        assert not isinstance(result, Refusal), result.reason
        return result

    def until(self, day: date) -> None:
        """Let the days pass: each morning the clock looks at what is due."""
        while (self.minute + timedelta(hours=8)).date() < day:
            self.minute = self.minute.replace(hour=1, minute=0) + timedelta(1)
            self.journal.record_batch(list(self._due()))

    def _due(self):
        rows, today = DeadlineRow.__table__, (self.minute + timedelta(hours=8)).date()
        wanted = select(rows.c.case, rows.c.key, rows.c.next_on).where(
            rows.c.state == "armed", rows.c.next_on <= today
        )
        with self.database.reading() as connection:
            for case, key, on in connection.execute(wanted.order_by(rows.c.case, rows.c.key)):
                yield Entry(KeepTime(deadline=key), case, CLOCK, self.minute, f"clock {key} {on}")


def submit(text: str = "自查情况") -> SubmitSelfAssessment:
    """A school's account."""
    return SubmitSelfAssessment(stage="account", form={"report": text})


def send_back(reason: str = "数据不全") -> ReturnSelfAssessment:
    """The office sends the account back."""
    return ReturnSelfAssessment(stage="account", form={"reason": reason})


def raise_issue(text: str = "台账不全") -> RaiseIssue:
    """The office enters a problem."""
    return RaiseIssue(stage="issues", finding=Finding(basis="A1", text="t"), form={"t": text})


def live_some_months(county: County) -> None:
    """A story that touches every table: accounts handed in, sent back, late; a visit with a
    finding; issues rectified, refused, done; the clock reminding and escalating."""
    county.do("S1", submit("马厩已拆"), HEAD)
    county.do("S2", raise_issue(), CLERK)
    county.until(date(2026, 1, 12))
    county.do("S1", send_back(), CLERK)
    county.do("S1", submit("数据已补"), HEAD)
    county.do("S1", AcceptSelfAssessment(stage="account", form={"opinion": "同意"}), CLERK)
    finding = Finding(basis="B2", text="1")
    visit = RecordGuidance(
        stage="guidance",
        methods=("听",),
        findings=(finding,),
        form={"content": "听课", "1": "问题"},
    )
    county.do("S3", visit, INSPECTOR)
    county.do("S2", ReportRectification(stage="issues", item="1", form={"done": "已补"}), HEAD)
    refused = VerifyRectification(
        stage="issues", item="1", passed=False, form={"reason": "仍缺签字"}
    )
    county.do("S2", refused, INSPECTOR)
    county.until(date(2026, 2, 6))
    county.do("S2", ReportRectification(stage="issues", item="1", form={"done": "签字"}), HEAD)
    county.do("S2", VerifyRectification(stage="issues", item="1", passed=True), INSPECTOR)
    county.do("S2", submit("迟到的自查"), HEAD)


def _settle(database: Database, schools: Sequence[str]) -> None:
    unit = {"facts": {}, "tier": "", "invented": True}
    units = [
        {"code": "C", "name": "示例县", "kind": "county", "parent": None, **unit},
        {"code": OFFICE, "name": "示例县督导室", "kind": "office", "parent": "C", **unit},
        *(
            {"code": s, "name": f"示例小学{s}", "kind": "primary", "parent": "C", **unit}
            for s in schools
        ),
    ]
    people = [
        {"id": "O-1", "name": "示例督导员", "mail": "o1@example.org", "phone": ""},
        {"id": "I-1", "name": "示例督学", "mail": "i1@example.org", "phone": "0"},
        {"id": "S-1", "name": "示例校长", "mail": "s1@example.org", "phone": "0"},
    ]
    posts = [
        {"person": "O-1", "role": "office", "organisation": OFFICE, "rank": 0},
        {"person": "I-1", "role": "inspector", "organisation": "C", "rank": 0},
        *({"person": "S-1", "role": "school", "organisation": s, "rank": 0} for s in schools),
    ]
    with database.writing() as connection:
        connection.execute(insert(Organisation.__table__), units)
        connection.execute(insert(Person.__table__), people)
        connection.execute(insert(Assignment.__table__), posts)


def everything(database: Database) -> dict[str, list]:
    """Every row of every table, but for the mark of the register, which is drawn by lot."""
    with database.reading() as connection:
        return {
            name: connection.execute(select(table).order_by(*table.primary_key)).all()
            for name, table in TABLES.tables.items()
            if name != "register_marks"
        }


def sound(database: Database) -> bool:
    """Whether the log fits itself, and everything stored fits the log."""
    with database.reading() as connection:
        found = verify(connection).found + replay(connection, Shelf()).found
    assert found == []
    return True
