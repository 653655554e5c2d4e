"""The team's score sheet: one for everybody in the team, put together indicator by indicator.

Two who type at once do not overwrite each other: an indicator is taken over when only one of them
has changed it, and where both have, whoever comes second is told who was first and what they put.
What a page showed travels with it as a mark, so that an old page does not undo anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.dossier import Told
from engine.writing import iso
from models.drafts import Draft
from portal.answers import Tally, fields, names, tally
from portal.cleaning import clean
from portal.drafts import Values
from portal.gate import NotAllowed
from portal.receiving import Typed
from portal.sheet_layout import Block, layout
from portal.sight import Sight
from rules.scores import grade
from rules.standard import Standard
from rules.values import Refusal, canonical, digest

_DRAFTS = Draft.__table__

TEAM = "team"  # the owner of what a whole team writes
SCORES, DEFENCE = "scores", "scores after the defence"

Fields = dict[str, list[str]]


class Leaf(NamedTuple):
    """What stands for one indicator: its fields, who put it there and when (ISO 8601, UTC)."""

    fields: Fields
    by: str = ""
    at: str = ""

    @property
    def mark(self) -> str:
        """Tells this content from any other."""
        return mark_of(self.fields)


EMPTY = Leaf({})


class Met(NamedTuple):
    """Two changed one indicator: ``theirs`` stands, ``mine`` was not taken over."""

    code: str
    mine: Fields
    theirs: Leaf


class Kept(NamedTuple):
    """What came of saving: how many indicators were taken over, where two met, the sheet now."""

    changed: int
    met: list[Met]
    leaves: dict[str, Leaf]


def mark_of(found: Fields) -> str:
    """A short mark of some fields."""
    return digest(canonical({name: texts for name, texts in found.items() if texts}))[:12]


@dataclass(frozen=True)
class Scoring:
    """The scoring of one review. ``again``: the scores are looked at once more, after a defence."""

    sight: Sight
    stage: str
    standard: Standard
    kind: str
    again: bool

    @property
    def data(self) -> Any:
        """Where the review stands."""
        return self.sight.state.stages[self.stage].data

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The standard as it lies on the page."""
        return layout(self.standard, self.kind)

    def block(self, area: str) -> Block:
        """One area; NotAllowed where there is none."""
        for block in self.blocks:
            if block.area.code == area:
                return block
        raise NotAllowed("这个标准里没有这个领域。")

    @property
    def _form(self) -> str:
        return DEFENCE if self.again else SCORES

    @cached_property
    def recorded(self) -> Told | None:
        """The scores as they were last entered."""
        return self._last("on_site_review.scores.entered")

    @cached_property
    def own_account(self) -> Told | None:
        """The school's own latest account."""
        found = self.sight.dossier.by_type.get("self_assessment.submitted", ())
        return found[-1] if found else None

    @cached_property
    def own(self) -> Tally:
        """The school's own scores, by the same standard."""
        told = self.own_account
        return self.tally_of(self.seeded(told.form if told else {}))

    def _last(self, type_: str) -> Told | None:
        told = self.sight.dossier.by_type.get(type_, ())
        found = [one for one in told if one.event.stage == self.stage]
        return found[-1] if found else None

    def seeded(self, form: Mapping[str, Any]) -> dict[str, Leaf]:
        """The sheet of answers that were recorded before."""
        answers = form.get("answers")
        answers = answers if isinstance(answers, Mapping) else {}
        return {
            leaf.code: Leaf(fields(leaf, answers[leaf.code]))
            for leaf in self.standard.for_school(self.kind)
            if isinstance(answers.get(leaf.code), Mapping)
        }

    def leaves(self, connection: Connection | None = None) -> dict[str, Leaf]:
        """The sheet as it stands: what the team has put down, else what was recorded last."""
        row = (connection or self.sight.connection).execute(self._wanted()).first()
        return self._read(row)

    def _wanted(self):
        return select(_DRAFTS).where(
            _DRAFTS.c.case == self.sight.id,
            _DRAFTS.c.stage == self.stage,
            _DRAFTS.c.form == self._form,
            _DRAFTS.c.owner == TEAM,
        )

    def _read(self, row: Row | None) -> dict[str, Leaf]:
        if row is None:
            return self.seeded(self.recorded.form if self.recorded else {})
        return {code: Leaf(*kept) for code, kept in json.loads(row.body).items()}

    def changed(self, leaves: Mapping[str, Leaf]) -> list[str]:
        """The indicators that stand otherwise than they were recorded."""
        before = self.seeded(self.recorded.form if self.recorded else {})
        codes = {**before, **leaves}
        return [c for c in codes if leaves.get(c, EMPTY).mark != before.get(c, EMPTY).mark]

    def answers(self, leaves: Mapping[str, Leaf]) -> dict[str, Any]:
        """The answers of a command's form: those recorded before as they were, the others anew."""
        form = self.recorded.form if self.recorded else {}
        before = form.get("answers") if isinstance(form.get("answers"), Mapping) else {}
        found, changed = self.tally_of(leaves).answers, set(self.changed(leaves))
        return {code: a if code in changed else before.get(code, a) for code, a in found.items()}

    def tally_of(self, leaves: Mapping[str, Leaf]) -> Tally:
        """What a sheet comes to so far, reasons for lost points demanded."""
        return tally(self.standard, self.kind, values_of(leaves), "review")

    def grade_of(self, counted: Tally) -> str:
        """The grade with the vetoes confirmed; empty while something is missing."""
        if counted.missing:
            return ""
        found = grade(self.standard, counted.sheet, self.data.vetoes)
        return "" if isinstance(found, Refusal) else found.letter

    def came(self, typed: Typed, block: Block) -> dict[str, Fields]:
        """What was typed for an area, by indicator; mistakes are noted in ``typed``."""
        found: dict[str, Fields] = {}
        for group in block.groups:
            for line in group.lines:
                found[line.code] = mine = {}
                for name, most in names(line):
                    given = [clean(text) for text in typed.form.getlist(name) if _is_text(text)]
                    if given := [text for text in given if text]:
                        mine[name] = given
                    if (longest := max(map(len, given), default=0)) > most:
                        typed.mistakes[name] = f"最多{most}个字，现在有{longest}个字，请删减。"
        return found

    def keep(self, mine: Mapping[str, Fields], marks: Mapping[str, str]) -> Kept:
        """Take over what changed. ``marks``: what the page had shown of each indicator."""
        try:
            return self._keep(mine, marks)
        except IntegrityError:  # two began the sheet at the same moment
            return self._keep(mine, marks)

    def _keep(self, mine: Mapping[str, Fields], marks: Mapping[str, str]) -> Kept:
        person, now = self.sight.visitor.person, iso(self.sight.desk.now())
        with self.sight.desk.database.writing() as connection:
            row = connection.execute(self._wanted().with_for_update()).first()
            leaves, met, changed = self._read(row), [], 0
            for code, found in mine.items():
                theirs, shown = leaves.get(code, EMPTY), marks.get(code, "")
                if mark_of(found) in (theirs.mark, shown):
                    continue  # nothing new, or not touched on this page
                if theirs.mark != shown and theirs.by != person:
                    met.append(Met(code, found, theirs))
                    continue
                leaves[code] = Leaf(found, person, now)
                changed += 1
            if changed:
                self._write(connection, row, leaves, person, now)
        return Kept(changed, met, leaves)

    def _write(
        self, connection: Connection, row: Row | None, leaves: dict, person: str, now: str
    ) -> None:
        body = json.dumps(leaves, ensure_ascii=False)
        new = {"body": body, "saved_by": person, "saved_at": now}
        if row is None:
            place = {"case": self.sight.id, "stage": self.stage, "form": self._form, "owner": TEAM}
            connection.execute(insert(_DRAFTS).values(**place, **new, version=1))
            return
        here = update(_DRAFTS).where(
            _DRAFTS.c.case == row.case,
            _DRAFTS.c.stage == row.stage,
            _DRAFTS.c.form == row.form,
            _DRAFTS.c.owner == row.owner,
        )
        connection.execute(here.values(**new, version=row.version + 1))

    def forget(self) -> None:
        """The sheet was handed in: the recorded one stands for it from now on."""
        with self.sight.desk.database.writing(redoable=True) as connection:
            connection.execute(
                delete(_DRAFTS).where(
                    _DRAFTS.c.case == self.sight.id,
                    _DRAFTS.c.stage == self.stage,
                    _DRAFTS.c.form == self._form,
                    _DRAFTS.c.owner == TEAM,
                )
            )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def values_of(leaves: Mapping[str, Leaf]) -> Values:
    """All fields of a sheet, for whatever reads fields by name."""
    return Values({name: texts for leaf in leaves.values() for name, texts in leaf.fields.items()})


def scoring_of(sight: Sight, stage: str) -> Scoring:
    """The scoring of a review stage. NotAllowed where nothing is scored, before the review has
    begun, and for whoever is neither in the team nor in the office."""
    declared, standing = sight.process.stages.get(stage), sight.state.stages.get(stage)
    standard, kind = sight.dossier.standard, sight.state.subject_kind
    if not getattr(declared, "scored", False) or standard is None:
        raise NotAllowed("这个环节不评分。")
    if kind not in standard.school_kinds:
        raise NotAllowed(f"《{standard.title}》不适用于这个单位，不能评分。")
    if not {"office", "team"} & set(sight.roles):
        raise NotAllowed("督评打分由督导组和督导室办理；得分在督评意见书中反馈学校。")
    if standing is None:
        raise NotAllowed("实地督导还没有开始，现在不能打分。")
    return Scoring(sight, stage, standard, kind, standing.data.phase == "defended")
