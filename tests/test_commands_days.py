"""`dudao days import` and `dudao days why`, as they are run on the machine of an office."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from dudao.main import app
from models.events import StoredEvent
from rules.office_affairs import own_case
from tests.next_year import NEXT_YEAR
from tests.portal_neighbours import settle
from tests.portal_people import County, county_at

OFFICE = "SLX-DD"
_EVENTS = StoredEvent.__table__


@pytest.fixture(scope="module")
def december(lived_until: Callable[..., Path]) -> Path:
    return lived_until(date(2026, 12, 22), schools=3)


@pytest.fixture
def county(december: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    with county_at(december, tmp_path / "county", date(2026, 12, 22), database_url) as county:
        yield county


def run(county: County, *arguments: object) -> tuple[int, str]:
    database = county.database.engine.url.render_as_string(hide_password=False)
    given = [*map(str, arguments), "--database", database.removeprefix("sqlite:///")]
    result = CliRunner().invoke(app, ["days", *given])
    return result.exit_code, result.output


def entered(county: County) -> list[str]:
    wanted = select(_EVENTS.c.case).where(_EVENTS.c.type == "calendar.year_entered")
    with county.database.reading() as connection:
        return sorted(connection.execute(wanted).scalars())


def test_a_year_is_entered_for_every_office_of_the_database_once(
    county: County, tmp_path: Path
) -> None:
    settle(county)
    file = tmp_path / "2027.yaml"
    file.write_text(NEXT_YEAR, "utf-8")
    code, said = run(county, "import", file)
    assert code == 0 and said.count("已录入2027年放假安排") == 3
    assert own_case(OFFICE) in entered(county) and len(entered(county)) == 3
    code, said = run(county, "import", file)
    assert code == 0 and said.count("没有改动") == 3 and len(entered(county)) == 3


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("year: 2027", (), "2027.yaml"),
        (NEXT_YEAR.replace("2027-02-20", "2027-02-22"), (), "本来就是工作日"),
        (NEXT_YEAR, ("--office", "X"), "没有代码为“X”的督导机构"),
        (None, (), "读不出来"),
    ],
)
def test_what_cannot_be_entered_is_said_and_nothing_is(
    county: County, tmp_path: Path, text: str | None, more: tuple[str, ...], words: str
) -> None:
    file = tmp_path / "2027.yaml"
    if text is not None:
        file.write_text(text, "utf-8")
    code, said = run(county, "import", file, *more)
    assert code == 2 and words in said and entered(county) == []


def test_every_running_deadline_says_why(county: County) -> None:
    case = county.case("S0001")
    code, said = run(county, "why", case)
    assert code == 0 and "截止日为" in said
    key = said.split("　")[0]
    code, one = run(county, "why", case, key)
    assert code == 0 and one.startswith(key) and one in said
    assert run(county, "why", case, "没有/这个")[0] == 2
    assert "没有案卷" in run(county, "why", "没有")[1]
