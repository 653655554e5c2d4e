"""Importing organisations: every problem by its cell, nothing written before it is confirmed,
everything at once, and never twice."""

import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import python_calamine
from sqlalchemy import update

from models.organisations import Organisation
from tests.portal_importing import CLERK, NEW, UNITS, checked, imported, problems, school, units
from tests.portal_people import County, county_at, said

_ORGANISATIONS = Organisation.__table__


@pytest.fixture(scope="module")
def january(lived_until: Callable[..., Path]) -> Path:
    """Four schools at the beginning of the year."""
    return lived_until(date(2026, 1, 6), 4)


@pytest.fixture(scope="module")
def unchanged(january: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The same county for all tests in which nothing is written."""
    folder = tmp_path_factory.mktemp("unchanged")
    with county_at(january, folder, date(2026, 1, 7)) as county:
        yield county


@pytest.fixture
def county(january: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(january, tmp_path / "county", date(2026, 1, 7)) as county:
        yield county


# -- organisations -------------------------------------------------------------------------------


def test_a_table_is_shown_before_it_is_written_and_then_written_once(county: County) -> None:
    sheets = units(NEW, ["S0001", "马蹄小学", None, None, None, None])
    clerk = checked(county, sheets)
    page = said(clerk.page)
    assert "新增1，修改1，不变0" in page and "名称：马小 → 马蹄小学" in page
    assert school(county, "S0900") is None
    clerk.send("/people/imports/register/write")
    new, old = school(county, "S0900"), school(county, "S0001")
    assert (new.name, new.kind, new.initials, new.facts) == (
        "柳湾新村小学",
        "primary",
        "lwxcxx",
        {"pupils": 310},
    )
    assert (old.name, old.parent, old.facts["classes"]) == (
        "马蹄小学",
        "T1",
        18,
    )  # empty: untouched
    assert "完全一致" in said(checked(county, sheets).page)


def test_new_organisations_may_belong_to_one_another_in_any_order(county: County) -> None:
    rows = [
        ["S0900", "新村小学", "完全小学", "T90", None, None],
        ["T90", "新村乡", "乡", "SLX", None, None],
    ]
    imported(county, units(*rows))
    assert school(county, "S0900").parent == "T90"


@pytest.mark.parametrize(
    ("row", "cell", "why"),
    [
        ([610123201001011234.0, *NEW[1:]], "A2", "只保留前15位"),
        (["S 0900!", *NEW[1:]], "A2", "只能用字母、数字"),
        ([None, *NEW[1:]], "A2", "请填写单位代码"),
        (["SLS-DD", *NEW[1:]], "A2", "范围以外的单位"),
        (["S0900", None, *NEW[2:]], "B2", "请填写单位名称"),
        (["S0900", "名" * 121, *NEW[2:]], "B2", "最多120个字"),
        (["S0900", "新", "大学", *NEW[3:]], "C2", "没有“大学”这一项"),
        (["S0001", None, "乡镇", None, None, None], "C2", "类别不能这样改"),
        (["S0900", "新", "小学", "T77", None, None], "D2", "没有这个代码的上级单位"),
        (["S0900", "新", "小学", "S0001", None, None], "D2", "上级单位应是"),
        (["S0900", "新", "小学", "SLS", None, None], "D2", "没有这个代码的上级单位"),
        (["S0900", "新", "小学", None, None, None], "D2", "请填写上级单位"),
        (["S0900", "新", "小学", "T1", "T1", None], "E2", "责任区应是"),
        (["S0900", "新", "小学", "T1", "Z1", "三百"], "F2", "整数"),
        (["SLX", None, None, "T1", None, None], "D2", "不能改它的上级"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_each_problem_is_named_by_its_cell(
    unchanged: County, row: list, cell: str, why: str
) -> None:
    text = problems(unchanged, units(row))
    assert f"{cell}：" in text and why in text.partition(f"{cell}：")[2]


def test_all_problems_are_named_at_once_and_one_spoils_the_whole_table(unchanged: County) -> None:
    text = problems(unchanged, units(NEW, NEW, ["S0901", "新", "大学", "T77", None, "三百"]))
    for cell in ("A3：", "C4：", "D4：", "F4："):
        assert cell in text
    assert "与第2行重复" in text and "有4处问题" in text


def test_a_circle_is_found(unchanged: County) -> None:
    rows = [["T90", "甲乡", "乡镇", "T91", None, None], ["T91", "乙乡", "乡镇", "T90", None, None]]
    text = problems(unchanged, units(*rows))
    assert "D2：上级单位绕成了圈" in text and "D3：上级单位绕成了圈" in text
    text = problems(
        unchanged, units(["T1", None, None, "T2", None, None], ["T2", None, None, "T1"])
    )
    assert "绕成了圈" in text


def test_a_head_row_is_found_and_what_is_not_used_is_said(unchanged: County) -> None:
    rows = [["示例县学校一览表"], [], ["备注", *UNITS], ["旧", *NEW]]
    clerk = checked(unchanged, {"单位": rows})
    assert "没有用到的列：备注" in said(clerk.page) and "新增1" in said(clerk.page)
    assert "出现了两次" in problems(unchanged, {"单位": [[*UNITS, "单位名称"], [*NEW, "又名"]]})
    assert "没有找到表头" in problems(unchanged, {"单位": [["a", "b"], [1, 2]]})
    assert "缺少“单位代码”一列" in problems(unchanged, {"单位": [UNITS[1:], NEW[1:]]})
    assert "工作表应叫" in problems(unchanged, {"Sheet1": [UNITS, NEW]})


def test_a_wrong_file_is_refused_with_what_to_do(unchanged: County) -> None:
    assert "不是Excel工作簿" in said(checked(unchanged, b"a,b\n1,2", 422).page)
    clerk = unchanged.browser(CLERK)
    clerk.open("/people/imports")
    clerk.send("/people/imports/register", 422)
    assert "请选择要导入的Excel文件" in said(clerk.page)


# -- writing -------------------------------------------------------------------------------------


def test_what_is_written_is_what_was_shown(county: County) -> None:
    """Somebody else changes the same school between looking and writing."""
    clerk = checked(county, units(["S0001", "马蹄小学", None, None, None, None]))
    with county.database.writing() as connection:
        renamed = update(_ORGANISATIONS).where(_ORGANISATIONS.c.code == "S0001")
        connection.execute(renamed.values(name="马蹄中心小学"))
    clerk.send("/people/imports/register/write", 200)
    assert "刚才有变动" in said(clerk.page) and "马蹄中心小学 → 马蹄小学" in said(clerk.page)
    assert school(county, "S0001").name == "马蹄中心小学"
    clerk.send("/people/imports/register/write")
    assert school(county, "S0001").name == "马蹄小学"


def test_pressed_twice_or_by_another_it_writes_once(county: County) -> None:
    clerk = checked(county, units(NEW))
    form = clerk.form("/people/imports/register/write")
    other = county.browser("O1")
    other.open("/people/imports")
    theirs = form | {"seal": other.form("/people/imports/register")["seal"]}
    assert other.client.post("/people/imports/register/write", data=theirs).status_code == 422
    assert clerk.client.post("/people/imports/register/write", data=form).status_code == 303
    again = clerk.client.post("/people/imports/register/write", data=form)
    assert again.status_code == 422 and "请重新上传" in again.text
    assert list((county.desk.home / "imports").iterdir()) == []  # names and telephones stay nowhere


def test_the_workbook_that_waits_is_for_nobody_elses_eyes(county: County) -> None:
    checked(county, units(NEW))
    (waiting,) = (county.desk.home / "imports").iterdir()
    assert waiting.stat().st_mode & 0o077 == 0 and waiting.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["register", "past"])
def test_a_template_explains_every_column(unchanged: County, name: str) -> None:
    clerk = unchanged.browser(CLERK)
    answer = clerk.client.get(f"/people/imports/{name}/template")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names[-1] == "填表说明"
    explained = [row[1] for row in book.get_sheet_by_name("填表说明").to_python()]
    for sheet in book.sheet_names[:-1]:
        head = book.get_sheet_by_name(sheet).to_python()[0]
        assert {title.strip("*") for title in head} <= set(explained)
    clerk.open("/people/imports/secrets/template", 403)


def test_what_is_entered_can_be_taken_out_and_brought_back_unchanged(county: County) -> None:
    answer = county.browser(CLERK).client.get("/people/imports/register/present")
    assert answer.status_code == 200
    assert "完全一致" in said(checked(county, answer.content).page)


def test_a_name_that_looks_like_a_formula_stays_a_name(county: County) -> None:
    imported(county, units(["S0900", "=1+1", "小学", "T1", None, None]))
    answer = county.browser(CLERK).client.get("/people/imports/register/present")
    assert b"<f>" not in answer.content
    assert "完全一致" in said(checked(county, answer.content).page)
