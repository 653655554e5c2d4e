"""Everybody in the demo: each armed deadline is somebody's, who gets round to it one day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from types import ModuleType

from dudao.demo import (
    follow_up_visit,
    issue_list,
    on_site_review,
    planning,
    process_guidance,
    self_assessment,
)
from dudao.demo.luck import Luck
from dudao.demo.scene import Act, Roles, Scene
from rules.case_words import MergeCase
from rules.days import Calendar
from rules.standard import Standard
from rules.state import CaseState
from rules.values import Actor

STEMS: dict[str, ModuleType] = {
    "self_assessment": self_assessment,
    "planning": planning,
    "process_guidance": process_guidance,
    "on_site_review": on_site_review,
    "issue_list": issue_list,
    "follow_up_visit": follow_up_visit,
}


@dataclass(frozen=True)
class Cast:
    """The people and what they were given: the inspectors of each school and zone, who is barred
    from which school, the schools' zones and kinds."""

    luck: Luck
    calendar: Calendar
    standard: Standard
    inspectors: dict[str, tuple[str, ...]]
    zones: dict[str, str]
    kinds: dict[str, str]
    barred: dict[str, tuple[str, ...]]

    def roles(self, states: dict[str, CaseState]) -> Roles:
        """Who plays which special part: known once the plan has selected, and then for good."""
        schools = [case for case, state in states.items() if state.of == "case"]
        chosen = [c for c in schools if states[c].plan and states[c].plan.answer == "selected"]
        chosen.sort(key=lambda case: self.luck.share("part", case))
        rest = sorted(schools, key=lambda case: self.luck.share("part", case))
        parts = dict(zip(("very_late", "returned"), rest, strict=False))
        names = ("recusal", "defence", "veto", "typed_late", "review", "rescheduled")
        return Roles(**parts, **dict(zip(names, chosen, strict=False)))

    def merger(self, states: dict[str, CaseState]) -> tuple[str, str] | None:
        """The one school that closes in summer and the one that takes it in: not selected, with
        another of its zone and kind. None once it has closed."""
        cases = {state.subject: case for case, state in states.items() if state.of == "case"}
        for school in sorted(self.kinds, key=lambda code: self.luck.share("merger", code)):
            state = states.get(cases.get(school, ""))
            if state is None:
                return None  # closed already
            alike = [
                other
                for other in sorted(cases)
                if other != school
                and self.zones[other] == self.zones[school]
                and self.kinds[other] == self.kinds[school]
            ]
            if state.plan and state.plan.answer == "deferred" and alike:
                return cases[school], cases[alike[0]]
        return None

    def acts(
        self, states: dict[str, CaseState], kinds: dict[str, str], today: date
    ) -> Iterator[tuple[str, str, Act]]:
        """What everybody does on a day: case, a key that names the wish, and the act."""
        roles = self.roles(states)
        every = tuple(sorted({i for held in self.inspectors.values() for i in held}))
        for case, state in states.items():
            zone = self.zones.get(state.subject, "")
            scene = Scene(
                case=case,
                state=state,
                today=today,
                luck=self.luck,
                calendar=self.calendar,
                standard=self.standard,
                roles=roles,
                inspectors=self.inspectors.get(state.subject) or self.inspectors.get(zone, every),
                all_inspectors=every,
                barred=self.barred.get(state.subject, ()),
            )
            yield from self._of_case(scene, kinds)
        yield from self._merger(states, today)

    def _of_case(self, scene: Scene, kinds: dict[str, str]) -> Iterator[tuple[str, str, Act]]:
        number_of = {stage: number for number, stage in enumerate(scene.state.stages)}
        for deadline in scene.state.deadlines.values():
            stem = STEMS.get(kinds.get(deadline.stage, ""))
            if stem is None or deadline.name == "opens":
                continue
            if scene.today >= stem.day(scene, deadline):
                duty = f"{number_of[deadline.stage]} {deadline.name} {deadline.item}"
                for number, act in enumerate(stem.act(scene, deadline)):
                    yield scene.case, f"{duty} {deadline.due_on} {scene.today} {number}", act

    def _merger(self, states: dict[str, CaseState], today: date) -> Iterator[tuple[str, str, Act]]:
        summer = date(today.year, 7, 10)
        if not summer <= today <= summer + timedelta(6) or (pair := self.merger(states)) is None:
            return
        case, successor = pair
        if states[case].live and not states[case].successor:
            act = Act(MergeCase(successor=successor), Actor("O1", "office"))
            yield case, f"merger {today.year}", act
