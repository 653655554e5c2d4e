"""What other systems read and send: the models of the API's answers, and how texts are cleaned."""

from datetime import date
from math import isfinite
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.cleaning import clean, one_line

DEEPEST, MOST_PARTS = 12, 20_000
LARGEST = 10**15  # a number anybody counts with

Line = Annotated[str, AfterValidator(one_line)]
CaseKey = Annotated[
    Line,
    Path(max_length=160, description="案卷编号，其中的“/”写作“~”。", examples=["DD~sx~2026~S0001"]),
]
Cursor = Annotated[Line, Query(max_length=200, description="上一页给出的 next；第一页不填。")]
Limit = Annotated[int, Query(ge=1, le=200, description="一页多少条。")]


class Answered(BaseModel):
    """An answer: what is not named here is not said."""

    model_config = ConfigDict(extra="forbid")


class Mistake(Answered):
    """Why a call was not answered, in Chinese; ``fields`` names what was wrong in the body."""

    error: str = Field(examples=["没有这个案卷，或者它不在您负责的范围内。"])
    fields: dict[str, str] = {}


class Refused(Answered):
    """A command the rules do not allow now; nothing has changed."""

    refusal: str = Field(examples=["“实地督导”环节还没有开始，不能组成督导组。"])
    error: str = Field(examples=["“实地督导”环节还没有开始，不能组成督导组。"])


class Named(Answered):
    """An organisation by code and name."""

    code: str = Field(examples=["S0001"])
    name: str = Field(examples=["示范小学"])


class OrganisationOut(Named):
    """An organisation of the office's subtree."""

    kind: str = Field(examples=["primary"])
    kind_title: str = Field(examples=["小学"])
    parent: str | None
    zone: str | None
    tier: str
    opened_on: date | None
    closed_on: date | None
    successor: str | None


class Organisations(Answered):
    """A page; ``next`` is the cursor of the following one, "" on the last."""

    items: list[OrganisationOut]
    next: str


class RoundOut(Answered):
    """A round; its own case has the same id."""

    id: str = Field(examples=["DD/sx/2026"])
    key: str = Field(examples=["DD~sx~2026"])
    title: str
    process: str
    office: str
    period: str
    first: date
    last: date
    standard: str


class Rounds(Answered):
    """The rounds of the office and of those below it, the latest first."""

    items: list[RoundOut]


class CaseLine(Answered):
    """One case of a round. ``seq`` is the number of its last event: if it has not grown, nothing
    has happened."""

    id: str
    key: str
    subject: Named
    status: str
    seq: int
    stands: str = Field(examples=["自查自评（待提交）"])
    late: int
    self_total: str
    total: str
    grade: str
    open_issues: int


class Cases(Answered):
    """A page of a round's cases, by id."""

    items: list[CaseLine]
    next: str


class StageOut(Answered):
    """One stage of a case, in the order of the process."""

    id: str
    kind: str
    title: str
    open: bool
    phase: str
    phase_title: str


class DeadlineOut(Answered):
    """A running deadline, with why it is that day."""

    key: str = Field(examples=["self_assessment/submit"])
    stage: str
    title: str
    who: str
    due_on: date
    left: str = Field(examples=["还有3个工作日"])
    late: bool
    provisional: bool
    window: bool
    explanation: str


class IssueOut(Answered):
    """One issue of the list. ``text`` is empty once it was erased."""

    stage: str
    number: str
    state: str
    severity: str
    outcome: str
    nature: str
    basis: str
    unit: str
    text: str
    raised_on: date
    closed_on: date | None
    reopened: int


class ScoreOut(Answered):
    """One scoring: the school's own (self) or the review's; points are decimal texts."""

    seq: int
    side: str
    scored_on: date
    total: str
    value_added: str
    grade: str
    areas: dict[str, str]


class CaseOut(Answered):
    """A case as it stands."""

    id: str
    key: str
    round: str
    office: Named
    subject: Named
    status: str
    seq: int
    stages: list[StageOut]
    deadlines: list[DeadlineOut]
    issues: list[IssueOut]
    scores: list[ScoreOut]


class EventOut(Answered):
    """One event. ``data`` are its own fields; free text and names written with it are not in it."""

    case: str
    seq: int
    type: str
    title: str
    stage: str
    item: str
    happened_on: date
    at: str = Field(examples=["2026-03-30T02:00:00Z"])
    actor: str
    role: str
    on_behalf_of: str
    data: dict[str, Any]
    hash: str


class Events(Answered):
    """Events after a number, in order; ask again with the last one's ``seq`` while ``more``."""

    items: list[EventOut]
    more: bool


class LetterOut(Answered):
    """A letter. ``key`` names it in addresses; ``sha256`` is that of the file as it stands,
    ``pdf_sha256`` of the PDF it was issued with. ``state``: drafted, edited, checked, issued,
    withdrawn, superseded (``replaced_by`` is then the key of the letter in its place); ``number``
    as it stands on the paper, empty where it bears none."""

    order: str
    key: str
    case: str
    kind: str
    title: str
    subject: Named
    drafted_on: date
    received_at: str
    sha256: str
    pdf_sha256: str
    state: str
    number: str
    issued_on: date | None
    replaced_by: str


class Letters(Answered):
    """A page of letters, by case and order."""

    items: list[LetterOut]
    next: str


def cleaned(value: Any) -> Any:
    """Whatever came as JSON, with its texts cleaned; ValueError where it is no such thing as
    people write: nested without end, numbers beyond all counting, too many parts."""
    count = 0

    def again(value: Any, deep: int) -> Any:
        nonlocal count
        count += 1
        if deep > DEEPEST or count > MOST_PARTS:
            raise ValueError("内容层次太深或太多")
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, dict):
            return {clean(str(key)): again(each, deep + 1) for key, each in value.items()}
        if isinstance(value, list):
            return [again(each, deep + 1) for each in value]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and not (isfinite(value) and abs(value) <= LARGEST):
            raise ValueError("数值过大")
        return value

    return again(value, 0)
