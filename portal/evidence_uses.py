"""What files support, use by use: what it is called, who may see it, whether it was handed in."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, select

from models.cases import Case
from models.cycles import Round
from models.events import StoredEvent
from models.evidence import EvidenceUse
from models.issues import IssueRow
from models.organisations import Organisation
from portal.access import Visitor, may_see_case, sees_only_issues
from portal.desk import Desk
from portal.teams import LIVE

_USES, _EVENTS, _ISSUES = EvidenceUse.__table__, StoredEvent.__table__, IssueRow.__table__
_CASES, _ROUNDS, _ORGANISATIONS = Case.__table__, Round.__table__, Organisation.__table__

PHOTO, OTHER = "photo", "other"
GENERAL = {PHOTO: "现场照片", OTHER: "综合材料"}
ISSUE = "issue-"  # with the issue's number behind it

SUBMITTED, RETURNED = "self_assessment.submitted", "self_assessment.returned"
REPORTED = "issue_list.issue.reported"
REFUSED, REOPENED = "issue_list.issue.refused", "issue_list.issue.reopened"
# With these an office's own papers are out, and what they rest on stays.
WRITTEN = (
    "process_guidance.reported",
    "on_site_review.preliminary_opinion.given",
    "on_site_review.opinion_letter.issued",
    "follow_up_visit.reported",
)

_USES_OF = (
    select(_USES)
    .where(_USES.c.sha256.in_(bindparam("hashes", expanding=True)))
    .order_by(_USES.c.case, _USES.c.indicator)
)
# Every school may hand in the same paper of the county: only the uses in one's own cases are read.
_OF_SUBJECT = _USES.c.case.in_(select(_CASES.c.id).where(_CASES.c.subject == bindparam("subject")))
_CASES_OF = (
    select(
        *(_CASES.c[name] for name in ("id", "of", "office", "subject", "status", "standard")),
        *(_CASES.c[name] for name in ("seq", "head", "state")),
        *(_ORGANISATIONS.c.kind, _ORGANISATIONS.c.name, _ROUNDS.c.period),
    )
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .join(_ROUNDS, _ROUNDS.c.id == _CASES.c.round)
    .where(_CASES.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_CASES.c.id)
)
_SAID = (
    select(
        *(_EVENTS.c[name] for name in ("case", "type", "item")),
        func.max(_EVENTS.c.seq),
        func.max(_EVENTS.c.at),
    )
    .where(
        _EVENTS.c.case.in_(bindparam("ids", expanding=True)),
        _EVENTS.c.type.in_((SUBMITTED, RETURNED, REPORTED, REFUSED, REOPENED, *WRITTEN)),
    )
    .group_by(_EVENTS.c.case, _EVENTS.c.type, _EVENTS.c.item)
)
_OWN_ISSUES = select(_ISSUES.c.number).where(
    _ISSUES.c.case == bindparam("of"), _ISSUES.c.unit == bindparam("unit")
)


class Use(NamedTuple):
    """One thing a file supports. ``settled``: it was handed in, and is not taken back."""

    case: str
    case_title: str
    indicator: str
    title: str
    settled: bool


class Seen(NamedTuple):
    """The cases some files are used in, as far as a visitor may open them, and the uses in them."""

    cases: dict[str, Row]
    uses: Sequence[Row]


def seen(
    desk: Desk, connection: Connection, visitor: Visitor, hashes: Collection[str], only: str = ""
) -> Seen:
    """What some files are used for, as far as a visitor may see it; in one case ``only``, where it
    is named. Of a case of which a unit sees nothing but its issues, what supports those."""
    wanted, values = _USES_OF, {"hashes": sorted(hashes)}
    if only:
        wanted = wanted.where(_USES.c.case == only)
    elif visitor.role == "school":
        wanted, values = wanted.where(_OF_SUBJECT), {**values, "subject": visitor.organisation}
    rows = connection.execute(wanted, values).all() if hashes else []
    cases = {
        id_: case
        for id_, case in _cases(connection, rows).items()
        if _may_open(desk, connection, visitor, case)
    }
    own = {
        id_: _own_issues(connection, visitor, id_)
        for id_, case in cases.items()
        if sees_only_issues(visitor, case)
    }
    shown = [
        row
        for row in rows
        if row.case in cases and (row.case not in own or row.indicator in own[row.case])
    ]
    return Seen(cases, shown)


def own_indicators(connection: Connection, visitor: Visitor, case: Row) -> set[str] | None:
    """What a visitor may see files for in a case they may open; None for everything."""
    return _own_issues(connection, visitor, case.id) if sees_only_issues(visitor, case) else None


def _own_issues(connection: Connection, visitor: Visitor, case: str) -> set[str]:
    numbers = connection.execute(_OWN_ISSUES, {"of": case, "unit": visitor.organisation})
    return {f"{ISSUE}{number}" for number in numbers.scalars()}


def _may_open(desk: Desk, connection: Connection, visitor: Visitor, case: Row) -> bool:
    state = None
    if visitor.role == "inspector":  # a team is named by the state
        state = desk.journal.shelf.memory.state(case.id, case.seq, case.head, case.state)
    return may_see_case(connection, visitor, case, state)


def _cases(connection: Connection, uses: Iterable[Row]) -> dict[str, Row]:
    ids = sorted({use.case for use in uses})
    return {row.id: row for row in connection.execute(_CASES_OF, {"ids": ids})} if ids else {}


def described(
    desk: Desk, connection: Connection, files: Sequence[Row], found: Seen
) -> dict[str, tuple[Use, ...]]:
    """The uses of files (rows of evidence), each as a page names it, by hash."""
    said, titles = _said(connection, found.cases), _Titles(desk, connection)
    used: dict[str, list[Row]] = {}
    for use in found.uses:
        used.setdefault(use.sha256, []).append(use)
    return {
        file.sha256: tuple(
            Use(
                use.case,
                f"{case.name} {case.period}",
                use.indicator,
                titles.of(case, use.indicator),
                _is_settled(file, case, use.indicator, said),
            )
            for use in used.get(file.sha256, ())
            for case in [found.cases[use.case]]
        )
        for file in files
    }


_Said = dict[tuple[str, str, str], tuple[int, str]]


def _said(connection: Connection, cases: Collection[str]) -> _Said:
    """When something was last handed in or sent back, by case, event and item."""
    rows = connection.execute(_SAID, {"ids": sorted(cases)}) if cases else ()
    return {(case, type_, item): (seq, at) for case, type_, item, seq, at in rows}


def _is_settled(file: Row, case: Row, indicator: str, said: _Said) -> bool:
    """Whether a use was handed in with what was last sent, and that was not sent back."""
    if case.status not in LIVE:
        return True
    if indicator.startswith(ISSUE):
        handed, back, item = (REPORTED,), (REFUSED, REOPENED), indicator.removeprefix(ISSUE)
    elif file.organisation == case.subject:
        handed, back, item = (SUBMITTED,), (RETURNED,), ""
    else:
        handed, back, item = WRITTEN, (), ""
    nothing = (0, "")
    last = max(said.get((case.id, type_, item), nothing) for type_ in handed)
    sent_back = max((said.get((case.id, type_, item), nothing) for type_ in back), default=nothing)
    return last > sent_back and last[1] >= file.added_at


class _Titles:
    """What the indicators of some cases are called, looked up once for each kind of school."""

    def __init__(self, desk: Desk, connection: Connection) -> None:
        self._desk, self._connection = desk, connection
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def of(self, case: Row, indicator: str) -> str:
        """An indicator as the page names it."""
        if indicator.startswith(ISSUE):
            return f"第{indicator.removeprefix(ISSUE)}号问题"
        key = (case.standard, case.kind)
        if key not in self._known:
            standard = self._desk.journal.shelf.standard(self._connection, case.standard)
            covered = standard is not None and case.kind in standard.school_kinds
            leaves = standard.for_school(case.kind) if covered else ()
            self._known[key] = {leaf.code: f"{leaf.code} {leaf.title}" for leaf in leaves}
        return self._known[key].get(indicator) or GENERAL.get(indicator, indicator)
