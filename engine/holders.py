"""Who would be told: the people who hold a role for a case, by the posts they hold today."""

from datetime import date

from sqlalchemy import Connection, select

from models.organisations import Organisation
from models.people import Assignment, Person

_ORGANISATIONS, _ASSIGNED, _PEOPLE = (
    Organisation.__table__,
    Assignment.__table__,
    Person.__table__,
)

UNIT = "unit:"  # a deadline that one unit owes names it so, by its code
# Told on paper or by posting, by appointment in the case itself, or not a person at all.
NOBODYS = ("public", "team", "system")


class Holders:
    """Posts held on a day, by role and organisation."""

    def __init__(self, connection: Connection, today: date) -> None:
        columns = _ORGANISATIONS.c
        wanted = select(columns.code, columns.parent, columns.zone)
        self._places = {row.code: (row.parent, row.zone) for row in connection.execute(wanted)}
        held = (
            select(_ASSIGNED.c.role, _ASSIGNED.c.organisation, _PEOPLE.c.name)
            .join(_PEOPLE, _PEOPLE.c.id == _ASSIGNED.c.person)
            .where(
                _ASSIGNED.c.until.is_(None) | (_ASSIGNED.c.until >= today),
                _PEOPLE.c.left_on.is_(None) | (_PEOPLE.c.left_on > today),
            )
            .order_by(_ASSIGNED.c.rank, _ASSIGNED.c.person)
        )
        self._posts: dict[str, dict[str, list[str]]] = {}
        self._units: set[str] = set()
        for role, organisation, name in connection.execute(held):
            self._posts.setdefault(role, {}).setdefault(organisation, []).append(name)
            self._units.add(organisation)

    def anybody(self, role: str, subject: str, office: str) -> bool:
        """Whether somebody holds a role for a subject of an office: in the subject itself, in its
        zone, in what stands above it or the office; a department or township in any place."""
        if role in NOBODYS:
            return True
        if role.startswith(UNIT):
            return role.removeprefix(UNIT) in self._units
        places = self._posts.get(role, {})
        if role == "office":
            return office in places
        if subject == office:  # a round speaks to those of all its subjects
            return bool(places)
        if role == "school":
            return subject in places
        if role in ("department", "township", "schools"):
            return bool(places or (role == "schools" and self._posts.get("school")))
        return any(place in places for place in self._around(subject, office))

    def name(self, role: str, organisation: str) -> str:
        """Who holds a role in an organisation, first in rank; empty for nobody."""
        return next(iter(self._posts.get(role, {}).get(organisation, ())), "")

    def _around(self, *starts: str) -> set[str]:
        found: set[str] = set()
        waiting: list[str | None] = list(starts)
        while waiting:
            code = waiting.pop()
            if code in self._places and code not in found:
                found.add(code)
                waiting += self._places[code]
        return found
