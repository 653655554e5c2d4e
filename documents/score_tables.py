"""Scores in tables: areas side by side, indicators one by one, the standard as it is scored."""

from decimal import Decimal
from typing import NamedTuple

from documents.papers import Block, Column, Radar, Series, Table, Text, table
from documents.payloads import ERASED, Form
from documents.provenance import alike, bare, joined
from documents.wording import UNOFFICIAL, listed, plain_number, way
from engine.dossier import Told
from rules.indicators import Area
from rules.scores import LeafScore, ScoreSheet, Side, grade, score_answers
from rules.standard import Standard
from rules.values import Refusal


def named_standard(standard: Standard) -> str:
    """The standard with its version, said to be an example where it is one."""
    title = standard.title
    if is_example(standard) and UNOFFICIAL not in title:
        title = f"{title}（{UNOFFICIAL}）"
    return f"《{title}》（版本{standard.version}）"


def is_example(standard: Standard) -> bool:
    """Whether a standard is one of ours, not an authority's: its own words say so."""
    return "示例" in standard.title or "示例" in standard.note or "example" in standard.standard


def unofficial(standard: Standard | None) -> list[Block]:
    """The note under whatever quotes an example standard."""
    if standard is None or not is_example(standard):
        return []
    words = "注：本文书引用的评估标准、分值、等级线和一票否决项均为"
    return [Text(f"{words}{UNOFFICIAL}，正式使用前请换成本地公布的标准。", "note")]


class Sheet(NamedTuple):
    """What answers came to, and the form they stand in."""

    scored: ScoreSheet
    form: Form

    @property
    def leaves(self) -> dict[str, LeafScore]:
        """The indicators by code, each from its own answer."""
        answers = self.form.part("answers")
        return {leaf.code: answers.said(leaf, leaf.code) for leaf in self.scored.leaves}

    @property
    def ratios(self) -> dict[str, Decimal]:
        """Points of full points by area, in percent."""
        return {a.code: self.form.said(a.ratio, "answers") for a in self.scored.areas}


def sheet_of(standard: Standard, kind: str, form: Form, side: Side) -> Sheet | None:
    """The sheet of answers that were accepted; None once they are erased."""
    scored = score_answers(bare(standard), kind, form.raw("answers"), side)
    return None if isinstance(scored, Refusal) else Sheet(scored.sheet, form)


def reasons(standard: Standard, sheet: Sheet | None, vetoes: tuple[str, ...]) -> list[Block]:
    """Why this grade: the total, what fell short, the vetoes."""
    graded = grade(bare(standard), sheet.scored, tuple(map(bare, vetoes))) if sheet else None
    if sheet is None or graded is None or isinstance(graded, Refusal):
        return []
    return [Text(listed([sheet.form.said(why, "answers") for why in graded.why]))]


def area_table(
    standard: Standard,
    kind: str,
    sides: tuple[tuple[str, dict[str, str]], ...],
    caption: str,
    added: bool = False,
) -> Table:
    """The areas with what each side gave (side's title, points by area), the total in the last
    row; ``added``: the value-added areas instead, which are never in the total."""
    areas = [a for a in standard.areas_for(kind) if (a.owner == "value_added") == added]
    rows = [
        [a.code, a.title, str(a.points), *(points.get(a.code, "—") for _, points in sides)]
        for a in areas
    ]
    full = alike(standard.full, sum(a.points for a in areas))
    rows.append(["", "合计", str(full), *(_sum(points, rows) for _, points in sides)])
    columns = (
        Column("编码", 10, "center"),
        Column("领域", 36),
        Column("满分", 14, "center"),
        *(Column(title, 14, "center") for title, _ in sides),
    )
    return Table(columns, tuple(map(tuple, rows)), caption)


def area_radar(
    standard: Standard, kind: str, sides: tuple[tuple[str, dict[str, str]], ...], caption: str
) -> list[Radar]:
    """The areas as shares of their full points, a line for each side that scored them all; nothing
    for fewer than three areas."""
    areas = [area for area in standard.areas_for(kind) if area.owner != "value_added"]
    lines = [
        Series(title, tuple(_share_of(points[a.code], a.points) for a in areas))
        for title, points in sides
        if all(area.code in points for area in areas)
    ]
    if len(areas) < 3 or not lines:
        return []
    return [Radar(tuple(area.title for area in areas), tuple(lines), caption)]


def _share_of(points: str, full: Decimal) -> float:
    return alike(points, float(Decimal(points) / full))


def _sum(points: dict[str, str], rows: list[list[str]]) -> str:
    """What a side's areas come to: texts of decimals, added exactly."""
    found = [points[row[0]] for row in rows if row[0] in points]
    return alike(found[0], str(sum(map(Decimal, found)))) if found else "—"


def score_annex(
    standard: Standard, kind: str, own: Sheet | None, review: Sheet | None = None
) -> tuple[Block, ...]:
    """Every indicator: full points, the school's own score, the review's, and why points went."""
    given, judged = own.leaves if own else {}, review.leaves if review else {}
    both = review is not None
    columns = [("编码", 15, "center"), ("指标", 34), ("分值", 11, "center"), ("自评", 11, "center")]
    columns += [("督评", 11, "center")] if both else []
    columns += [("扣分说明", 50)]
    blocks: list[Block] = []
    for area in standard.areas_for(kind):
        rows = []
        for leaf in area.indicators:
            last = judged.get(leaf.code) if both else given.get(leaf.code)
            row = [leaf.code, f"{leaf.title}{'★' if leaf.core else ''}", str(leaf.points)]
            row.append(_points(given.get(leaf.code)))
            row += [_points(judged.get(leaf.code))] if both else []
            rows.append([*row, last.reason.replace("。；", "；") if last else ""])
        blocks.append(table(columns, rows, _titled(area)))
    if own is None and review is None:
        blocks.insert(0, Text(f"逐项得分{ERASED}。", "flush"))
    return (*blocks, Text("注：★为核心指标。", "note"), *unofficial(standard))


def _titled(area: Area) -> str:
    """An area with its points, and that it stands apart where it does."""
    apart = "，单列，不计入总分" if area.owner == "value_added" else ""
    return f"{area.code} {area.title}（{plain_number(area.points)}分{apart}）"


def _points(leaf: LeafScore | None) -> str:
    return str(leaf.points) if leaf else "—"


def standard_annex(standard: Standard, kind: str) -> tuple[Block, ...]:
    """The whole standard as one kind of school meets it, with methods and evidence."""
    columns = [
        ("编码", 14, "center"),
        ("指标与观测点", 40),
        ("分值", 10, "center"),
        ("计分方式", 40),
        ("方法", 12, "center"),
        ("材料（*为必备）", 28),
    ]
    blocks: list[Block] = []
    for area in standard.areas_for(kind):
        rows = [
            [
                leaf.code,
                f"{leaf.title}{'★' if leaf.core else ''}"
                + (f"\n{leaf.criterion}" if leaf.criterion else ""),
                str(leaf.points),
                alike(leaf.code, way(leaf.scoring)),
                joined(leaf.methods),
                "\n".join(f"{e.name}{'*' if e.required else ''}" for e in leaf.evidence) or "无",
            ]
            for leaf in area.indicators
        ]
        blocks.append(table(columns, rows, _titled(area)))
    return (*blocks, Text("注：★为核心指标。", "note"), *unofficial(standard))


def grades_table(standard: Standard) -> Table:
    """What each grade asks for."""
    rows = []
    for rule in standard.grades:
        floors = [f"各领域得分率不低于{_share(rule.each_area)}"] if rule.each_area else []
        floors += [f"领域{code}不低于{_share(share)}" for code, share in rule.areas.items()]
        least = f"{plain_number(rule.at_least)}分以上" if rule.at_least else "其余"
        rows.append([rule.letter, least, "；".join(floors) or "—"])
    return table([("等级", 12, "center"), ("总分", 24, "center"), ("底线", 60)], rows, "等级")


def _share(share) -> str:
    return alike(share, f"{bare(share):.0%}")


def points_of(told: Told | None) -> dict[str, str]:
    """Points by area as an event keeps them, empty without the event."""
    if told is None:
        return {}
    return dict(getattr(told.event, "scored", told.event).areas)
