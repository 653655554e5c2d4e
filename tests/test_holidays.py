"""Our own table of holidays says what the State Council arranged, and refuses what it cannot be."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

from rules.holidays import TableError, Term, YearTable, parse_terms, parse_year
from rules.mistakes import Mistakes
from rules.statutory import LUNAR_DAYS, statutory_holidays

PROCESSES = Path(__file__).parent.parent / "processes"
PUBLISHED = range(2004, 2027)


def table(year: int) -> YearTable:
    path = PROCESSES / "holidays" / f"{year}.yaml"
    return parse_year(path.read_text(encoding="utf-8"), path.name)


TABLES = {year: table(year) for year in PUBLISHED}


def days_of(year: int, name: str) -> list[str]:
    """`02-15..02-23` for each stretch of days under that name."""
    return [f"{h.first:%m-%d}..{h.last:%m-%d}" for h in TABLES[year].holidays if h.name == name]


def made_up(year: int) -> str:
    return " ".join(f"{day:%m-%d}" for day in TABLES[year].workdays)


def test_there_is_one_table_a_year_and_each_names_its_source() -> None:
    files = sorted(path.stem for path in (PROCESSES / "holidays").glob("*.yaml"))
    assert files == [str(year) for year in PUBLISHED]
    for year, found in TABLES.items():
        assert found.year == year
        assert f"国务院办公厅关于{year}年部分节假日安排的通知" in found.source


def test_2026_as_the_notice_has_it() -> None:
    assert [(h.name, f"{h.first:%m-%d}", f"{h.last:%m-%d}") for h in TABLES[2026].holidays] == [
        ("元旦", "01-01", "01-03"),
        ("春节", "02-15", "02-23"),
        ("清明节", "04-04", "04-06"),
        ("劳动节", "05-01", "05-05"),
        ("端午节", "06-19", "06-21"),
        ("中秋节", "09-25", "09-27"),
        ("国庆节", "10-01", "10-07"),
    ]
    assert made_up(2026) == "01-04 02-14 02-28 05-09 09-20 10-10"


def test_the_years_that_were_changed_later() -> None:
    # 2015: one day more, once, for the 70th anniversary of victory; its Sunday was worked.
    victory = "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日"
    assert days_of(2015, victory) == ["09-03..09-05"]
    assert "09-06" in made_up(2015)
    # 2019: Labour Day became four days, announced in March.
    assert days_of(2019, "劳动节") == ["05-01..05-04"]
    assert "04-28 05-05" in made_up(2019)
    # 2020: the Spring Festival was prolonged to 2 February, so 1 February was not worked.
    assert days_of(2020, "春节") == ["01-24..02-02"]
    assert "02-01" not in made_up(2020)


@pytest.mark.parametrize(
    ("year", "off", "worked"),
    [
        # The notice of a year reaches back into December of the year before:
        (2006, [], ["2005-12-31"]),
        (2007, [], ["2006-12-30", "2006-12-31"]),
        (2008, ["2007-12-31"], ["2007-12-29"]),
        (2012, [], ["2011-12-31"]),
        (2019, ["2018-12-31"], ["2018-12-29"]),
    ],
)
def test_new_year_reaches_back_into_december(year: int, off: list[str], worked: list[str]) -> None:
    found = TABLES[year]
    for day in map(date.fromisoformat, off):
        assert any(h.first <= day <= h.last for h in found.holidays)
    assert [day for day in found.workdays if day.year < year] == [
        date.fromisoformat(day) for day in worked
    ]


def test_the_tables_agree_with_two_libraries_on_every_day() -> None:
    """... but for one day, on which the libraries disagree with each other.

    2005-12-31, a Saturday: chinesecalendar has it off, `holidays` has it worked. `holidays` is
    right: the notice for 2006 moves this Saturday and Sunday 1 January to 2 and 3 January, and
    says that 31 December is worked; chinesecalendar's table begins each year on 1 January.
    """
    off = {
        h.first + timedelta(step)
        for found in TABLES.values()
        for h in found.holidays
        for step in range((h.last - h.first).days + 1)
    }
    worked = {day for found in TABLES.values() for day in found.workdays}
    theirs = holidays.country_holidays("CN", years=range(2003, 2028))
    first, last = date(2004, 1, 1), date(2026, 12, 31)
    chinese = set(chinese_calendar.get_workdays(first, last))
    disagreed = {"chinesecalendar": [], "holidays": []}
    for step in range((last - first).days + 1):
        day = first + timedelta(step)
        ours = day in worked or (day.weekday() < 5 and day not in off)
        if ours != (day in chinese):
            disagreed["chinesecalendar"].append(str(day))
        if ours != theirs.is_working_day(day):
            disagreed["holidays"].append(str(day))
    assert disagreed == {"chinesecalendar": ["2005-12-31"], "holidays": []}


def test_the_law_beyond_the_notices_agrees_with_a_library_that_computes_the_moon() -> None:
    for year in (year for year in LUNAR_DAYS if year >= 2027):
        ours = {
            first + timedelta(step)
            for first, last, _ in statutory_holidays(year)
            for step in range((last - first).days + 1)
        }
        theirs = holidays.country_holidays("CN", years=year, observed=False)
        assert ours == {day for day in theirs if day.year == year}, year


def test_mid_autumn_within_national_day_is_one_holiday_with_two_names() -> None:
    assert statutory_holidays(2028)[-1] == (date(2028, 10, 1), date(2028, 10, 3), "国庆节、中秋节")


def test_far_years_have_the_fixed_days_and_early_years_none() -> None:
    assert [name for _, _, name in statutory_holidays(2055)] == ["元旦", "劳动节", "国庆节"]
    assert statutory_holidays(2003) == ()


HEAD = "year: 2026\nsource: 通知\nstatus: published\n"
SPRING = "holidays:\n  - {name: 春节, from: 2026-02-15, to: 2026-02-23}\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "空"),
        (HEAD + "holidays: []\nworkdays: []\n", 4, "至少要有 1 项"),
        (HEAD + SPRING, 1, "缺少“workdays”"),
        (HEAD.replace("2026", "二〇二六") + SPRING + "workdays: []\n", 1, "整数"),
        (HEAD.replace("published", "draft") + SPRING + "workdays: []\n", 3, "published"),
        (HEAD + SPRING + "workdays: []\nholliday: []\n", 7, "不认识"),
        (HEAD + SPRING + "workdays: [2026-03-03]\n", 6, "本来就是工作日"),
        (HEAD + SPRING + "workdays: [2026-02-21]\n", 6, "既是“春节”放假，又是调休上班日"),
        (HEAD + SPRING + "workdays: [2026-02-28, 2026-02-28]\n", 6, "写了两次"),
        (HEAD + SPRING + "workdays: [2027-02-27]\n", 6, "不在2026年内"),
        (HEAD + SPRING + "workdays: [20260228]\n", 6, "这里要写日期"),
        (HEAD + SPRING + "workdays: [2026-02-30]\n", 6, "日期"),
        (HEAD + SPRING.replace("02-23", "02-13") + "workdays: []\n", 5, "早于开始日"),
        (HEAD + SPRING.replace("02-23", "08-23") + "workdays: []\n", 5, "超过一个月"),
        (HEAD + SPRING.replace("2026", "2025") + "workdays: []\n", 5, "不在2026年内"),
        (HEAD + SPRING + SPRING.splitlines()[1] + "\nworkdays: []\n", 6, "同时属于"),
        ("a: &a [1]\nb: *a\n", 1, "锚点"),
        ("year: !!python/object/apply:os.getcwd []\n", 1, "标签"),
    ],
)
def test_a_bad_table_is_refused_with_its_line_and_the_reason(
    text: str, line: int, reason: str
) -> None:
    with pytest.raises(Mistakes) as refused:
        parse_year(text, "2026.yaml")
    found = [item for item in refused.value.items if reason in item.reason]
    assert [item.line for item in found] == [line], str(refused.value)


def test_a_table_is_a_value_in_the_order_of_days() -> None:
    later_first = HEAD + SPRING + "  - {name: 元旦, from: 2025-12-31, to: 2026-01-02}\n"
    found = parse_year(later_first + "workdays: [2026-02-28, 2026-01-04]\n")
    assert [holiday.name for holiday in found.holidays] == ["元旦", "春节"]
    assert found.workdays == (date(2026, 1, 4), date(2026, 2, 28))
    assert YearTable.model_validate_json(found.model_dump_json()) == found


def test_the_example_terms_are_marked_as_no_official_ones() -> None:
    text = (PROCESSES / "terms" / "example.yaml").read_text(encoding="utf-8")
    assert "示例，非官方" in text
    terms = parse_terms(text)
    assert [term.key for term in terms[:2]] == ["2024-spring", "2024-autumn"]
    assert terms[-1].key == "2030-autumn"


TERM = "  - {name: 春季学期, from: 2026-03-02, to: 2026-07-10}\n"


@pytest.mark.parametrize(
    ("terms", "line", "reason"),
    [
        (TERM.replace("07-10", "03-20"), 3, "不像一个学期"),
        (TERM + TERM.replace("03-02", "04-02"), 4, "学期重叠"),
        (TERM.replace("07-10", "05-10") + TERM.replace("03-02", "05-11"), 4, "写了两次"),
    ],
)
def test_terms_that_cannot_be_are_refused(terms: str, line: int, reason: str) -> None:
    with pytest.raises(Mistakes, match=f"^terms.yaml:{line}: .*{reason}"):
        parse_terms("name: 某县\nterms:\n" + terms, "terms.yaml")


def test_terms_made_in_code_are_held_to_the_same() -> None:
    from rules.days import Calendar

    one = Term(name="甲", first=date(2026, 3, 1), last=date(2026, 7, 1))
    with pytest.raises(TableError, match="学期重叠"):
        Calendar.of([], [one, one])
