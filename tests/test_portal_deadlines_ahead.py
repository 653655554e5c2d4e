"""What next year's holiday arrangement would change, before anything is changed."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.events import StoredEvent
from tests.next_year import NEXT_YEAR
from tests.portal_people import County, county_at, said
from tests.test_portal_deadlines import TODAY, running

EVENTS = StoredEvent.__table__


@pytest.fixture(scope="module")
def december(lived_until: Callable[..., Path]) -> Path:
    """Eight schools at the year's end: what is owed reaches into a year not arranged yet."""
    return lived_until(TODAY)


@pytest.fixture
def county(december: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(december, tmp_path / "county", TODAY) as county:
        yield county


def events(county: County) -> int:
    with county.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(EVENTS)).scalar_one()


def test_what_next_years_arrangement_would_move_is_seen_before_it_counts(county: County) -> None:
    before, rows = events(county), running(county)
    office = county.browser("O2")
    page = said(office.open("/deadlines/provisional"))
    provisional = [row for row in rows if row.provisional]
    assert f"现有暂定期限（{len(provisional)}项）" in page
    path = "/deadlines/provisional"
    office.send(path, 200, table=NEXT_YEAR, files={"file": ("", b"")})
    page = said(office.page)
    fourth = [row for row in provisional if row.due_on == date(2027, 1, 4)]
    assert fourth and "2027年1月6日（周三）" in page and "责任督学" in page
    moved = int(re.search(r"(\d+)项期限会改变", page).group(1))
    settled = int(re.search(r"(\d+)项日期不变并转为确定", page).group(1))
    still = int(re.search(r"(\d+)项仍为暂定", page).group(1))
    assert moved + settled + still == len(provisional) and moved >= len(fourth)
    assert events(county) == before and running(county) == rows and "没有改动任何期限" in page


def test_an_arrangement_with_mistakes_is_shown_line_by_line(county: County) -> None:
    office = county.browser("O2")
    office.open("/deadlines/provisional")
    wrong = NEXT_YEAR.replace("2027-02-20", "2027-02-22").replace(
        "from: 2027-02-05", "from: 2月5日"
    )
    sent = {"file": ("2027.yaml", wrong.encode())}
    office.send("/deadlines/provisional", 422, files=sent)
    page = said(office.page)
    assert "第7行" in page and "2月5日" in page
    office.send("/deadlines/provisional", 422, files={"file": ("x.yaml", b"\xff\xfe\x00")})
    assert "UTF-8" in said(office.page)
    office.send("/deadlines/provisional", 422, files={"file": ("", b"")}, table="", year="")
    assert "请按栏目填写，或选择文件" in said(office.page)


def test_an_arrangement_that_contradicts_this_years_is_said_so(county: County) -> None:
    office = county.browser("O2")
    office.open("/deadlines/provisional")
    clash = NEXT_YEAR.replace("from: 2027-01-01", "from: 2026-12-26").replace(
        "2027-01-05", "2026-12-28"
    )
    wrong = clash.replace("workdays: [2027-01-09, 2027-02-20]", "workdays: [2026-12-26]")
    office.send("/deadlines/provisional", 422, table=wrong, files={"file": ("", b"")})
    assert "2026-12-26" in said(office.page)


def test_an_arrangement_may_be_filled_in_field_by_field(county: County) -> None:
    office = county.browser("O2")
    office.open("/deadlines/provisional")
    typed = {"year": "2027", "source": "试算示例：非官方", "workdays": "2027-01-09，2027-02-20"}
    typed |= {
        "from0": "2027-01-01",
        "to0": "2027-01-05",
        "from1": "2027-02-05",
        "to1": "2027-02-11",
    }
    answer = office.client.post(
        "/deadlines/provisional", data=office.form("/deadlines/provisional") | typed
    )
    page = said(answer.text)
    assert answer.status_code == 200 and "2027年安排试算" in page and "试算示例：非官方" in page
    assert "2027年1月6日（周三）" in page
    answer = office.client.post(
        "/deadlines/provisional",
        data=office.form("/deadlines/provisional") | typed | {"to0": "明天"},
    )
    assert answer.status_code == 422 and "明天" in said(answer.text)
    for kept in ("明天", "2027-02-11", "试算示例：非官方", "2027-01-09，2027-02-20"):
        assert f'value="{kept}"' in answer.text
