"""The register: organisations and people as they are entered, what must hold of them, and how a
name is found again by part of it or by its initials.

It says who is who today and is no part of the log: cases keep the codes and ids they began with.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from pypinyin import Style, lazy_pinyin
from sqlalchemy import ColumnElement, Connection, bindparam, insert, or_, update

from models.organisations import Organisation
from models.people import Assignment, Person
from rules.definition import SUBJECT_TITLES
from rules.indicators import SCHOOL_KINDS
from rules.values import ROLE_TITLES

_ORGANISATIONS, _PEOPLE, _ASSIGNED = Organisation.__table__, Person.__table__, Assignment.__table__

ORGANISATION_KINDS = {
    "province": "省（自治区、直辖市）",
    "city": "市（州）",
    "county": "县（市、区）",
    "zone": "督学责任区",
    **SUBJECT_TITLES,
    **SCHOOL_KINDS,
}
# Only these have others below them: the tree ends at schools, offices, departments and zones.
BRANCHES = ("province", "city", "county", "township")

# For what kinds of organisation a role can be held. The superior of a county is its city: nobody
# in the county can make themselves one.
ROLE_PLACES: dict[str, frozenset[str]] = {
    "school": frozenset(SCHOOL_KINDS),
    "inspector": frozenset({"zone", *SCHOOL_KINDS}),
    "office": frozenset({"office"}),
    "department": frozenset({"department"}),
    "township": frozenset({"township"}),
    "government": frozenset({"county", "city", "province"}),
    "superior": frozenset({"city", "province"}),
}

_CODE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII
)  # it stands in addresses and case ids


class OrganisationEntry(NamedTuple):
    """An organisation as it is to be: the columns of its row, without what follows from them."""

    code: str
    name: str
    kind: str
    parent: str | None = None
    zone: str | None = None
    tier: str = ""
    opened_on: date | None = None
    closed_on: date | None = None
    successor: str | None = None
    last_evaluated_on: date | None = None
    facts: dict[str, Any] = {}


class PersonEntry(NamedTuple):
    """A person as they are to be."""

    id: str
    name: str
    mail: str = ""
    phone: str = ""


class PostEntry(NamedTuple):
    """A role somebody is to hold for an organisation."""

    person: str
    role: str
    organisation: str
    rank: int = 0
    since: date | None = None
    until: date | None = None


class Place(NamedTuple):
    """What an organisation is and to which it belongs."""

    kind: str
    parent: str | None


Known = Callable[[str], Place | None]


def flaws_of(entry: OrganisationEntry, known: Known, top: str) -> Iterator[tuple[str, str]]:
    """What is wrong with an organisation: the field, and a sentence in Chinese.

    ``known`` answers what is entered already, or is about to be; ``top`` is the root of the
    subtree in which whoever enters it may do so.
    """
    if not _CODE.fullmatch(entry.code):
        yield "code", "单位代码只能用字母、数字、“-”和“_”，最多40位。"
    if not entry.name:
        yield "name", "请填写单位名称。"
    if entry.kind not in ORGANISATION_KINDS:
        yield "kind", "没有这种单位类别。"
    if entry.code != top and (flaw := _flaw_of_parent(entry, known, top)):
        yield "parent", flaw
    if entry.zone and (flaw := _unless(known(entry.zone), ("zone",), "责任区")):
        yield "zone", flaw
    yield from _flaws_of_the_end(entry, known)


def _flaws_of_the_end(entry: OrganisationEntry, known: Known) -> Iterator[tuple[str, str]]:
    if entry.opened_on and entry.closed_on and entry.closed_on < entry.opened_on:
        yield "closed_on", "撤销日期早于成立日期。"
    if not entry.successor:
        return
    if entry.successor == entry.code:
        yield "successor", "不能并入自己。"
    elif flaw := _unless(known(entry.successor), tuple(SCHOOL_KINDS), "并入的学校"):
        yield "successor", flaw
    elif not entry.closed_on:
        yield "closed_on", "并入其他学校的，请填写撤销日期。"


def _flaw_of_parent(entry: OrganisationEntry, known: Known, top: str) -> str:
    if not entry.parent:
        return "请填写上级单位代码。"
    if flaw := _unless(known(entry.parent), BRANCHES, "上级单位"):
        return flaw
    seen, at = {entry.code}, entry.parent
    while at != top:
        if at in seen:
            return "上级单位绕成了圈：它的上级又属于它自己。"
        seen.add(at)
        place = known(at)
        if place is None or place.parent is None:
            return "上级单位不在您负责的范围内。"
        at = place.parent
    return ""


def _unless(place: Place | None, kinds: Sequence[str], what: str) -> str:
    if place is None:
        return f"没有这个代码的{what}。"
    if place.kind not in kinds:
        found = ORGANISATION_KINDS.get(place.kind, place.kind)
        wanted = "学校" if "primary" in kinds else "、".join(ORGANISATION_KINDS[k] for k in kinds)
        return f"{what}应是{wanted}，这个代码是{found}。"
    return ""


def flaw_of_post(role: str, kind: str) -> str:
    """Why a role cannot be held for an organisation of a kind, in Chinese, or ""."""
    places = ROLE_PLACES.get(role)
    if places is None:
        return "没有这种身份。"
    if kind in places:
        return ""
    wanted = "学校" if role == "school" else "、".join(_titles(places))
    if role == "inspector":
        wanted = "督学责任区或学校"
    return (
        f"“{ROLE_TITLES[role]}”应登记在{wanted}，这个单位是{ORGANISATION_KINDS.get(kind, kind)}。"
    )


def _titles(kinds: Iterable[str]) -> list[str]:
    return [title for kind, title in ORGANISATION_KINDS.items() if kind in kinds]


# -- writing -------------------------------------------------------------------------------------


def put_organisations(
    connection: Connection,
    new: Iterable[OrganisationEntry] = (),
    changed: Iterable[OrganisationEntry] = (),
) -> None:
    """Enter organisations, those above first, and change others. They were looked at before."""
    added = [_row(entry) for entry in _from_above(list(new))]
    if added:
        connection.execute(insert(_ORGANISATIONS), added)
    rows = [{"b_code": entry.code, **_row(entry)} for entry in changed]
    for row in rows:
        del row["code"]  # it never changes: cases and posts name it
    if rows:
        one = update(_ORGANISATIONS).where(_ORGANISATIONS.c.code == bindparam("b_code"))
        connection.execute(one, rows)


def _row(entry: OrganisationEntry) -> dict[str, Any]:
    return {**entry._asdict(), "facts": dict(entry.facts), "initials": initials_of(entry.name)}


def _from_above(entries: list[OrganisationEntry]) -> Iterator[OrganisationEntry]:
    """Each after what it belongs to."""
    waiting = {entry.code: entry for entry in entries}
    while waiting:
        ready = [entry for entry in waiting.values() if entry.parent not in waiting]
        assert ready, "a circle among organisations"
        for entry in ready:
            del waiting[entry.code]
            yield entry


def put_people(
    connection: Connection, new: Iterable[PersonEntry] = (), changed: Iterable[PersonEntry] = ()
) -> None:
    """Enter people, and change others."""
    added = [entry._asdict() for entry in new]
    if added:
        connection.execute(insert(_PEOPLE), added)
    rows = [{"b_id": e.id, "b_name": e.name, "b_mail": e.mail, "b_phone": e.phone} for e in changed]
    if rows:
        fields = {name: bindparam(f"b_{name}") for name in ("name", "mail", "phone")}
        one = update(_PEOPLE).where(_PEOPLE.c.id == bindparam("b_id"))
        connection.execute(one.values(fields), rows)


def put_posts(
    connection: Connection,
    new: Iterable[PostEntry] = (),
    changed: Iterable[tuple[int, PostEntry]] = (),
) -> None:
    """Give people roles, and change rank and days of those they hold (by the assignment's
    number)."""
    added = [entry._asdict() for entry in new]
    if added:
        connection.execute(insert(_ASSIGNED), added)
    rows = [
        {"b_id": number, "b_rank": post.rank, "b_since": post.since, "b_until": post.until}
        for number, post in changed
    ]
    if rows:
        fields = {name: bindparam(f"b_{name}") for name in ("rank", "since", "until")}
        one = update(_ASSIGNED).where(_ASSIGNED.c.id == bindparam("b_id"))
        connection.execute(one.values(fields), rows)


def end_post(connection: Connection, number: int, day: date) -> None:
    """A role is given up; the day is the last on which it is held."""
    one = update(_ASSIGNED).where(_ASSIGNED.c.id == number)
    connection.execute(one.values(until=day))


def leave(connection: Connection, person: str, day: date) -> None:
    """A person leaves: from that day on they hold nothing and are told nothing."""
    gone = update(_PEOPLE).where(_PEOPLE.c.id == person)
    connection.execute(gone.values(left_on=day))
    held = update(_ASSIGNED).where(
        _ASSIGNED.c.person == person, or_(_ASSIGNED.c.until.is_(None), _ASSIGNED.c.until > day)
    )
    connection.execute(held.values(until=day))


# -- finding -------------------------------------------------------------------------------------


@lru_cache(maxsize=50_000)
def initials_of(name: str) -> str:
    """The pinyin initials of a name (马蹄镇中心小学: mtzzxxx), letters and digits as they are."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()[:120]


def named_like(text: str) -> ColumnElement[bool]:
    """A condition on organisations: a part of the name, of its initials, or the whole code."""
    wanted = like(text)
    return or_(
        _ORGANISATIONS.c.name.like(f"%{wanted}%", escape="\\"),
        _ORGANISATIONS.c.initials.like(f"%{wanted.lower()}%", escape="\\"),
        _ORGANISATIONS.c.code == " ".join(text.split()),
    )


def like(text: str) -> str:
    """A text to look for with LIKE, in which nothing stands for anything else."""
    wanted = " ".join(text.split())
    return wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
