"""A county of five schools, its journal and its letters, so that there is something to write."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from documents.catalogue import LETTERS, Written, write_letter
from engine.dossier import Dossier, read_dossier
from engine.journal import Entry, Journal, Recorded
from engine.library import read_definition, shipped, shipped_calendar, shipped_standards
from engine.rounds import CLOCK, case_id, open_round, openings
from models.cases import Case
from models.database import TABLES, Database
from models.events import Payload
from models.orders import OrderRow
from models.organisations import Organisation
from models.people import Assignment, Person
from models.scores import Score
from rules import case_words as c
from rules.definition import KINDS
from rules.orders import Order
from rules.standard import Standard
from rules.state import CaseState
from rules.values import Actor, Refusal, digest
from rules.vocabulary import read_state

CITY, COUNTY, OFFICE, TOWN, ZONE = "SL", "SL1", "SL1-DD", "T1", "Z1"
FIRST, SECOND, GARDEN, MERGED, MIDDLE = "S1", "S2", "S3", "S4", "S5"
FACTS = {
    "classes": 26,
    "pupils": 1411,
    "boys": 758,
    "girls": 653,
    "minority": 579,
    "migrant": 618,
    "staff": 68,
    "established": 57,
    "key_teachers": 15,
    "key_provincial": 1,
    "key_prefectural": 4,
    "key_county": 10,
}
SCHOOLS = {
    FIRST: ("示例第一小学", "primary"),
    SECOND: ("示例第二小学", "primary"),
    GARDEN: ("示例幼儿园", "kindergarten"),
    MERGED: ("示例教学点", "primary"),
    MIDDLE: ("示例初级中学", "junior_high"),
}


def messages() -> set[str]:
    """Every message a definition may name; their templates are another room's affair."""
    said = ("reminder", "overdue", "escalation", "moved")
    return {f"{k.name}.{event}" for k in KINDS.values() for event in (*k.event_names, *said)}


def answers(standard: Standard, kind: str, lost: str = "", side: str = "self") -> dict[str, Any]:
    """Full points for every indicator; a review takes the lowest level of what stands in
    ``lost``, and says why."""
    found = {}
    for leaf in standard.for_school(kind):
        way = leaf.scoring
        match way.way:
            case "points":
                answer: dict[str, Any] = {"points": str(leaf.points)}
            case "levels":
                answer = {"level": way.choices[-1 if leaf.code in lost.split() else 0]}
            case "deductions":
                answer = {"taken": []}
            case _ if way.of == "ratio":
                answer = {"part": str(way.full), "whole": "100"}
            case _:
                answer = {"value": str(way.full)}
        if leaf.code in lost.split():
            answer["reason"] = f"{leaf.title}落实不到位"
        answer["evidence"] = [f"{leaf.title}材料.pdf"] if leaf.evidence and side == "self" else []
        found[leaf.code] = answer
    return found


def noon(month: int, day: int) -> datetime:
    """Noon in Shanghai of a day of 2026."""
    return datetime(2026, month, day, 4, tzinfo=UTC)


@dataclass
class County:
    """A database, its journal, and one open round of one process."""

    database: Database
    journal: Journal
    round: str
    steps: int = 0
    at_once: dict[tuple[str, int, str], Written] | None = None

    @property
    def standard(self) -> Standard:
        return shipped_standards()["example-1000"]

    def case(self, school: str) -> str:
        return case_id(self.round, school)

    def do(self, case: str, command: Any, role: str, day: tuple[int, int], who: str = "") -> None:
        """Record one command; a story whose command is refused is a mistake of the story."""
        self.steps += 1
        organisation = {"office": OFFICE, "department": "CZ"}.get(role, case.split("/")[-1])
        actor = Actor(
            who or {"office": "O1", "inspector": "I1"}.get(role, "H1"), role, organisation
        )
        entry = Entry(command, case, actor, noon(*day), f"step {self.steps}")
        answer = self.journal.record(entry)
        assert isinstance(answer, Recorded), (command, answer)
        if self.at_once is not None:
            self.draft(self.at_once, *(("",) if case == self.round else (case.split("/")[-1],)))

    def keep_time(self, day: tuple[int, int], *schools: str) -> None:
        """The clock looks at what is due, in these cases and in the round's own."""
        for case in (self.round, *(self.case(school) for school in schools)):
            for key in list(self.state(case).deadlines):
                entry = Entry(c.KeepTime(deadline=key), case, CLOCK, noon(*day), f"{day} {key}")
                assert not isinstance(self.journal.record(entry), Refusal)

    def state(self, case: str) -> CaseState:
        with self.database.reading() as connection:
            wanted = select(Case.__table__.c.state).where(Case.__table__.c.id == case)
            return read_state(connection.execute(wanted).scalar_one())

    def letters(self, school: str = "") -> list[tuple[int, Order]]:
        """The letters the log owes for a school (or the round), in order."""
        case = self.case(school) if school else self.round
        rows = OrderRow.__table__
        wanted = select(rows.c.seq, rows.c.body).where(rows.c.case == case).order_by(rows.c.id)
        with self.database.reading() as connection:
            found = [(r.seq, Order.model_validate_json(r.body)) for r in connection.execute(wanted)]
        return [(seq, order) for seq, order in found if order.kind == "draft"]

    def write(self, kind: str, school: str = "", item: str = "", nth: int = -1) -> Written:
        """Write the (last) letter of a kind that the log owes."""
        found = [
            (seq, order)
            for seq, order in self.letters(school)
            if order.name == kind and item in ("", order.about.get("item"))
        ]
        seq, order = found[nth]
        with self.database.reading() as connection:
            return write_letter(self.dossier(connection, school), kind, order.about, seq)

    def draft(self, drafted: dict[tuple[str, int, str], Written], *schools: str) -> None:
        """Write every letter owed so far (for these schools, or all and the round) that has not
        been written yet."""
        for school in schools or ("", *SCHOOLS):
            owed = [each for each in self.letters(school) if (school, *_key(each)) not in drafted]
            with self.database.reading() as connection:
                for seq, order in owed:
                    dossier = self.dossier(connection, school)
                    written = write_letter(dossier, order.name, order.about, seq)
                    drafted[school, seq, order.name] = written

    def dossier(self, connection: Any, school: str = "") -> Dossier:
        case = self.case(school) if school else self.round
        return read_dossier(connection, self.journal.shelf, case)

    def erase(self, school: str) -> None:
        """Erase every free text of a case."""
        payloads = Payload.__table__
        gone = update(payloads).where(payloads.c.case == self.case(school))
        with self.database.writing() as connection:
            connection.execute(gone.values(body="", salt="", erased_at="2026-12-31T00:00:00Z"))


def _key(owed: tuple[int, Order]) -> tuple[int, str]:
    return owed[0], owed[1].name


def found_county(
    url: str | Path, name: str = "shaanxi_316.yaml", **instead: tuple[str, str]
) -> County:
    """A county with five schools whose round of a process is just open; ``instead`` changes words
    of its definition."""
    database = Database(str(url))
    TABLES.create_all(database.engine)
    _enter(database)
    text = shipped(name)
    for was, now in instead.values():
        assert was in text
        text = text.replace(was, now)
    definition = read_definition(text, name, messages(), LETTERS)
    standard = shipped_standards()["example-1000"] if definition.standard else None
    journal = Journal(database, shipped_calendar(), lambda key: digest(key)[:16])
    if definition.cycle:
        _year_before(journal, definition, standard)
    opened = open_round(journal, OFFICE, definition, standard, date(2026, 1, 5), noon(1, 5))
    assert isinstance(opened, Recorded)
    county = County(database, journal, opened.case)
    for answer in journal.record_batch(list(openings(journal, opened.case, noon(1, 5)))):
        assert isinstance(answer, Recorded)
    return county


def _year_before(journal: Journal, definition: Any, standard: Standard | None) -> None:
    """Last year's round, in which the first school was reviewed with 850 points."""
    at = datetime(2025, 1, 6, 4, tzinfo=UTC)
    opened = open_round(journal, OFFICE, definition, standard, date(2025, 1, 6), at)
    journal.record_batch(list(openings(journal, opened.case, at)))
    score = {"side": "review", "subject": FIRST, "scored_on": date(2025, 5, 6), "seq": 1}
    score |= {"total": "850.0", "value_added": "60.0", "grade": "B", "areas": "{}"}
    with journal.database.writing() as connection:
        connection.execute(insert(Score.__table__), [{**score, "case": f"{opened.case}/{FIRST}"}])


def _enter(database: Database) -> None:
    office = {"doc_code": "示教督", "phone": "0000-0000000", "mail": "dudao@county.example"}
    units = [
        (CITY, "示例市", "city", None, {}),
        ("SL-DD", "示例市人民政府教育督导室", "office", CITY, {}),
        (COUNTY, "示例县", "county", CITY, {}),
        (OFFICE, "示例县人民政府教育督导室", "office", COUNTY, office),
        ("CZ", "县财政局", "department", COUNTY, {}),
        (TOWN, "示例镇", "township", COUNTY, {}),
        (ZONE, "第一督学责任区", "zone", COUNTY, {}),
        *((code, name, kind, TOWN, FACTS) for code, (name, kind) in SCHOOLS.items()),
    ]
    held = [("O1", "督导室主任", "office", OFFICE), ("DCZ", "财政局联系人", "department", "CZ")]
    held += [(f"I{n}", f"督学{stem}", "inspector", ZONE) for n, stem in enumerate("甲乙丙丁", 1)]
    held += [(f"H{code[1:]}", f"{name}校长", "school", code) for code, (name, _) in SCHOOLS.items()]
    with database.writing() as connection:
        connection.execute(
            insert(Organisation.__table__),
            [
                {
                    "code": code,
                    "name": name,
                    "kind": kind,
                    "parent": parent,
                    "facts": facts,
                    "zone": ZONE if code in SCHOOLS else None,
                    "tier": "二层" if code in SCHOOLS else "",
                    "invented": True,
                }
                for code, name, kind, parent, facts in units
            ],
        )
        people = [{"id": person, "name": name} for person, name, _, _ in held]
        connection.execute(insert(Person.__table__), people)
        connection.execute(
            insert(Assignment.__table__),
            [
                {"person": person, "role": role, "organisation": unit, "rank": rank}
                for rank, (person, _, role, unit) in enumerate(held)
            ],
        )
