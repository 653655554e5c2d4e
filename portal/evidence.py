"""Evidence: whose files there are, who may see one, what it can support, who adds to a case."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, or_, select

from models.cases import Case
from models.cycles import Round
from models.evidence import Evidence, EvidenceUse
from portal.access import Visitor, leads, may_see_organisation
from portal.choices import issue_title
from portal.desk import Desk
from portal.evidence_uses import GENERAL, ISSUE, OTHER, Use, described, own_indicators, seen
from portal.file_types import TITLES
from portal.gate import NotAllowed
from portal.protection import MEGABYTE
from portal.sight import Sight
from portal.teams import LIVE

_EVIDENCE, _USES = Evidence.__table__, EvidenceUse.__table__
_CASES, _ROUNDS = Case.__table__, Round.__table__

PAGE = 50

_BY_HASH = select(_EVIDENCE).where(_EVIDENCE.c.sha256 == bindparam("sha256"))
_LATEST = (_EVIDENCE.c.added_at.desc(), _EVIDENCE.c.name, _EVIDENCE.c.sha256)
_LIVE_OF = (
    select(_CASES.c.id)
    .join(_ROUNDS, _ROUNDS.c.id == _CASES.c.round)
    .where(
        _CASES.c.subject == bindparam("subject"),
        _CASES.c.of == "case",
        _CASES.c.status.in_(LIVE),
    )
    .order_by(_CASES.c.standard == "", _ROUNDS.c.first.desc(), _CASES.c.id)
)


class File(NamedTuple):
    """A file on a page; ``kind`` in Chinese, ``size`` as people read it, ``added_at`` as stored."""

    sha256: str
    organisation: str
    name: str
    kind: str
    size: str
    added_at: str
    uses: tuple[Use, ...]

    @property
    def settled(self) -> bool:
        """Whether anything handed in rests on it."""
        return any(use.settled for use in self.uses)


class Group(NamedTuple):
    """What can be ticked under one heading, by code."""

    title: str
    among: dict[str, str]


def shown_size(size: int) -> str:
    """2GB, 2.4MB, 356KB."""
    if size >= 1024 * MEGABYTE:
        return f"{size / 1024 / MEGABYTE:.1f}".removesuffix(".0") + "GB"
    return f"{size / MEGABYTE:.1f}MB" if size >= MEGABYTE else f"{-(-size // 1024)}KB"


def targets(sight: Sight) -> list[Group]:
    """What a file can support in a case: its indicators by area, its issues, and the rest. A unit
    that sees only its issues is offered those."""
    found = []
    standard, kind = sight.dossier.standard, sight.subject.kind
    if standard is not None and kind in standard.school_kinds and not sight.limited:
        for area in standard.areas_for(kind):
            titles = {leaf.code: f"{leaf.code} {leaf.title}" for leaf in area.indicators}
            found.append(Group(area.title, titles))
    issues = {
        f"{ISSUE}{number}": issue_title(sight, stage, number)
        for stage, held in sight.state.stages.items()
        if held.kind == "issue_list"
        for number in held.data.issues
    }
    if issues:
        found.append(Group("问题整改", issues))
    return found if sight.limited else [*found, Group("其他", GENERAL)]


def known(groups: Iterable[Group]) -> dict[str, str]:
    """Everything that can be ticked, by code."""
    return {code: title for group in groups for code, title in group.among.items()}


def fallback(groups: Iterable[Group]) -> str:
    """What a file is added to a case for where nothing was ticked."""
    codes = list(known(groups))
    return OTHER if OTHER in codes else next(iter(codes), OTHER)


def keeper_of(sight: Sight) -> str:
    """For which organisation a visitor adds files to a case; "" where they only read. Inspectors
    do it for the office that leads the case."""
    visitor = sight.visitor
    if not sight.state.live or not sight.roles:
        return ""
    if visitor.role in ("school", "department", "township"):
        return visitor.organisation
    if visitor.role == "inspector" or leads(visitor, sight.row.office):
        return sight.row.office
    return ""


def live_cases(connection: Connection, subject: str) -> list[str]:
    """A subject's running cases, those with a standard first, then the latest."""
    return list(connection.execute(_LIVE_OF, {"subject": subject}).scalars())


def visible(desk: Desk, connection: Connection, visitor: Visitor, sha256: str) -> Row:
    """The file's row as a visitor may see it: of an organisation they look after, or used by a case
    they may open. NotAllowed where there is none, or it is not theirs to see."""
    rows = connection.execute(_BY_HASH, {"sha256": sha256}).all()
    found = seen(desk, connection, visitor, [row.sha256 for row in rows])
    cases = list(dict.fromkeys(use.case for use in found.uses))
    if cases and visitor.role == "inspector":  # what they took themselves is the office's
        return _nearest(rows, visitor, found.cases[cases[0]])
    for row in sorted(rows, key=lambda row: row.organisation != visitor.organisation):
        if may_see_organisation(connection, visitor, row.organisation):
            return row
    if cases:
        return _nearest(rows, visitor, found.cases[cases[0]])
    raise NotAllowed("没有这个文件，或者它不在您负责的范围内。")


def _nearest(rows: Sequence[Row], visitor: Visitor, case: Row) -> Row:
    """Where several organisations have the same content: whose row is meant in a case."""
    own = case.office if visitor.role == "inspector" else visitor.organisation
    near = (own, case.subject, case.office)
    return min(rows, key=lambda row: tuple(row.organisation != whose for whose in near))


def files_of(
    desk: Desk, connection: Connection, visitor: Visitor, name: str = "", page: int = 1
) -> tuple[list[File], bool]:
    """The files of the visitor's organisation, the latest first, a page of them; and whether there
    are more."""
    wanted = select(_EVIDENCE).where(_EVIDENCE.c.organisation == visitor.organisation)
    if name:
        wanted = wanted.where(_EVIDENCE.c.name.contains(name, autoescape=True))
    wanted = wanted.order_by(*_LATEST).limit(PAGE + 1).offset((page - 1) * PAGE)
    rows = connection.execute(wanted).all()
    return as_files(desk, connection, visitor, rows[:PAGE]), len(rows) > PAGE


def files_of_case(sight: Sight, page: int = 1) -> tuple[list[File], bool]:
    """The files a case rests on, a page of them, each content once."""
    connection, visitor = sight.connection, sight.visitor
    used = select(_USES.c.sha256).where(_USES.c.case == sight.id)
    own = own_indicators(connection, visitor, sight.row)
    condition = _EVIDENCE.c.sha256.in_(used)
    if own is not None:
        theirs = _EVIDENCE.c.organisation == visitor.organisation
        for_theirs = _EVIDENCE.c.sha256.in_(used.where(_USES.c.indicator.in_(sorted(own))))
        condition = or_(condition & theirs, for_theirs)
    wanted = select(_EVIDENCE).where(condition).order_by(*_LATEST)
    rows = connection.execute(wanted.limit(PAGE + 1).offset((page - 1) * PAGE)).all()
    same: dict[str, list[Row]] = {}
    for row in rows:
        same.setdefault(row.sha256, []).append(row)
    shown = [_nearest(several, visitor, sight.row) for several in same.values()]
    files = as_files(sight.desk, connection, visitor, shown[:PAGE], sight.id)
    return files, len(rows) > PAGE


def as_files(
    desk: Desk, connection: Connection, visitor: Visitor, rows: Sequence[Row], only: str = ""
) -> list[File]:
    """Rows of evidence with what they support, as far as the visitor may see it (in one case only,
    where it is named)."""
    found = seen(desk, connection, visitor, [row.sha256 for row in rows], only)
    uses = described(desk, connection, rows, found)
    return [
        File(
            row.sha256,
            row.organisation,
            row.name,
            TITLES.get(row.media_type, "文件"),
            shown_size(row.size),
            row.added_at,
            uses[row.sha256],
        )
        for row in rows
    ]
