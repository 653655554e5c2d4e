"""What a process definition is: the regulation, written as stages, clauses and people told.

The shape only; ``rules.loading`` reads a file into it and names every mistake by line, and
``rules.process`` indexes it for deciding.
"""

from typing import Annotated, Literal, Union

from pydantic import Field

from rules import (
    follow_up_visit,
    issue_list,
    on_site_review,
    planning,
    process_guidance,
    self_assessment,
)
from rules.kinds import Kind
from rules.stages import Escalation, ReminderText, StageFields, Title
from rules.values import Frozen, canonical, digest

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        self_assessment.KIND,
        planning.KIND,
        process_guidance.KIND,
        on_site_review.KIND,
        issue_list.KIND,
        follow_up_visit.KIND,
    )
}

Stage = Annotated[
    Union[tuple(kind.stage for kind in KINDS.values())],  # noqa: UP007 (built from the table)
    Field(discriminator="kind"),
]

SubjectKind = Literal[
    "kindergarten",
    "primary",
    "junior_high",
    "nine_year",
    "senior_high",
    "vocational",
    "township",
    "department",
    "office",
]

SUBJECT_TITLES = {
    "kindergarten": "幼儿园",
    "primary": "小学",
    "junior_high": "初级中学",
    "nine_year": "九年一贯制学校",
    "senior_high": "普通高中",
    "vocational": "中等职业学校",
    "township": "乡镇",
    "department": "部门",
    "office": "督导室",
}

PERIOD_TITLES = {"year": "年度", "term": "学期", "month": "月", "week": "周"}


class Cycle(Frozen):
    """What must have happened over years: every subject once in so many."""

    years: int = Field(ge=1, le=10)
    covers: Literal["every subject once"] = "every subject once"


class Definition(Frozen):
    """A supervision process. ``remind`` and ``escalate`` hold for every duty that says nothing of
    its own; the last rung of the ladder is the top."""

    process: str = Field(pattern=r"^[a-z][a-z0-9-]{0,60}$")
    title: Title = Field(min_length=1, max_length=60)
    version: str = Field(min_length=1, max_length=40)
    note: str = ""
    basis: list[str] = []
    subjects: list[SubjectKind] = Field(min_length=1)
    period: Literal["year", "term", "month", "week"]
    cycle: Cycle | None = None
    standard: str = ""
    remind: list[ReminderText] = Field(min_length=1)
    escalate: list[Escalation] = Field(min_length=1)
    stages: list[Stage] = Field(min_length=1)

    @property
    def hash(self) -> str:
        """Content hash, by which a running case keeps the definition it started with."""
        return digest(canonical(self.model_dump(mode="json")))[:12]

    def stage(self, stage_id: str) -> StageFields:
        """The stage of that id; KeyError where there is none."""
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise KeyError(stage_id)
