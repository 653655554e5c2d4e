"""Where what stands in the self-assessment's workbook: its sheets, columns, and cells to fill in.

Written by `portal.workbook`, read by `portal.workbook_reading`; both find a column by its title.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from portal.self_assessment_form import OF_AREA, PLAN, WHOLE, Account
from portal.sheet_layout import Line, field_name
from rules.points import rounded, shown_number
from rules.ways import Deduction, Deductions, FreePoints, Levels, Measure

ANSWERS_SHEET, REPORT_SHEET, PLAN_SHEET = "自评表", "自评报告", "整改计划"
CODE, TITLE, FULL, HOW = "编码", "指标", "分值", "怎样填"
FIRST, SECOND = "填写", "总数"
REASON, EVIDENCE = "扣分原因或说明", "已备佐证材料"
PART, TEXT = "部分", "内容"
NOTHING_TAKEN = "无扣分"
PLAN_ROWS = 30

Cells = dict[str, "Place"]


class Place(NamedTuple):
    """A cell to fill in: ``kind`` is number, whole (number), choice, none (taken), ranged
    (points for a ground, with ×times where ``times`` names a field), text or names;
    ``name`` the field it stands for; ``least`` and ``most`` bound a number."""

    kind: str
    name: str
    least: Decimal | None = None
    most: Decimal | None = None
    choices: tuple[str, ...] = ()
    times: str = ""


ZERO = Decimal(0)


def ground_title(number: int) -> str:
    """The column of a ground for deduction, counted from 1."""
    return f"扣分{number}"


def columns(account: Account) -> list[str]:
    """The titles of the answers' columns, in their order."""
    ways = [leaf.scoring for leaf in account.standard.for_school(account.kind)]
    most = max((len(way.items) for way in ways if isinstance(way, Deductions)), default=0)
    grounds = [ground_title(number) for number in range(1, most + 1)]
    return [CODE, TITLE, FULL, HOW, FIRST, SECOND, *grounds, REASON, EVIDENCE]


def places(line: Line) -> Cells:
    """The cells of one indicator's row, by the title of their column."""
    found = dict(_places(line))
    found[REASON] = Place("text", line.reason)
    if line.asked:
        found[EVIDENCE] = Place("names", line.evidence, choices=tuple(n for n, _ in line.asked))
    return found


def _places(line: Line) -> Iterator[tuple[str, Place]]:
    code, leaf = line.code, line.leaf
    match leaf.scoring:
        case FreePoints():
            yield FIRST, Place("number", field_name(code, "points"), ZERO, leaf.points)
        case Levels() as way:
            yield FIRST, Place("choice", field_name(code, "level"), choices=way.choices)
        case Measure(of="ratio"):
            yield FIRST, Place("number", field_name(code, "part"), ZERO)
            yield SECOND, Place("number", field_name(code, "whole"), ZERO)
        case Measure():
            yield FIRST, Place("number", field_name(code, "value"))
        case Deductions() as way:
            yield FIRST, Place("none", field_name(code, "none"), choices=(NOTHING_TAKEN,))
            for number, item in enumerate(way.items, 1):
                yield ground_title(number), _ground(code, number, item)


def _ground(code: str, number: int, item: Deduction) -> Place:
    times = field_name(code, f"times.{number}")
    if item.between is None:
        return Place("whole", times, ZERO, Decimal(item.times))
    points = field_name(code, f"points.{number}")
    return Place("ranged", points, ZERO, item.between[1], times=times if item.times > 1 else "")


def how_to_fill(line: Line) -> str:
    """What to write in a row, in words."""
    leaf, full = line.leaf, line.full
    match leaf.scoring:
        case FreePoints():
            said = f"“{FIRST}”写得分，0至{full}分"
        case Levels() as way:
            worth = (
                f"{n}（{shown_number(rounded(leaf.points * way.levels[n]))}分）"
                for n in way.choices
            )
            said = f"“{FIRST}”选等级：{'、'.join(worth)}"
        case Measure(of="ratio"):
            said = f"“{FIRST}”写符合条件的数，“{SECOND}”写总数。{line.how}"
        case Measure() as way:
            said = f"“{FIRST}”写数值（{way.unit}）。{line.how}"
        case Deductions() as way:
            grounds = "；".join(_how(n, item) for n, item in enumerate(way.items, 1))
            said = f"没有扣分的，“{FIRST}”选“{NOTHING_TAKEN}”；有扣分的：{grounds}"
    criterion = f"{leaf.criterion}。\n" if leaf.criterion else ""
    asked = f"\n佐证材料：{'、'.join(name for name, _ in line.asked)}" if line.asked else ""
    return f"{criterion}{said}。{asked}"


def _how(number: int, item: Deduction) -> str:
    where = f"“{ground_title(number)}”"
    if item.between is None:
        each = shown_number(item.each)
        return f"{item.text}，每次扣{each}分，{where}写次数（最多{item.times}）"
    low, high = map(shown_number, item.between)
    times = f"，多次的写成“{low}×2”" if item.times > 1 else ""
    return f"{item.text}，{where}写扣几分（{low}至{high}{times}）"


def report_parts(account: Account) -> list[tuple[str, str]]:
    """The rows of the report: what each is called, and its field."""
    first, last = ((title, f"report.{key}") for key, title in WHOLE)
    parts = [
        (f"{block.area.title}：{title}", f"report.{block.area.code}.{key}")
        for block in account.told_of
        for key, title in OF_AREA
    ]
    return [first, *parts, last]


PLAN_COLUMNS = tuple((title, key) for key, title, _ in PLAN)
