"""A county whose whole year is told: every event of every stage happens, and each is told to all.

Three schools of one township; a zone, a department, a county, a city; the shipped processes.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import insert, select

from documents.catalogue import LETTERS
from dudao.demo.answers import answers
from dudao.demo.luck import Luck
from engine.dossier import read_dossier
from engine.journal import Entry, Journal, Recorded
from engine.library import read_definition, shipped, shipped_calendar, shipped_standards
from engine.orders import Claimed, claim
from engine.rounds import CLOCK, case_id, open_round, openings, round_id
from engine.writing import order_row
from models.database import TABLES, Database
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.messages import Message
from models.orders import OrderRow
from models.organisations import Organisation
from models.people import Assignment, Person
from notifications.catalogue import MESSAGES
from notifications.placing import keep, messages_of
from rules.case_words import KeepTime
from rules.definition import KINDS
from rules.messages import Command, Event
from rules.orders import Order
from rules.values import ROLE_TITLES, Actor, Refusal, digest
from rules.vocabulary import read_event

STANDARD = shipped_standards()["example-1000"]
EVERYBODY = tuple(role for role in ROLE_TITLES if role not in ("system", "team"))
TOLD_TO_ALL = 1000  # the numbers of orders that no definition owes, only these tests
WORDS = ("reminder", "overdue", "escalation", "moved")
OFFICE = Actor("office-1", "office")
INSPECTOR = Actor("inspector-1", "inspector")
ORGANISATIONS = [
    ("P", "示例市", "city", None),
    ("C", "示例县", "county", "P"),
    ("T", "马蹄镇", "township", "C"),
    ("Z", "第一责任区", "zone", "C"),
    ("CZ", "县财政局", "department", "C"),
    ("S1", "马蹄小学", "primary", "T"),
    ("S2", "民新小学", "primary", "T"),
    ("S3", "沿河初级中学", "junior_high", "T"),
    ("O", "示例县督导室", "office", "C"),
    ("OT", "马蹄镇学区督导组", "office", "T"),
]
FACTS = {"O": {"phone": "0000-0000000"}, "OT": {"phone": "0000-1111111"}}
# id, name, role, organisation, rank
PEOPLE = [
    ("school-1", "示例校长甲", "school", "S1", 0),
    ("clerk-1", "示例文员甲", "school", "S1", 1),
    ("school-2", "示例校长乙", "school", "S2", 0),
    ("school-3", "示例校长丙", "school", "S3", 0),
    ("inspector-1", "示例督学一", "inspector", "Z", 0),
    ("inspector-2", "示例督学二", "inspector", "S3", 0),
    ("inspector-3", "示例督学三", "inspector", "P", 0),
    ("inspector-4", "示例督学四", "inspector", "P", 1),
    ("office-1", "示例督导员", "office", "O", 0),
    ("office-2", "示例学区员", "office", "OT", 0),
    ("money-1", "示例财政员", "department", "CZ", 0),
    ("town-1", "示例镇长", "township", "T", 0),
    ("county-1", "示例县领导", "government", "C", 0),
    ("city-1", "示例市督导", "superior", "P", 0),
]


class ToldYear:
    """One process in this county. ``today`` is the day on which the next command is recorded;
    ``tells`` whether everything that happens is told to everybody."""

    def __init__(
        self, url: str, file: str, office: str, first_day: date, tells: bool = True
    ) -> None:
        self.database = Database(url)
        TABLES.create_all(self.database.engine)
        self.journal = Journal(self.database, shipped_calendar(), lambda key: digest(key)[:16])
        self.definition = read_definition(shipped(file), file, MESSAGES, LETTERS)
        self.office, self.today, self.counted, self.tells = office, first_day, 0, tells
        _settle(self.database)
        period = self.journal.shelf.usual_calendar.period_of(first_day, self.definition.period).key
        self.round = round_id(office, self.definition.process, period)
        standard = STANDARD if self.definition.standard else None
        opened = open_round(self.journal, office, self.definition, standard, first_day, self.now)
        entries = list(openings(self.journal, self.round, self.now))
        for done in (opened, *self.journal.record_batch(entries)):
            self._tell_everybody(done)

    @property
    def now(self) -> datetime:
        """Nine in the morning in Shanghai, and a moment later each time."""
        self.counted += 1
        return datetime.combine(self.today, time(1), UTC) + timedelta(seconds=self.counted)

    def case(self, subject: str = "") -> str:
        """The id of a school's case, or of the round's own."""
        return case_id(self.round, subject) if subject else self.round

    def do(self, subject: str, command: Command, actor: Actor) -> Recorded:
        """Record what must not be refused, and place all the messages it is told by."""
        at = self.now
        done = self.journal.record(Entry(command, self.case(subject), actor, at, at.isoformat()))
        assert not isinstance(done, Refusal), (command.type, done.reason)
        self._tell_everybody(done)
        return done

    def until(self, day: date) -> None:
        """Let the days pass: each morning the clock looks at what is due."""
        while self.today < day:
            self.today += timedelta(1)
            for case, key in self._due():
                at = self.now
                command = KeepTime(deadline=key)
                entry = Entry(command, case, CLOCK, at, f"clock {key} {self.today}")
                done = self.journal.record(entry)
                assert not isinstance(done, Refusal), done.reason
                self._tell_everybody(done)

    def _due(self) -> list[tuple[str, str]]:
        rows = DeadlineRow.__table__
        wanted = select(rows.c.case, rows.c.key).where(
            rows.c.state == "armed", rows.c.next_on <= self.today
        )
        with self.database.reading() as connection:
            found = connection.execute(wanted.order_by(rows.c.case, rows.c.key))
            return [(row.case, row.key) for row in found]

    def armed(self, subject: str, key: str) -> date:
        """The day of an armed deadline of a case."""
        with self.database.reading() as connection:
            dossier = read_dossier(connection, self.journal.shelf, self.case(subject))
            return dossier.state.deadlines[key].due_on

    # -- telling ---------------------------------------------------------------------------------

    def _tell_everybody(self, done: Recorded) -> None:
        """Every event is told to every role, and every deadline speaks in all four words."""
        if not self.tells:
            return
        orders = [
            (seq, order)
            for seq, type_ in done.events
            for order in self._orders(done.case, seq, type_)
        ]
        if orders:
            self.place(done.case, orders)

    def place(self, case: str, orders: list[tuple[int, Order]]) -> None:
        """Owe orders and place their messages."""
        with self.database.writing() as connection:
            dossier = read_dossier(connection, self.journal.shelf, case)
            for seq, order in orders:
                self.counted += 1
                office = dossier.office.code
                row = order_row(case, office, seq, TOLD_TO_ALL + self.counted, order, self.today)
                connection.execute(insert(OrderRow.__table__), row)
                taken = Claimed(row["id"], case, seq, office, order, 1, self.today.isoformat())
                keep(connection, messages_of(dossier, taken, self.today))

    def _orders(self, case: str, seq: int, type_: str) -> Iterator[Order]:
        event = self.event(case, seq)
        if event.stage not in {stage.id for stage in self.definition.stages}:
            return
        kind = self.definition.stage(event.stage).kind
        name = "opened" if type_ == "stage.opened" else event.name
        if f"{kind}.{name}" in MESSAGES:
            yield _tell(kind, name, event, EVERYBODY, {"event": name})
        if type_ == "deadline.armed" and event.deadline != "opens":
            about = {"deadline": event.deadline, "due_on": event.due_on.isoformat()}
            for word in WORDS:
                to = ("government", event.who) if word == "escalation" else (event.who,)
                yield _tell(kind, word, event, to, about)

    def event(self, case: str, seq: int) -> Event:
        """The event of that number."""
        rows = StoredEvent.__table__
        wanted = select(rows.c.body).where(rows.c.case == case, rows.c.seq == seq)
        with self.database.reading() as connection:
            return read_event(json.loads(connection.execute(wanted).scalar_one()))

    def place_owed(self) -> int:
        """Place what the process itself owes to tell, as the flows do."""
        count = 0
        for kind in KINDS:
            taken = claim(self.database, kind, self.office, self.now, 5000)
            for one in (one for one in taken if one.order.kind == "tell"):
                with self.database.writing() as connection:
                    dossier = read_dossier(connection, self.journal.shelf, one.case)
                    on = date.fromisoformat(one.owed_on)
                    placed = messages_of(dossier, one, on)
                    keep(connection, placed)
                    count += len(placed)
        return count

    def messages(self, name: str = "") -> list:
        """The ledger, or one message of it, in the order of the keys."""
        rows = Message.__table__
        wanted = select(rows).order_by(rows.c.key)
        with self.database.reading() as connection:
            found = connection.execute(wanted).all()
        return [row for row in found if not name or row.name == name]


def _tell(kind: str, name: str, event: Event, to: tuple[str, ...], about: dict) -> Order:
    about = {**about, "item": event.item}
    return Order(
        flow=kind, kind="tell", name=f"{kind}.{name}", stage=event.stage, to=to, about=about
    )


def answers_of(school: str, side: str) -> dict:
    """An answer to every indicator."""
    kind = next(kind for code, _, kind, _ in ORGANISATIONS if code == school)
    return answers(STANDARD, kind, Luck(7), school, side)


def _settle(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(
            insert(Organisation.__table__),
            [
                {
                    "code": code,
                    "name": name,
                    "kind": kind,
                    "parent": parent,
                    "zone": "Z" if code in ("S1", "S2") else None,
                    "tier": "二层",
                    "invented": True,
                    "facts": FACTS.get(code, {}),
                }
                for code, name, kind, parent in ORGANISATIONS
            ],
        )
        connection.execute(
            insert(Person.__table__),
            [{"id": p, "name": name, "mail": "", "phone": ""} for p, name, *_ in PEOPLE],
        )
        connection.execute(
            insert(Assignment.__table__),
            [
                {"person": p, "role": role, "organisation": organisation, "rank": rank}
                for p, _, role, organisation, rank in PEOPLE
            ],
        )
