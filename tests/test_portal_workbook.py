"""The self-assessment as an Excel workbook: out with what is drafted, back as the draft; whatever
cannot be read is named by its cell."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.drafts import Draft
from portal.drafts import Values
from portal.self_assessment_form import account
from portal.sheets import Unreadable
from portal.workbook_layout import ANSWERS_SHEET, PLAN_SHEET
from portal.workbook_reading import read_workbook
from tests.excel_files import with_zeros
from tests.portal_people import County, county_at, said
from tests.workbooks import FORM, STANDARD, Change, cells, changed, filled, written


def row_of(sheets: dict[str, list[list[Any]]], code: str) -> int:
    return next(n for n, row in enumerate(sheets[ANSWERS_SHEET]) if row[0] == code)


def put(code: str, column: int, cell: Any) -> Change:
    def change(sheets: dict[str, list[list[Any]]]) -> None:
        sheets[ANSWERS_SHEET][row_of(sheets, code)][column] = cell

    return change


def wrong(change: Change) -> str:
    """What is said of a filled-in workbook after a change to its cells."""
    return "\n".join(read_workbook(FORM, changed(written(filled("primary")), change)).wrong)


# -- there and back ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", STANDARD.school_kinds)
def test_what_goes_out_comes_back(kind: str) -> None:
    for luck in range(3):
        fields = filled(kind, luck)
        came = read_workbook(account(STANDARD, kind), written(fields, kind))
        before = account(STANDARD, kind).tally(Values(fields))
        after = account(STANDARD, kind).tally(Values(came.fields))
        assert came.wrong == []
        assert (after.sheet, after.grade) == (before.sheet, before.grade)
        texts = {n: t for n, t in fields.items() if n not in account(STANDARD, kind).scoring}
        assert {name: came.fields[name] for name in texts} == texts


def test_another_programs_copy_is_read_as_well() -> None:
    fields = filled("primary")
    came = read_workbook(FORM, changed(written(fields), lambda sheets: None))
    assert came.wrong == []
    assert FORM.tally(Values(came.fields)).sheet == FORM.tally(Values(fields)).sheet


def test_an_empty_workbook_says_nothing() -> None:
    assert read_workbook(FORM, written({})) == ({}, [])


def test_every_indicator_has_its_row_with_what_to_fill_in() -> None:
    sheet = cells(written({}))[ANSWERS_SHEET]
    rows = {row[0]: row for row in sheet}
    for leaf in STANDARD.for_school("primary"):
        title, full, how = rows[leaf.code][1:4]
        assert title.startswith(leaf.title) and float(full) == float(leaf.points) and how


def test_texts_stay_texts_whatever_they_begin_with() -> None:
    fields = {
        f"report.{key}": [text]
        for key, text in zip(
            ("organised", "improvement", "A1.strengths", "A1.problems"),
            ("=1+1", "@SUM(A1)", "http://example.test/", "+cmd|' /C calc'!A0"),
            strict=True,
        )
    }
    content = written(fields)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [archive.read(name) for name in archive.namelist() if "sheet" in name]
        assert not any(b"<f>" in part or b"hyperlink" in part for part in parts)
        assert not any("externalLink" in name for name in archive.namelist())
    assert read_workbook(FORM, content).fields == fields


def test_a_ranged_ground_several_times() -> None:
    def change(sheets: dict[str, list[list[Any]]]) -> None:
        row = sheets[ANSWERS_SHEET][row_of(sheets, "A1.1.2")]
        row[4:9] = ["", "", 2, 4.5, ""]

    came = read_workbook(FORM, changed(written({}), change))
    assert came == ({"a.A1.1.2.times.1": ["2"], "a.A1.1.2.points.2": ["4.5"]}, [])


# -- what cannot be read -------------------------------------------------------------------------


def test_text_where_a_number_belongs_is_named_by_its_cell() -> None:
    assert wrong(put("A1.1.3", 4, "八分左右")).startswith("E7：应填数字，写的是“八分左右”")


def test_numbers_people_type_are_read() -> None:
    for cell in ("7.5", "７.５分", 7.5, " 7.5 "):
        came = read_workbook(FORM, changed(written({}), put("A1.1.3", 4, cell)))
        assert came == ({"a.A1.1.3.points": ["7.5"]}, [])
    came = read_workbook(FORM, changed(written({}), put("A1.1.3", 4, 0.1 + 0.2)))
    assert came.fields == {"a.A1.1.3.points": ["0.3"]}


def test_what_the_rules_refuse_is_named_by_its_cell() -> None:
    assert "E7：A1.1.3 党建带团建队建：得分 11 超过满分 10" in wrong(put("A1.1.3", 4, 11))
    assert "请从“优、良、中、差”中选择" in wrong(put("A1.1.1", 4, "优秀"))
    assert "请保留一种" in wrong(put("A1.1.2", 4, "无扣分"))
    assert "最多一位小数" in wrong(put("A1.1.3", 4, 7.25))


def test_a_number_that_lost_its_last_digits_is_not_believed() -> None:
    assert "数字太长，表格软件已经丢掉末位" in wrong(put("A1.1.3", 4, 123456789012345678))


def test_a_day_where_a_number_belongs() -> None:
    assert "这一格却是日期" in wrong(put("A1.1.3", 4, date(2026, 3, 6)))


def test_unknown_and_repeated_codes_are_named() -> None:
    def unknown(sheets: dict[str, list[list[Any]]]) -> None:
        sheets[ANSWERS_SHEET][row_of(sheets, "A1.1.3")][0] = "A9.9.9"

    def twice(sheets: dict[str, list[list[Any]]]) -> None:
        sheets[ANSWERS_SHEET].append(sheets[ANSWERS_SHEET][row_of(sheets, "A1.1.3")])

    assert "A7：本校没有指标“A9.9.9”" in wrong(unknown)
    assert "：指标A1.1.3出现了两次" in wrong(twice)


def test_a_day_of_the_plan_in_any_hand_and_none_at_all() -> None:
    def planned(cell: Any) -> Change:
        def change(sheets: dict[str, list[list[Any]]]) -> None:
            sheets[PLAN_SHEET][1][4] = cell

        return change

    for cell in ("2026.9.1", "2026年9月1日", "2026/09/01", date(2026, 9, 1)):
        came = read_workbook(FORM, changed(written(filled("primary")), planned(cell)))
        assert came.wrong == [] and came.fields["plan.0.date"] == ["2026-09-01"]
    assert "整改计划!E2：日期应写成2026-09-18这样" in wrong(planned("九月底"))


def test_too_long_a_text_is_named_by_its_cell() -> None:
    assert "：最多2000个字，现在有2001个字" in wrong(put("A1.1.3", 9, "长" * 2001))


def test_columns_may_move_and_rows_may_be_missing() -> None:
    def change(sheets: dict[str, list[list[Any]]]) -> None:
        rows = sheets[ANSWERS_SHEET]
        kept = [row for row in rows if row[0] in ("编码", "A1.1.3")]
        sheets[ANSWERS_SHEET] = [["我校的备注", *row] for row in kept]

    came = read_workbook(FORM, changed(written({"a.A1.1.3.points": ["7"]}), change))
    assert came == ({"a.A1.1.3.points": ["7"]}, [])


def test_a_workbook_without_our_sheet() -> None:
    def renamed(sheets: dict[str, list[list[Any]]]) -> None:
        sheets["别的"] = sheets.pop(ANSWERS_SHEET)

    with pytest.raises(Unreadable, match="没有找到“自评表”工作表"):
        read_workbook(FORM, changed(written({}), renamed))

    def headless(sheets: dict[str, list[list[Any]]]) -> None:
        sheets[ANSWERS_SHEET][2][4] = "得分"

    with pytest.raises(Unreadable, match="请不要改动表头"):
        read_workbook(FORM, changed(written({}), headless))


# -- at the portal -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return lived_until(date(2026, 2, 5))


@pytest.fixture
def county(february: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6)) as county:
        yield county


def address(county: County, school: str = "S0001") -> str:
    return f"/cases/{county.key(school)}/self_assessment/self-assessment"


def upload(county: County, content: bytes, status: int) -> str:
    head = county.browser("H0001")
    where = address(county)
    head.open(where)
    files = {"workbook": ("自评表.xlsx", content)}
    head.send(f"{where}/uploads", status, files=files)
    return head.page


def draft(county: County) -> dict[str, list[str]]:
    with county.database.reading() as connection:
        row = connection.execute(select(Draft.__table__)).first()
    return json.loads(row.body) if row else {}


def test_a_workbook_is_filled_in_and_becomes_the_draft(county: County) -> None:
    head = county.browser("H0001")
    answer = head.client.get(f"{address(county)}/workbook")
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    page = said(upload(county, changed(answer.content, put("A1.1.3", 4, 8.5)), 200))
    assert "表格已读入草稿，改动了1处" in page and "A1.1.3 党建带团建队建 （空） 8.5" in page
    assert draft(county) == {"a.A1.1.3.points": ["8.5"]}
    page = said(upload(county, changed(answer.content, put("A1.2.1", 4, "优")), 200))
    assert draft(county) == {"a.A1.1.3.points": ["8.5"], "a.A1.2.1.level": ["优"]}


def test_a_bad_workbook_changes_nothing(county: County) -> None:
    page = said(upload(county, changed(written({}), put("A1.1.3", 4, "八")), 422))
    assert "表格没有读入" in page and "E7：应填数字" in page
    assert "不是Excel工作簿" in said(upload(county, b"hello", 422))
    assert "展开后太大" in said(upload(county, with_zeros(), 422))
    assert draft(county) == {}


def test_a_score_that_comes_anew_replaces_the_former_one() -> None:
    old = {"a.A1.1.2.times.1": ["1"], "a.A1.1.2.reason": ["缺一次"], "plan.3.problem": ["旧"]}
    new = {"a.A1.1.2.none": ["1"], "plan.0.problem": ["新"]}
    assert FORM.merged(old, new) == {**new, "a.A1.1.2.reason": ["缺一次"]}


def test_the_workbook_is_for_those_who_fill_it_in(county: County) -> None:
    assert county.browser("O2").client.get(f"{address(county)}/workbook").status_code == 403
    late = county.browser("H0002")  # it has been handed in
    assert late.client.get(f"{address(county, 'S0002')}/workbook").status_code == 403
