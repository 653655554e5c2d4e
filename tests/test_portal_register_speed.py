"""The register's pages with the schools of a whole province."""

import time
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import insert

from engine.register import initials_of
from models.creation import create
from models.database import Database
from models.organisations import Organisation
from models.people import Assignment, Person
from portal.access import Seat, Visitor
from portal.register_reading import organisations, people

_ORGANISATIONS, _ASSIGNED, _PEOPLE = Organisation.__table__, Assignment.__table__, Person.__table__


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """15,000 schools, each with its head."""
    path = tmp_path_factory.mktemp("province") / "dudao.db"
    create(str(path))
    database = Database(str(path))
    units = [("C", "county", None), ("D", "office", "C")]
    units += [(f"T{n}", "township", "C") for n in range(300)]
    units += [(f"S{n}", "primary", f"T{n % 300}") for n in range(15_000)]
    rows = [
        {"code": c, "name": f"示例{c}", "kind": kind, "parent": parent, "facts": {}}
        for c, kind, parent in units
    ]
    for one in rows:
        one["initials"] = initials_of("示例") + one["code"].lower()
    heads = [{"id": f"H{n}", "name": f"校长{n}", "phone": f"139{n:08}"} for n in range(15_000)]
    posts = [{"person": f"H{n}", "role": "school", "organisation": f"S{n}"} for n in range(15_000)]
    with database.writing() as connection:
        connection.execute(insert(_ORGANISATIONS), rows)
        connection.execute(insert(_PEOPLE), heads)
        connection.execute(insert(_ASSIGNED), posts)
    yield database
    database.close()


@pytest.mark.parametrize("search", ["", "例S1", "sls14"])
def test_a_page_of_fifteen_thousand_schools_is_quick(province: Database, search: str) -> None:
    seat = Seat(1, "office", "D", "督导室", "office", "C")
    visitor = Visitor("X", "某人", seat, (seat,), "s", date(2026, 1, 7))
    costs = []
    with province.reading() as connection:
        for _ in range(3):
            began = time.process_time()
            organisations(connection, visitor, search, "", 2)
            people(connection, visitor, "校长14", 3)
            costs.append(time.process_time() - began)
    assert min(costs) < 0.1  # two lists; each page may cost 50 ms
