"""A neighbouring county with an office and a government of its own, and nothing of ours to see."""

from sqlalchemy import insert

from models.organisations import Organisation
from models.people import Assignment, Person
from tests.portal_people import County

NEIGHBOUR, NEIGHBOURS_MAYOR = "N1", "N2"


def settle(county: County) -> None:
    """The neighbour's office with a clerk, and its government with a person."""
    places = [("LX", "邻县", "county", "SLS"), ("LX-DD", "邻县人民政府教育督导室", "office", "LX")]
    with county.database.writing() as connection:
        for code, name, kind, parent in places:
            row = {"code": code, "name": name, "kind": kind, "parent": parent, "facts": {}}
            connection.execute(insert(Organisation.__table__).values(invented=True, **row))
        for person, role, place in (
            (NEIGHBOUR, "office", "LX-DD"),
            (NEIGHBOURS_MAYOR, "government", "LX"),
        ):
            named = {"id": person, "name": f"邻县{role}", "mail": "", "phone": ""}
            connection.execute(insert(Person.__table__).values(**named))
            held = {"person": person, "role": role, "organisation": place, "rank": 0}
            connection.execute(insert(Assignment.__table__).values(**held))
