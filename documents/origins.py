"""The origins there are - an event, what was written with it, the register, a standard - in words,
and the values of each with their origin."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Row, select

from documents.payloads import ERASED, Place
from documents.provenance import Marks, Origin, bare, sourced, throughout
from engine.dossier import Dossier, Told
from models.evidence import Evidence, EvidenceUse
from rules.case_words import DeadlineArmed
from rules.messages import Event
from rules.standard import Standard
from rules.telling import EVENT_TITLES
from rules.values import ROLE_TITLES

_FILES, _USES = Evidence.__table__, EvidenceUse.__table__


@dataclass(frozen=True, slots=True)
class TracedTold(Told):
    """An event whose fields know that they are its own; ``place`` is where its form stands."""

    place: Place | None


class Registered:
    """An organisation: its name and its facts are the register's as it is today."""

    def __init__(self, row: Row, marks: tuple[str, str]) -> None:
        self._row = row
        self.name = sourced(row.name, marks)
        self.facts = throughout(row.facts or {}, marks)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


class TracedStandard:
    """A standard whose words and points say which indicator of it they are."""

    def __init__(self, standard: Standard, marks: Marks) -> None:
        self.bare = standard
        self._marks = marks
        own = self._of("")
        self.title, self.version = sourced(standard.title, own), sourced(standard.version, own)
        self.full, self.points = sourced(standard.full, own), throughout(standard.points, own)
        self.grades = throughout(standard.grades, self._of("等级规则"))
        self.vetoes = tuple(throughout(v, self._of(f"一票否决{v.code}")) for v in standard.vetoes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bare, name)

    def _of(self, what: str) -> tuple[str, str]:
        standard = self.bare
        says = f"评估标准《{standard.title}》{what}"
        return self._marks.of(Origin(says, sha256=standard.version))

    def areas_for(self, kind: str) -> tuple[Any, ...]:
        """The areas a kind of school is measured by."""
        found = []
        for area in self.bare.areas_for(kind):
            known = throughout(area, self._of(f"领域{area.code}"))
            leaves = (throughout(i, self._of(f"指标{i.code}")) for i in area.indicators)
            object.__setattr__(known, "indicators", tuple(leaves))
            found.append(known)
        return tuple(found)

    def for_school(self, kind: str) -> tuple[Any, ...]:
        """Its indicators, in the standard's order."""
        return tuple(leaf for area in self.areas_for(kind) for leaf in area.indicators)


class FormPlace:
    """A part of what was written with one event."""

    def __init__(self, tracing: "Tracing", told: Told, path: str = "") -> None:
        self._tracing, self._told, self._path = tracing, told, path

    def part(self, key: str) -> "FormPlace":
        """A part of it."""
        return FormPlace(self._tracing, self._told, self._under(key))

    def said(self, value: Any, key: str = "") -> Any:
        """A value that stands under a key, or comes of what does."""
        path = self._under(key)
        where = f"填报内容“{path}”" if path else "填报内容"
        if value == ERASED:
            where += "（已依法删除）"
        says = f"{self._tracing.says(self._told)}，{where}"
        files = self._tracing.evidence_of(self._told, path, str(value))
        digest = getattr(self._told.event, "payload", "")
        origin = Origin(says, self._tracing.case, (self._told.seq,), digest, files)
        return throughout(value, self._tracing.marks.of(origin))

    def _under(self, key: str) -> str:
        return f"{self._path}/{bare(key)}" if self._path and key else bare(key) or self._path


class Tracing:
    """The origins of one letter, in words, and their marks."""

    def __init__(self, dossier: Dossier, taken: str) -> None:
        self.marks = Marks(taken)
        self.dossier = dossier
        self.case = dossier.id

    def says(self, told: Told) -> str:
        """An event in words: what, where, when, who."""
        event, process = told.event, self.dossier.process
        stage = process.stages.get(event.stage)
        known = EVENT_TITLES.get(event.type) or EVENT_TITLES.get(event.name) or event.type
        who = self.dossier.name(told.actor)
        role = ROLE_TITLES.get(told.role, told.role)
        by = role if who == told.role or told.role == "system" else f"{who}，{role}"
        title = f"“{stage.title}”" if stage else ""
        said = f"{title}{known}（{event.happened_on.isoformat()}，{by}）"
        if isinstance(event, DeadlineArmed):
            rule = f"规则“{event.reckoning.clause}”，日历{event.reckoning.calendar}"
            return f"{title}期限{event.deadline}（{rule}，{event.reckoning.in_chinese()}）"
        return said

    def of_event(self, told: Told) -> tuple[str, str]:
        """The marks of what an event itself says."""
        return self.marks.of(Origin(self.says(told), self.case, (told.seq,)))

    def told(self, told: Told) -> TracedTold:
        """An event with its own origin in every field."""
        event = throughout(told.event, self.of_event(told))
        kept = (told.seq, event, told.at, told.actor, told.role, told.on_behalf_of, told.forms)
        return TracedTold(*kept, FormPlace(self, told))

    def elsewhere(self, event: Event, case: str, seq: int) -> Event:
        """An event of another case with its origin."""
        known = EVENT_TITLES.get(event.type) or EVENT_TITLES.get(event.name) or event.type
        says = f"{known}（{event.happened_on.isoformat()}）"
        return throughout(event, self.marks.of(Origin(says, case, (seq,))))

    def issued(self, given: str) -> str:
        """The number a letter was given when it was issued, or the day."""
        return sourced(given, self.marks.of(Origin("发文登记簿")))

    def scored(self, points: Any, case: str, seq: int) -> Any:
        """What a review of an earlier round came to."""
        return throughout(points, self.marks.of(Origin("上次督评得分", case, (seq,))))

    def registered(self, row: Row) -> Registered:
        """An organisation with the register as its origin."""
        says = f"单位名册（现行）：{row.code}"
        return Registered(row, self.marks.of(Origin(says)))

    def counted(self, number: Any, what: str, *by: Told) -> Any:
        """A number that was counted from these events, or as ``what`` says."""
        seqs = tuple(sorted({told.seq for told in by}))
        return sourced(number, self.marks.of(Origin(what, self.case if by else "", seqs)))

    def evidence_of(self, told: Told, path: str, name: str) -> tuple[str, ...]:
        """The hash of the file that a text names as evidence: the one fixed when it was handed in,
        else the one that was uploaded for it under that name."""
        *_, key, last = ["", *path.split("/")]
        if last != "evidence":
            return ()
        about = key or f"issue-{bare(told.event.item)}"
        fixed = told.form.get("files")
        named = fixed.get(about) if isinstance(fixed, dict) else None
        if isinstance(named, dict):
            hashes = named.get(name)
            return tuple(map(str, hashes)) if isinstance(hashes, list) else ()
        return tuple(self._files.get((about, name), ()))

    @cached_property
    def _files(self) -> dict[tuple[str, str], list[str]]:
        rows = self.dossier.connection.execute(
            select(_USES.c.indicator, _FILES.c.name, _FILES.c.sha256)
            .join(_FILES, _FILES.c.sha256 == _USES.c.sha256)
            .where(_USES.c.case == self.case)
            .where(_FILES.c.organisation == self.dossier.subject.code)
            .order_by(_FILES.c.sha256)
        )
        found: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            found.setdefault((row.indicator, row.name), []).append(row.sha256)
        return found
