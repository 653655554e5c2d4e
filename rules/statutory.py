"""The public holidays the law itself fixes, for years whose yearly notice is not out yet.

Source: 全国年节及纪念日放假办法 (State Council, as amended in November 2024, in force from 2025):
元旦 1 day, 春节 4 (除夕 to 初三), 清明节 1, 劳动节 2, 端午节 1, 中秋节 1, 国庆节 3 days.
What the notice adds later - bridges, make-up workdays - nobody can know; hence "provisional".
"""

from datetime import date, timedelta

LAW = "全国年节及纪念日放假办法（2024年11月修订，2025年起施行）"
WEEKENDS_ONLY_BEFORE = 2004
"""Before the first table of ours we know no holidays and count plain weekends."""

Holiday = tuple[date, date, str]
"""First day, last day (inclusive), name."""

# Days of the lunisolar calendar (GB/T 33661-2017): year -> 正月初一, 清明, 端午, 中秋 as month.day.
# Beyond the last line only the fixed dates (元旦, 劳动节, 国庆节) are assumed.
LUNAR_DAYS: dict[int, tuple[str, str, str, str]] = {
    2020: ("1.25", "4.4", "6.25", "10.1"),
    2021: ("2.12", "4.4", "6.14", "9.21"),
    2022: ("2.1", "4.5", "6.3", "9.10"),
    2023: ("1.22", "4.5", "6.22", "9.29"),
    2024: ("2.10", "4.4", "6.10", "9.17"),
    2025: ("1.29", "4.4", "5.31", "10.6"),
    2026: ("2.17", "4.5", "6.19", "9.25"),
    2027: ("2.6", "4.5", "6.9", "9.15"),
    2028: ("1.26", "4.4", "5.28", "10.3"),
    2029: ("2.13", "4.4", "6.16", "9.22"),
    2030: ("2.3", "4.5", "6.5", "9.12"),
    2031: ("1.23", "4.5", "6.24", "10.1"),
    2032: ("2.11", "4.4", "6.12", "9.19"),
    2033: ("1.31", "4.4", "6.1", "9.8"),
    2034: ("2.19", "4.5", "6.20", "9.27"),
    2035: ("2.8", "4.5", "6.10", "9.16"),
    2036: ("1.28", "4.4", "5.30", "10.4"),
    2037: ("2.15", "4.4", "6.18", "9.24"),
    2038: ("2.4", "4.5", "6.7", "9.13"),
    2039: ("1.24", "4.5", "5.27", "10.2"),
    2040: ("2.12", "4.4", "6.14", "9.20"),
}


def statutory_holidays(year: int) -> tuple[Holiday, ...]:
    """The days off the law fixes for `year`, in order, without weekends, bridges or make-up days.

    Where 中秋节 falls into 国庆节 the days are listed under both names, as one range.
    """
    if year < WEEKENDS_ONLY_BEFORE:
        return ()
    new_year = date(year, 1, 1)
    fixed = [
        (new_year, new_year, "元旦"),
        (date(year, 5, 1), date(year, 5, 2), "劳动节"),
        (date(year, 10, 1), date(year, 10, 3), "国庆节"),
    ]
    if year not in LUNAR_DAYS:
        return tuple(fixed)
    spring, qingming, dragon_boat, mid_autumn = (
        date(year, *(int(part) for part in text.split("."))) for text in LUNAR_DAYS[year]
    )
    eve, third = spring - timedelta(1), spring + timedelta(2)
    moving = [(eve, third, "春节"), (qingming, qingming, "清明节")]
    moving.append((dragon_boat, dragon_boat, "端午节"))
    if fixed[-1][0] <= mid_autumn <= fixed[-1][1]:
        fixed[-1] = (*fixed[-1][:2], "国庆节、中秋节")
    else:
        moving.append((mid_autumn, mid_autumn, "中秋节"))
    return tuple(sorted(fixed + moving))
