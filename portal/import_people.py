"""人员: the table of people and what they are responsible for, read into what the register is to
hold.

A person is known by their number, else by name and telephone, else by name and the post they hold
already. One person may stand in several rows, one for each post.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from engine.register import ROLE_PLACES, PersonEntry, PostEntry, flaw_of_post
from engine.subtree import within
from models.organisations import Organisation
from models.people import Assignment, Person
from portal.import_cells import choice, day, mail, phone, text, whole
from portal.importing import Change, Column, Line
from rules.values import ROLE_TITLES

_ORGANISATIONS, _PEOPLE, _ASSIGNED = Organisation.__table__, Person.__table__, Assignment.__table__

SHEET = "人员"
ROLES = {role: ROLE_TITLES[role] for role in ROLE_PLACES}
SYNONYMS = {
    "校长": "school",
    "园长": "school",
    "学校负责人": "school",
    "学校填报人": "school",
    "督学": "inspector",
    "部门": "department",
    "督导室人员": "office",
    "政府": "government",
}
NEW = "new:"  # begins the id of a person who has none yet; then the row that brought them

COLUMNS = (
    Column(
        "id",
        "人员编号",
        text(40),
        "已有人员的编号，在“下载现有数据”里能看到；新增人员留空，由系统编号。",
    ),
    Column("name", "姓名", text(60), "一人有几个身份时写几行。", required=True, example="张某某"),
    Column("phone", "手机", phone, "用来区分同名的人，新增人员请填写。", example="13900000000"),
    Column("mail", "邮箱", mail),
    Column(
        "role",
        "身份",
        choice(ROLES, **SYNONYMS),
        f"可以填：{'、'.join(ROLES.values())}（校长、园长即“学校”）。",
        required=True,
        example="学校",
    ),
    Column(
        "organisation",
        "单位代码",
        text(40),
        "在哪个单位任职。责任督学填责任区或学校。",
        required=True,
        example="S0101",
    ),
    Column("rank", "排序", whole(999), "同一单位同一身份有几人时，排序小的先收到通知。"),
    Column("since", "任职日期", day, "写成2026-09-18这样。"),
    Column("until", "卸任日期", day, "已不再担任的填写。"),
)


class Found(NamedTuple):
    """What the table of people would do. Posts name new people by NEW and a number."""

    people: list[Change]
    posts: list[Change]
    new: list[PersonEntry]
    changed: list[PersonEntry]
    new_posts: list[PostEntry]
    changed_posts: list[tuple[int, PostEntry]]


@dataclass
class Register:
    """The people of a subtree and what they hold there; ``shared`` hold something elsewhere too."""

    people: dict[str, Row]
    posts: dict[tuple[str, str, str], list[Row]]
    shared: frozenset[str] = frozenset()
    by_phone: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    by_post: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for person in self.people.values():
            if person.phone:
                self.by_phone[person.name, person.phone].add(person.id)
        for person, role, organisation in self.posts:
            self.by_post[self.people[person].name, role, organisation].add(person)


def register_of(connection: Connection, top: str) -> Register:
    """Whoever holds or held something in a subtree."""
    inside = select(_ORGANISATIONS.c.code).where(within(top))
    held = select(_ASSIGNED).where(_ASSIGNED.c.organisation.in_(inside)).order_by(_ASSIGNED.c.id)
    posts: dict[tuple[str, str, str], list[Row]] = {}
    for row in connection.execute(held):
        posts.setdefault((row.person, row.role, row.organisation), []).append(row)
    ids = select(_ASSIGNED.c.person).where(_ASSIGNED.c.organisation.in_(inside))
    people = select(_PEOPLE).where(_PEOPLE.c.id.in_(ids))
    other = select(_ASSIGNED.c.person).where(
        _ASSIGNED.c.person.in_(ids),
        _ASSIGNED.c.until.is_(None),
        _ASSIGNED.c.organisation.not_in(inside),
    )
    shared = frozenset(connection.execute(other).scalars())
    return Register({row.id: row for row in connection.execute(people)}, posts, shared)


def look_at(
    register: Register,
    lines: Iterable[Line],
    kinds: dict[str, str],
    names: dict[str, str],
    today: date,
) -> Found:
    """What rows would do to the register, with their problems noted."""
    looking = _Looking(register, kinds, names, today)
    for line in lines:
        if {"name", "role", "organisation"} <= line.values.keys():
            looking.line(line)
    return looking.found()


class _Looking:
    def __init__(
        self, register: Register, kinds: dict[str, str], names: dict[str, str], today: date
    ) -> None:
        self.register, self.kinds, self.names, self.today = register, kinds, names, today
        self.entries: dict[str, PersonEntry] = {}
        self.new: dict[tuple[str, str], str] = {}
        self.held: dict[tuple[str, str, str], int] = {}
        self.posts: list[Change] = []
        self.new_posts: list[PostEntry] = []
        self.changed_posts: list[tuple[int, PostEntry]] = []

    def line(self, line: Line) -> None:
        """One row: whose it is, and what they hold."""
        person = self._person(line)
        if person is None or not self._fits(line):
            return
        post = (person, line.get("role"), line.get("organisation"))
        if post in self.held:
            line.wrong("role", f"与第{self.held[post] + 1}行重复：同一人同一单位同一身份。")
            return
        self.held[post] = line.row
        self._post(
            line, PostEntry(*post, line.get("rank", 0), line.get("since"), line.get("until"))
        )

    def _person(self, line: Line) -> str | None:
        """The id of whoever a row speaks of, or None where that is a problem."""
        name, given, number = line.get("name"), line.get("phone", ""), line.get("id", "")
        if number:
            found = self._numbered(line, number, name)
        else:
            found = self._recognised(line, name, given)
        if found is None:
            return None
        was = self.entries.get(found) or self._was(found) or PersonEntry(found, name)
        now = was._replace(phone=given or was.phone, mail=line.get("mail", "") or was.mail)
        other = any(a and a != b for a, b in ((was.phone, now.phone), (was.mail, now.mail)))
        if other and found in self.entries:
            line.wrong("name", f"“{name}”在前面的行里填了另外的手机或邮箱，请改成一样的。")
        elif was != now and found in self.register.shared:
            line.wrong("name", f"“{name}”还在别的地区任职，手机和邮箱请由那里修改。")
        self.entries[found] = now
        return found

    def _numbered(self, line: Line, number: str, name: str) -> str | None:
        row = self.register.people.get(number)
        if row is None:
            line.wrong("id", "没有这个人员编号，或不在您负责的范围内；新增人员请把编号留空。")
        elif row.name != name:
            line.wrong("name", f"编号{number}登记的姓名是“{row.name}”；改名请在人员页面办理。")
        elif row.left_on is not None:
            line.wrong("name", f"“{name}”已登记离任；重新任职请先在人员页面恢复。")
        else:
            return number
        return None

    def _recognised(self, line: Line, name: str, given: str) -> str | None:
        key = (name, given)
        if given and key in self.new:
            return self.new[key]
        known = self.register.by_phone.get(key, set()) if given else set()
        if not known:
            post = (name, line.get("role"), line.get("organisation"))
            known = self.register.by_post.get(post, set())
        known = {p for p in known if self.register.people[p].left_on is None}
        if len(known) == 1:
            return next(iter(known))
        if known:
            line.wrong("id", f"有{len(known)}位“{name}”，请填写人员编号，以免认错人。")
        elif not given:
            line.wrong("phone", "新增人员请填写手机，用来区分同名的人。")
        else:
            self.new[key] = f"{NEW}{len(self.new)}"
            return self.new[key]
        return None

    def _was(self, person: str) -> PersonEntry | None:
        row = self.register.people.get(person)
        return PersonEntry(row.id, row.name, row.mail, row.phone) if row is not None else None

    def _fits(self, line: Line) -> bool:
        """Whether the post can be held there, on those days."""
        count = line.problems.count
        kind = self.kinds.get(line.get("organisation"))
        if kind is None:
            line.wrong("organisation", "没有这个单位代码，或不在您负责的范围内。")
        elif flaw := flaw_of_post(line.get("role"), kind):
            line.wrong("role", flaw)
        since, until = line.get("since"), line.get("until")
        for name, value in (("since", since), ("until", until)):
            if value and value > self.today:
                line.wrong(name, "日期还没有到，请到时再登记。")
        if since and until and until < since:
            line.wrong("until", "卸任日期早于任职日期。")
        return line.problems.count == count

    def _post(self, line: Line, entry: PostEntry) -> None:
        before = self.register.posts.get((entry.person, entry.role, entry.organisation), [])
        row = next((r for r in before if r.until is None), before[-1] if before else None)
        title = f"{line.get('name')}：{self.names[entry.organisation]}（{ROLES[entry.role]}）"
        if row is None or (row.until and entry.since and entry.since > row.until):
            self.new_posts.append(entry)
            self.posts.append(Change("new", title))
            return
        if row.until and not entry.until:
            line.wrong("until", "这个身份已登记卸任；重新任职请填写新的任职日期。")
            return
        now = entry._replace(
            rank=line.get("rank", row.rank),
            since=entry.since or row.since,
            until=entry.until or row.until,
        )
        if (now.rank, now.since, now.until) == (row.rank, row.since, row.until):
            self.posts.append(Change("same", title))
        else:
            self.changed_posts.append((row.id, now))
            ends = "卸任" if now.until and not row.until else "排序或任职日期"
            self.posts.append(Change("changed", title, (ends,)))

    def found(self) -> Found:
        """All of it."""
        changes, new, changed = [], [], []
        for person, entry in self.entries.items():
            was = self._was(person)
            details = _differences(was, entry) if was else ()
            what = "new" if was is None else "changed" if details else "same"
            changes.append(Change(what, entry.name, details))
            if what != "same":
                (new if was is None else changed).append(entry)
        return Found(changes, self.posts, new, changed, self.new_posts, self.changed_posts)


def _differences(was: PersonEntry, now: PersonEntry) -> tuple[str, ...]:
    pairs = (("手机", was.phone, now.phone), ("邮箱", was.mail, now.mail))
    return tuple(f"{title}：{a or '（空）'} → {b}" for title, a, b in pairs if a != b)


def with_ids(found: Found, new_id: Callable[[], str]) -> Found:
    """The same with ids for whoever is new."""
    ids = {entry.id: new_id() for entry in found.new}
    return found._replace(
        new=[entry._replace(id=ids[entry.id]) for entry in found.new],
        new_posts=[p._replace(person=ids.get(p.person, p.person)) for p in found.new_posts],
    )


def rows_for(register: Register) -> list[list[Any]]:
    """What is entered, as rows of the table; posts given up are left out."""
    rows = []
    for (person, role, organisation), posts in register.posts.items():
        who = register.people[person]
        for post in posts:
            if post.until is None and who.left_on is None:
                values = {**who._mapping, **post._mapping, "id": person, "role": ROLES[role]}
                values["organisation"] = organisation
                rows.append([values.get(column.name) for column in COLUMNS])
    return rows
