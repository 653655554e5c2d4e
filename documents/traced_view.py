"""A case as it stood, every value with where it comes from: what a letter is written from again
when somebody asks what it rests on."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from documents.case_view import CaseView
from documents.origins import TracedStandard, Tracing
from documents.provenance import Origin, alike, bare, sourced, throughout
from engine.dossier import Dossier, Told
from rules.case_folding import evolve
from rules.issue_list import Issue
from rules.stages import StageFields
from rules.state import CaseState


class TracedView(CaseView):
    """The view that gives out values with their origin; ``taken`` is the letter's plain text."""

    def __init__(self, dossier: Dossier, seq: int, item: str, taken: str) -> None:
        super().__init__(dossier, seq, item)
        self.tracing = Tracing(dossier, taken)
        self.story = tuple(self.tracing.told(told) for told in self.story)
        self.told = self.story[seq - 1]
        own = self.tracing.of_event(self.told)
        self.item = sourced(item, own) or self.told.event.item
        self.day = self.told.event.happened_on

    def _defined(self, value: Any) -> Any:
        definition = self.dossier.process.definition
        says = f"流程定义《{definition.title}》（版本{definition.version}）"
        return throughout(value, self.tracing.marks.of(Origin(says, sha256=definition.hash)))

    @cached_property
    def subject(self) -> Any:
        """The organisation the case is about."""
        return self.tracing.registered(self.dossier.subject)

    @cached_property
    def office(self) -> Any:
        """The office that leads the case."""
        return self.tracing.registered(self.dossier.office)

    @cached_property
    def measure(self) -> Any:
        """The standard of the case, if its process has one."""
        standard = self.dossier.standard
        return standard and TracedStandard(standard, self.tracing.marks)

    @property
    def process_title(self) -> str:
        """What the process is called."""
        return self._defined(super().process_title)

    @property
    def round_title(self) -> str:
        """The round's period as titles say it."""
        says = f"评估轮次{self.dossier.round.id}"
        return sourced(super().round_title, self.tracing.marks.of(Origin(says)))

    def basis(self) -> list[str]:
        """What the process rests on."""
        return self._defined(super().basis())

    @cached_property
    def stage(self) -> StageFields:
        """The stage whose event called for the paper."""
        return self._defined(super().stage)

    def organisation(self, code: str | None) -> Any:
        """An organisation as the register has it."""
        found = super().organisation(bare(code))
        return found and self.tracing.registered(found)

    def name(self, person: str) -> str:
        """A person's name."""
        says = f"人员名册（现行）：{bare(person)}"
        return sourced(super().name(bare(person)), self.tracing.marks.of(Origin(says)))

    def counted(self, number: Any, *by: Told) -> Any:
        """A number that was counted: from these events, else from the whole story."""
        told = by or (self.told,)
        what = "据以上记录计数或计算" if by else f"据本案卷第1至{len(self.story)}条计数或计算"
        return self.tracing.counted(number, what, *told)

    @cached_property
    def data(self) -> Any:
        """What the calling stage remembered then, each part from the event that said so last."""
        data, by = super().data, self._said_by(self.stage.id)
        whole = {"phase", "issues"}
        known = {
            name: throughout(value, self.tracing.of_event(by[name]))
            for name, value in data.__dict__.items()
            if name in by and name not in whole
        }
        return data.model_copy(update=known)

    def _said_by(self, stage: str) -> dict[str, Told]:
        """Which event made each part of what a stage remembers what it is: the story folded step
        by step."""
        process, state = self.dossier.process, CaseState()
        before: dict[str, Any] = {}
        found: dict[str, Told] = {}
        for told in self.dossier.story[: len(self.story)]:
            state = evolve(process, state, told.event)
            now = state.stages[stage].data.__dict__ if stage in state.stages else {}
            found |= {n: told for n, value in now.items() if value is not before.get(n)}
            before = now
        return found

    @cached_property
    def tier(self) -> str:
        """The subject's tier."""
        return alike(self.subject.name, super().tier)

    @cached_property
    def issues(self) -> dict[str, Issue]:
        """The issue list as it stood, each issue from its own events."""
        return dict(self._issues())

    def _issues(self) -> Iterator[tuple[str, Issue]]:
        for number, issue in super().issues.items():
            own = [
                t.seq
                for t in self.story
                if (t.event.stage, t.event.item) == (self.issue_stage, number)
                and t.event.type.startswith("issue_list.")
            ]
            says = f"第{number}号问题的记录"
            marks = self.tracing.marks.of(Origin(says, self.dossier.id, tuple(own)))
            yield sourced(number, marks), throughout(issue, marks)
