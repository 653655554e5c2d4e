"""A case as it stood when one event called for a paper: what came later is not seen.

So a letter drafted a week late, or drafted again, says what it would have said on the day. Names
of organisations and people are today's: the directory keeps no others.
"""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import Row, bindparam, literal_column, select

from documents.payloads import ERASED, Form, form_of
from documents.provenance import alike, joined
from engine.dossier import Dossier, Told, as_corrected
from engine.statements import Prepared
from models.events import StoredEvent
from rules.case_words import DeadlineArmed
from rules.issue_list import Issue
from rules.stages import StageFields
from rules.standard import Standard
from rules.state import CaseState, StageState, deadline_key

_EVENTS = StoredEvent.__table__
RECTIFY = ("at_once", "dated", "long_term", "redo", "reopened")
CARRIED_IN = "（由其他案卷转入，原文见原案卷）"


class CaseView:
    """A dossier up to the command that led to event ``seq``. What a paper quotes through it is
    remembered in ``sources``."""

    def __init__(self, dossier: Dossier, seq: int, item: str = "") -> None:
        self.dossier = dossier
        self.told = dossier.story[seq - 1]
        self.item = item or self.told.event.item
        self.day: date = self.told.event.happened_on
        self.story = as_corrected(dossier.story[: _end(dossier, seq)])
        self._sources = {seq}

    @property
    def sources(self) -> list[int]:
        """The numbers of the events quoted so far, in order."""
        return sorted(self._sources)

    # -- who and what --------------------------------------------------------------------------

    @property
    def subject(self) -> Row:
        """The organisation the case is about."""
        return self.dossier.subject

    @property
    def office(self) -> Row:
        """The office that leads the case."""
        return self.dossier.office

    @property
    def measure(self) -> Standard | None:
        """The standard of the case, if its process has one."""
        return self.dossier.standard

    @property
    def standard(self) -> Standard:
        """The standard of the case; ValueError where its process has none."""
        if self.measure is None:
            raise ValueError("这个流程没有评估标准，不能生成这份文书")
        return self.measure

    @property
    def process_title(self) -> str:
        """What the process is called."""
        return self.dossier.process.definition.title

    @property
    def round_title(self) -> str:
        """The round's period as titles say it: 2026年度, or its key where it is no year."""
        period = self.dossier.round.period
        return f"{period}年度" if len(period) == 4 else period

    def basis(self) -> list[str]:
        """What the process rests on: laws and rules, as its definition names them."""
        definition = self.dossier.process.definition
        return [*definition.basis] or [f"{definition.title}（版本{definition.version}）"]

    @property
    def stage(self) -> StageFields:
        """The stage whose event called for the paper."""
        return self.dossier.process.stages[self.told.event.stage]

    @property
    def form(self) -> Form:
        """What was written with the calling event."""
        return form_of(self.told)

    def organisation(self, code: str | None) -> Row | None:
        """An organisation as the register has it."""
        return self.dossier.organisations.get(code or "")

    def name(self, person: str) -> str:
        """A person's name."""
        return self.dossier.name(person)

    def unit_name(self, code: str) -> str:
        """A responsible unit's name; ``school`` is the subject itself."""
        if code in ("school", self.subject.code):
            return self.subject.name
        found = self.organisation(code)
        return found.name if found else code

    def person_of(self, code: str) -> str:
        """Who answers for a responsible unit, by name; empty where nobody is known."""
        own = code in ("school", self.subject.code)
        code = self.subject.code if own else code
        found = self.dossier.organisations.get(code)
        role = found.kind if found and found.kind in ("department", "township") else "school"
        held = self.dossier.holders(role, code)
        return self.name(held[0]) if held else ""

    def inspectors(self) -> str:
        """The responsible inspectors (责任督学) of the subject, by name."""
        held = self.dossier.holders("inspector", self.subject.code)
        if not held and self.subject.zone:
            held = self.dossier.holders("inspector", self.subject.zone)
        return self.names(tuple(held))

    def names(self, people: tuple[str, ...]) -> str:
        """People as a list of names."""
        return joined(self.name(person) for person in people)

    def above(self, *kinds: str) -> Iterator[Row]:
        """The subject's ancestors of these kinds, nearest first."""
        code = self.subject.parent
        while code:
            if (found := self.organisation(code)) is None:
                raise KeyError(code)
            if found.kind in kinds:
                yield found
            code = found.parent

    def counted(self, number: int, *by: Told) -> int:
        """A number that was counted: from these events, else from the whole story."""
        return number

    # -- what happened -------------------------------------------------------------------------

    def last(self, type_: str, stage: str = "", item: str = "") -> Told | None:
        """The latest event of a type, of a stage and an item where they are named."""
        for told in reversed(self.story):
            event = told.event
            if event.type == type_ and stage in ("", event.stage) and item in ("", event.item):
                self._sources.add(told.seq)
                return told
        return None

    def own(self, name: str, item: str = "") -> Told | None:
        """The latest event of that name in the calling stage itself."""
        return self.last(f"{self.stage.kind}.{name}", self.stage.id, item)

    def every(self, type_: str, item: str = "") -> list[Told]:
        """Every event of a type, in order."""
        found = [t for t in self.story if t.event.type == type_ and item in ("", t.event.item)]
        self._sources.update(told.seq for told in found)
        return found

    @cached_property
    def state(self) -> CaseState:
        """Where the case stood then: the fold of its events up to then. Where nothing has happened
        since, that is where it stands (law 2: a replay gives the stored state)."""
        if len(self.story) == len(self.dossier.story):
            return self.dossier.state
        events = [told.event for told in self.dossier.story[: len(self.story)]]
        return self.dossier.shelf.memory.folded(self.dossier.id, self.dossier.process, events)

    @property
    def data(self) -> Any:
        """What the calling stage remembered then."""
        return self.state.stages[self.stage.id].data

    @property
    def tier(self) -> str:
        """The subject's tier as the case was opened with it."""
        return self.state.tier

    def first_stage(self, kind: str) -> tuple[str, StageState | None]:
        """The first stage of a kind the case has entered, with its id."""
        for stage, state in self.state.stages.items():
            if state.kind == kind:
                return stage, state
        return "", None

    # -- days ----------------------------------------------------------------------------------

    def armed(self, stage: str, *names: str, item: str = "") -> DeadlineArmed | None:
        """The latest arming of one of these deadlines, whether it still runs or not."""
        for told in reversed(self.story):
            event = told.event
            own = isinstance(event, DeadlineArmed) and (event.stage, event.item) == (stage, item)
            if own and event.deadline in names:
                self._sources.add(told.seq)
                return event
        return None

    def due(self, stage: str, *names: str, item: str = "") -> date | None:
        """The date that arming set."""
        armed = self.armed(stage, *names, item=item)
        return armed.due_on if armed else None

    def why(self, stage: str, *names: str, item: str = "") -> str:
        """Why it is that date, as a sentence; empty where there is none."""
        armed = self.armed(stage, *names, item=item)
        return self.explained(armed) if armed else ""

    def explained(self, armed: DeadlineArmed) -> str:
        """Why a deadline is that day, as a sentence without its stop."""
        return alike(armed.due_on, armed.reckoning.in_chinese())

    def running(self) -> list[tuple[str, DeadlineArmed]]:
        """The deadlines that run, by key: a calendar of what is to come."""
        latest = {
            deadline_key(t.event.stage, t.event.deadline, f"{t.event.item}"): t.event
            for t in self.story
            if isinstance(t.event, DeadlineArmed)
        }
        return [(key, latest[key]) for key in self.state.deadlines if key in latest]

    # -- issues --------------------------------------------------------------------------------

    @cached_property
    def issue_stage(self) -> str:
        """The issue list meant: the calling stage itself, the one it goes through, or the first."""
        if self.stage.kind == "issue_list":
            return self.stage.id
        return getattr(self.stage, "of_issues", "") or self.first_stage("issue_list")[0]

    @cached_property
    def issues(self) -> dict[str, Issue]:
        """The issue list as it stood, by number."""
        listed = self.state.stages.get(self.issue_stage)
        return listed.data.issues if listed else {}

    def finding_text(self, told: Told | None, key: str) -> str:
        """A finding's words, from what was written with the event that carries it."""
        form = form_of(told)
        if form.erased:
            return ERASED
        return form.part("findings").text(key)

    def issue_text(self, number: str) -> str:
        """An issue's words."""
        raised = self.raised(number)
        if raised is None:
            return ""
        if not raised.event.payload:
            return CARRIED_IN
        return self.finding_text(raised, raised.event.text) or "（未填写）"

    def basis_text(self, basis: str) -> str:
        """What a finding rests on: the indicator's code and title, or the law's words as given."""
        standard = self.measure
        if standard is not None and self.state.subject_kind in standard.school_kinds:
            for leaf in standard.for_school(self.state.subject_kind):
                if leaf.code == basis:
                    return f"{leaf.code} {leaf.title}"
            for area in standard.areas_for(self.state.subject_kind):
                if area.code == basis:
                    return f"{area.code} {area.title}"
        return basis

    def raised(self, number: str) -> Told | None:
        """The event that raised an issue; its form is that of the finding it came from."""
        return self.last("issue_list.issue.raised", self.issue_stage, number)

    def issue_due_of(self, raised: Told) -> DeadlineArmed | None:
        """The latest date for the issue that an event raised."""
        return self.armed(raised.event.stage, *RECTIFY, item=raised.event.item)

    def issue_due(self, number: str) -> DeadlineArmed | None:
        """The latest date by which an issue is, or was, to be rectified."""
        return self.armed(self.issue_stage, *RECTIFY, item=number)


_NEXT_COMMAND = Prepared(
    select(_EVENTS.c.seq)
    .where(_EVENTS.c.case == bindparam("b_case"), _EVENTS.c.seq > bindparam("b_seq"))
    .where(_EVENTS.c.key.is_not(None))
    .order_by(_EVENTS.c.seq)
    .limit(literal_column("1"))
    .offset(literal_column("0"))  # SQLite would bind a number otherwise
)


def _end(dossier: Dossier, seq: int) -> int:
    """The number of the last event of the command that ``seq`` belongs to: the next command's
    first event is the next one with a key."""
    where = {"b_case": dossier.id, "b_seq": seq}
    found = _NEXT_COMMAND.fetch(dossier.connection, where)
    return found[0][0] - 1 if found else len(dossier.story)
