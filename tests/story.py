"""A stage for stories: people act on dated days, the clock ticks between, and laws are kept.

``story.on("2026-03-20").school.submits()`` lets the clock run up to that morning, then lets the
school act; what must be refused is told with ``story.refuses(...)``, which answers the reason.
After every step the case is folded anew from its stored events and must be the same: each story
is a replay test too.
"""

import json
import re
from datetime import date, timedelta
from functools import cache
from typing import Any

from rules import case_words
from rules.case import evolve, handle
from rules.days import Calendar, parse_terms, parse_year
from rules.definition import Definition
from rules.kinds import Context
from rules.loading import Library, load_definition
from rules.messages import Command, Event
from rules.orders import Order, owe
from rules.process import Process
from rules.state import CaseState, deadline_key
from rules.values import Actor, Refusal, canonical
from rules.vocabulary import read_command, read_event, read_state
from tests.people import PROCESSES, People, standard

CALENDAR = Calendar.of(
    [parse_year(path.read_text("utf-8")) for path in (PROCESSES / "holidays").glob("*.yaml")],
    parse_terms((PROCESSES / "terms" / "example.yaml").read_text("utf-8")),
)
DAY = timedelta(1)
SPOKEN = ("reminder", "overdue", "escalation", "moved")
LATIN = re.compile(r"[a-z]{2,}")  # no school clerk reads English, let alone an identifier
NAMES = {f"inspector_{n}": f"督学{c}" for n, c in enumerate("甲乙丙丁戊己", 1)}

DRAFTED = "a" * 64  # the hash of a letter as its flow has drafted it
LETTER = {
    "letter": {
        "kind": "opinion_letter",
        "sha256": DRAFTED,
        "drafted_on": date(2026, 1, 5),
        "received": False,
    },
    "others": {name: {"kind": "opinion_letter"} for name in ("00002.0", "00002.1", "00002.0-2")},
    "colleagues": 1,
    "code": "示教督",
    "next": 1,
}


class Anything:
    """A library in which every message and letter is found: stories are not about templates."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self):
        return iter(())


LIBRARY = Library(messages=Anything(), letters=Anything(), standards=("example-1000",))


def day(text: str | date) -> date:
    return text if isinstance(text, date) else date.fromisoformat(text)


@cache
def process(name: str = "shaanxi_316") -> Process:
    """A process that is shipped."""
    text = (PROCESSES / f"{name}.yaml").read_text("utf-8")
    return Process(load_definition(text, f"{name}.yaml", LIBRARY))


def compiled(definition: Definition | str) -> Process:
    """A process of the test's own, from its YAML text."""
    if isinstance(definition, str):
        definition = load_definition(definition, "test.yaml", LIBRARY)
    return Process(definition)


def stored(event: Event) -> str:
    """An event as the log keeps it."""
    return canonical(event.model_dump(mode="json"))


class Story:
    """One case from its opening. ``events``, ``orders`` and ``refusals`` are all there were."""

    def __init__(
        self,
        of_process: Process | None = None,
        opened: str = "2026-01-05",
        period_ends: str = "2026-12-31",
        of: str = "case",
        subject: str = "510101001",
        subject_kind: str = "primary",
        carried: tuple = (),
        **facts: Any,
    ) -> None:
        self.process = of_process or process()
        self.calendar, self.strict = CALENDAR, True  # strict: every step is replayed
        self.state, self.replayed = CaseState(), CaseState()
        self.today = day(opened)
        self.events: list[Event] = []
        self.orders: list[Order] = []
        self.refusals: list[str] = []
        self.told: list[tuple[date, Order]] = []
        self.facts = {
            "names": NAMES,
            "school_kind": subject_kind,
            "recusals": [],
            "inspectors": list(NAMES),
            "subjects": {},
            "successor_live": True,
            **LETTER,
            **facts,
        }
        opening = case_words.OpenCase(
            of=of,
            subject=subject,
            subject_kind=subject_kind,
            round="R2026",
            period_ends=period_ends,
            carried=carried,
        )
        self.tell(opening, "system")

    # -- people and the clock ------------------------------------------------------------------

    def on(self, when: str | date, typed: str | date | None = None) -> People:
        """What happens on a day, entered on the day itself or, ``typed``, on a later one."""
        self.until(typed or when)
        return People(self, day(when), refused=False)

    def refuses(self, when: str | date, typed: str | date | None = None) -> People:
        """Like ``on``, for what must be refused; the person's words then answer the reason."""
        self.until(typed or when)
        return People(self, day(when), refused=True)

    def refuses_before_the_clock(self, when: str | date) -> People:
        """Like ``refuses``, on a day on which the clock has not looked yet."""
        self.today = day(when)
        return People(self, self.today, refused=True)

    def until(self, when: str | date) -> "Story":
        """Nobody acts; the clock looks at whatever is due each morning up to that day."""
        last = day(when)
        assert last >= self.today, f"{last} is before {self.today}: use typed="
        while due := [d.next_on for d in self.state.deadlines.values() if d.next_on <= last]:
            self.today = max(self.today, min(due))
            self.tick()
        self.today = last
        return self

    def tick(self) -> None:
        """The clock looks at what is due today, once each."""
        for key in [k for k, d in self.state.deadlines.items() if d.next_on <= self.today]:
            self.tell(case_words.KeepTime(deadline=key), "system")

    def tell(
        self,
        command: Command,
        role: str,
        happened_on: date | None = None,
        person: str = "someone",
        organisation: str = "",
    ) -> list[Event] | Refusal:
        """One command decided, kept and replayed; its events, or the refusal."""
        assert read_command(json.loads(command.model_dump_json())) == command
        context = Context(
            definition=None,
            calendar=self.calendar,
            actor=Actor(person, role, organisation),
            happened_on=happened_on or self.today,
            today=self.today,
            standard=standard(),
            payload="digest" if getattr(command, "form", None) else "",
            facts=self.facts,
        )
        before = self.state.model_dump_json() if self.strict else ""
        decision = handle(self.process, context, self.state, command)
        if self.strict:
            assert self.state.model_dump_json() == before, "a decision changed what it was given"
        if isinstance(decision, Refusal):
            assert not LATIN.search(decision.reason), decision.reason
            self.refusals.append(decision.reason)
            return decision
        for event, state in zip(decision.events, decision.states, strict=False):
            self._keep(event, state)
        if self.strict:
            self._check()
        return list(decision.events)

    # -- law 2 ---------------------------------------------------------------------------------

    def _keep(self, event: Event, state: CaseState) -> None:
        """The event goes to the log and is read back from there; what follows is as it was."""
        self.state = state
        orders = owe(self.process, state, event)
        self.events.append(event)
        self.orders += orders
        self.told += [(self.today, order) for order in orders if order.kind == "tell"]
        if self.strict:
            self._replay(event, orders)

    def _replay(self, event: Event, orders: list[Order]) -> None:
        again = read_event(json.loads(stored(event)))
        assert again == event and stored(again) == stored(event)
        self.replayed = evolve(self.process, self.replayed, again)
        assert self.replayed == self.state, f"replay of {event.type} differs"
        assert owe(self.process, self.replayed, again) == orders

    def _check(self) -> None:
        """Stored and read the state is the same; a stage that was left has nothing armed."""
        assert read_state(self.state.model_dump_json()) == self.state
        for key, deadline in self.state.deadlines.items():
            assert key == deadline_key(deadline.stage, deadline.name, deadline.item)
            state = self.state.stages.get(deadline.stage)
            waiting = deadline.name == "opens" or deadline.stage == "round"
            assert waiting or (state and state.open), f"{key} is armed in a stage that was left"
            assert deadline.next_on >= self.today, f"{key} would have been looked at earlier"

    # -- what a test asks about ----------------------------------------------------------------

    def types(self, since: int = 0) -> list[str]:
        """The types of all events, or of those after the first ``since``."""
        return [event.type for event in self.events[since:]]

    def due(self, key: str) -> str | None:
        """The due date of an armed deadline by its key ``stage/name`` or ``stage/name/item``."""
        deadline = self.state.deadlines.get(key)
        return deadline.due_on.isoformat() if deadline else None

    def why(self, key: str) -> str:
        """How that date came about, in the words everybody is shown."""
        stage, name, item = (*key.split("/"), "")[:3]
        for event in reversed(self.events):
            named = (event.stage, getattr(event, "deadline", ""), event.item)
            if event.type == "deadline.armed" and named == (stage, name, item):
                return event.reckoning.in_chinese()
        raise KeyError(key)

    def heard(self, name: str, since: str = "2000-01-01") -> list[tuple[str, tuple[str, ...]]]:
        """When a message was owed and to whom: ``[("03-20", ("school",))]``."""
        return [
            (f"{on:%m-%d}", order.to)
            for on, order in self.told
            if order.name == name and on >= day(since)
        ]

    def drafted(self) -> list[str]:
        """The letters called for so far."""
        return [order.name for order in self.orders if order.kind == "draft"]

    def data(self, stage: str) -> Any:
        """What a stage remembers."""
        return self.state.stages[stage].data

    @property
    def open(self) -> list[str]:
        """The stages that are open."""
        return [stage for stage, state in self.state.stages.items() if state.open]
