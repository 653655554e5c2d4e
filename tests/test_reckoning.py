"""Every date explains itself: rule, start, days skipped, make-up days counted, provisional."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.clauses import ClauseError, due, explain_addition, parse_clause, share_of_period
from rules.days import Calendar, parse_terms, parse_year
from rules.reckoning import Reckoning

PROCESSES = Path(__file__).parent.parent / "processes"
CALENDAR = Calendar.of(
    [parse_year(path.read_text("utf-8")) for path in (PROCESSES / "holidays").glob("*.yaml")],
    parse_terms((PROCESSES / "terms" / "example.yaml").read_text("utf-8")),
)
DAY = timedelta(1)
ANY_DAY = st.dates(date(2004, 3, 1), date(2030, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def reckon(clause: str, start: str) -> Reckoning:
    return due(parse_clause(clause), day(start), CALENDAR)


@pytest.mark.parametrize(
    ("start", "n", "told"),
    [
        ("2026-03-09", 2, "自3月9日次日起算2个工作日，截止日为2026年3月11日（周三）"),
        (
            "2026-02-06",
            15,
            "自2月6日次日起算15个工作日，跳过周末及春节（2月15日至23日），计入调休上班日2月14日、"
            "2月28日，截止日为2026年3月5日（周四）",
        ),
        (
            "2026-03-13",
            16,
            "自3月13日次日起算16个工作日，跳过周末及清明节（4月4日至6日），"
            "截止日为2026年4月7日（周二）",
        ),
        (
            "2026-09-18",
            15,
            "自9月18日次日起算15个工作日，跳过周末、中秋节（9月25日至27日）及国庆节（10月1日至7日），"
            "计入调休上班日9月20日、10月10日，截止日为2026年10月15日（周四）",
        ),
        (
            "2026-12-18",
            15,
            "自2026年12月18日次日起算15个工作日，跳过周末及元旦（2027年1月1日），"
            "截止日为2027年1月11日（周一）（暂按法定节假日推算）",
        ),
        (
            "2026-10-12",
            -10,
            "自10月12日前一日起倒算10个工作日，跳过周末、中秋节（9月25日至27日）及国庆节（10月1日至7日），"
            "计入调休上班日10月10日，截止日为2026年9月21日（周一）",
        ),
    ],
)
def test_working_days_told(start: str, n: int, told: str) -> None:
    assert explain_addition(day(start), n, CALENDAR).in_chinese() == told


@pytest.mark.parametrize(
    ("clause", "start", "told"),
    [
        (
            "10 days before visit.starts",
            "2026-10-12",
            "自10月12日前一日起倒算10日，至10月2日（周五），适逢国庆节假期，提前至前一个工作日，"
            "截止日为2026年9月30日（周三）",
        ),
        (
            "30 days after issue.raised",
            "2026-03-13",
            "自3月13日次日起算30日，至4月12日（周日）届满，适逢周末，顺延至下一个工作日，"
            "截止日为2026年4月13日（周一）",
        ),
        (
            "8 days after issue.raised",
            "2026-05-01",
            "自5月1日次日起算8日，至5月9日（周六）届满，5月9日为调休上班日，"
            "截止日为2026年5月9日（周六）",
        ),
        (
            "1 month after round.opened",
            "2026-03-31",
            "自3月31日起算1个月，至4月30日（周四）届满，截止日为2026年4月30日（周四）",
        ),
        (
            "20 teaching days after visit.ended",
            "2026-06-26",
            "自6月26日次日起算20个教学日，跳过周末及暑假（7月11日至8月31日），"
            "截止日为2026年9月14日（周一）",
        ),
        (
            "2 teaching days after visit.ended",
            "2033-03-07",
            "自3月7日次日起算2个教学日，截止日为2033年3月9日（周三）"
            "（暂按法定节假日和通常学期推算）",
        ),
        ("on 1 March", "2026-01-05", "固定日期，自1月5日起的第一个3月1日，即2026年3月1日（周日）"),
        (
            "on the date in opinion_letter.issued",
            "2026-05-20",
            "以文书载明的日期为准，截止日为2026年5月20日（周三）",
        ),
        ("when planning.selected", "2026-05-20", "自该事项发生之日起，即2026年5月20日（周三）"),
        (
            "once a month",
            "2026-05-03",
            "每月1次，自5月3日起，以本月最后一日5月31日（周日）为限，该日适逢周末，"
            "提前至前一个工作日，截止日为2026年5月29日（周五）",
        ),
        (
            "once a week",
            "2026-02-16",
            "每周1次，自2月16日起，以本周最后一日2月22日（周日）为限，其间已无工作日，"
            "顺延至下一个工作日，截止日为2026年2月24日（周二）",
        ),
    ],
)
def test_other_clauses_told(clause: str, start: str, told: str) -> None:
    assert reckon(clause, start).in_chinese() == told


def test_no_days_at_all_is_no_addition() -> None:
    with pytest.raises(ClauseError, match="数目应在1到3650之间，写的是0"):
        explain_addition(day("2026-03-09"), 0, CALENDAR)


def test_a_date_somebody_fixed() -> None:
    fixed = Reckoning.fixed(day("2026-03-02"), day("2026-05-02"), CALENDAR.version)
    assert fixed.in_chinese() == "期限由经办人指定，截止日为2026年5月2日（周六）"


TEXTS = st.one_of(
    st.builds(
        "{} {} {} visit.ended".format,
        st.integers(1, 90),
        st.sampled_from(["days", "working days", "teaching days", "weeks", "months"]),
        st.sampled_from(["before", "after"]),
    ),
    st.sampled_from(["on 1 March", "on 29 February", "on the date in visit.ended", "once a week"]),
)


@given(TEXTS, ANY_DAY)
def test_a_reckoning_is_stored_and_tells_the_same_ever_after(text: str, start: date) -> None:
    found = due(parse_clause(text), start, CALENDAR)
    again = Reckoning.model_validate_json(found.model_dump_json(exclude_defaults=True))
    assert again == found
    told = again.in_chinese()
    assert told == found.in_chinese()
    assert f"{found.due.year}年{found.due.month}月{found.due.day}日" in told
    assert ("暂按" in told) == found.provisional
    assert ("顺延" in told or "提前" in told) == (found.rolled_from is not None)
    for makeup in found.makeup:
        assert f"{makeup.month}月{makeup.day}日" in told
    if " working days" in text or "teaching" in text:
        for _, _, name in found.off:
            assert name in told


@given(ANY_DAY, st.integers(-60, 60).filter(bool))
def test_what_is_told_accounts_for_every_day(start: date, n: int) -> None:
    """A reader with a plain wall calendar and the stored value can count the days again."""
    found = explain_addition(start, n, CALENDAR)
    step = DAY if n > 0 else -DAY
    counted, today = 0, start
    while today != found.due:
        today += step
        weekend = today.weekday() >= 5
        counted += today in found.makeup or not (weekend or today in found.days_off())
    assert counted == abs(n)
    assert found.calendar == CALENDAR.version


# Twice a semester (national law, routine supervision): one by the middle, one by the end.
def test_the_shares_of_a_semester() -> None:
    clause, told, after = parse_clause("2 times a semester"), [], ""
    for _ in range(4):
        found, after = share_of_period(clause, day("2026-03-09"), after, CALENDAR)
        told.append((after, str(found.due)))
    assert told == [
        ("2026-spring-1", "2026-04-30"),  # the middle is 5 May, a holiday
        ("2026-spring-2", "2026-07-10"),
        ("2026-autumn-1", "2026-11-10"),
        ("2026-autumn-2", "2027-01-20"),
    ]
    first, _ = share_of_period(clause, day("2026-03-09"), "", CALENDAR)
    assert first.in_chinese() == (
        "每学期2次，自3月9日起，第1次以本学期时间过1/2之日5月5日（周二）为限，"
        "该日适逢劳动节假期，提前至前一个工作日，截止日为2026年4月30日（周四）"
    )


@pytest.mark.parametrize(
    ("clause", "on", "after", "item", "start", "expected"),
    [
        # Who begins late in the period owes what can still be done in time.
        ("2 times a semester", "2026-06-01", "", "2026-spring-2", "2026-06-01", "2026-07-10"),
        ("4 times a year", "2026-05-01", "", "2026-2", "2026-05-01", "2026-07-01"),
        ("once a week", "2026-03-18", "", "2026-W12-1", "2026-03-18", "2026-03-20"),
        # The next week's share begins with that week, however early the last was done.
        ("once a week", "2026-03-18", "2026-W12-1", "2026-W13-1", "2026-03-23", "2026-03-27"),
        ("once a week", "2026-12-30", "2026-W53-1", "2027-W01-1", "2027-01-04", "2027-01-08"),
        ("2 times a month", "2026-03-02", "2026-03-2", "2026-04-1", "2026-04-01", "2026-04-15"),
        # A share is not forgiven because its time has passed.
        ("once a month", "2026-06-15", "2026-03-1", "2026-04-1", "2026-04-01", "2026-04-30"),
    ],
)
def test_the_next_share(
    clause: str, on: str, after: str, item: str, start: str, expected: str
) -> None:
    found, name = share_of_period(parse_clause(clause), day(on), after, CALENDAR)
    assert (name, str(found.start), str(found.due)) == (item, start, expected)
