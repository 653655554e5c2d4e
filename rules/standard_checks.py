"""What can be wrong with a standard whose shape is right: sums, codes, kinds, grades, vetoes."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from rules.indicators import SCHOOL_KINDS, Item, Leaf, Node, applies
from rules.mistakes import Path, meant
from rules.points import shown_number

if TYPE_CHECKING:
    from rules.standard import Standard

Flaws = Iterator[tuple[Path, str]]
Placed = tuple[Path, Item, Node | None]


def flaws_of(standard: "Standard") -> Flaws:
    """Every flaw as the path where it stands and the reason in Chinese."""
    items = list(walk(standard.areas, ("areas",), None))
    yield from repeated_codes(items)
    yield from wrong_kinds(standard, items)
    yield from wrong_owners(standard, items)
    for path, item, parent in items:
        yield from wrong_weight(path, item, parent)
        if isinstance(item, Leaf):
            for inner, reason in item.scoring.flaws(item.points):
                yield (*path, "scoring", *inner), reason
    for path, item, _ in items:
        if isinstance(item, Node):
            yield from wrong_sum(standard, path, item)
    yield from wrong_totals(standard)
    yield from wrong_grades(standard)
    yield from wrong_vetoes(standard)


def walk(nodes: tuple[Node, ...], path: Path, parent: Node | None) -> Iterator[Placed]:
    """Every area, node and leaf with its path and its parent, top down."""
    for number, node in enumerate(nodes):
        here = (*path, number)
        yield here, node, parent
        for index, leaf in enumerate(node.leaves):
            yield (*here, "leaves", index), leaf, node
        yield from walk(node.nodes, (*here, "nodes"), node)


def repeated_codes(items: list[Placed]) -> Flaws:
    seen: dict[str, str] = {}
    for path, item, _ in items:
        if item.code in seen:
            yield (*path, "code"), f"重复的编码 {item.code}：“{seen[item.code]}”已经用了"
        seen.setdefault(item.code, item.title)


def wrong_kinds(standard: "Standard", items: list[Placed]) -> Flaws:
    """A school kind outside the standard, or wider than the node above allows."""
    for number, kind in enumerate(standard.school_kinds):
        if kind in standard.school_kinds[:number]:
            yield ("school_kinds", number), f"学校类型“{SCHOOL_KINDS[kind]}”写了两次"
    allowed: dict[Path, tuple[str, ...]] = {(): standard.school_kinds}
    for path, item, parent in items:
        above = allowed[path[:-2] if parent else ()]
        allowed[path] = item.applies_to or above
        for kind in item.applies_to or ():
            if kind not in above:
                where = f"上级“{parent.code} {parent.title}”" if parent else "本标准"
                reason = f"{where}不适用于{SCHOOL_KINDS[kind]}，{item.code} 不能写它"
                yield (*path, "applies_to"), reason


def wrong_owners(standard: "Standard", items: list[Placed]) -> Flaws:
    """Value-added scoring stands apart from the total: whole areas, never a part of one."""
    added = {number for number, a in enumerate(standard.areas) if a.owner == "value_added"}
    for path, item, parent in items:
        if parent and item.owner and (item.owner == "value_added") != (path[1] in added):
            yield (*path, "owner"), "增值性评价单列，不计入总分：只能整个领域写 owner: value_added"


def wrong_weight(path: Path, item: Item, parent: Node | None) -> Flaws:
    if item.weight is None:
        return
    if parent is None:
        yield (*path, "weight"), "领域没有上级，不写 weight"
    elif parent.points * item.weight != item.points:
        due = shown_number(parent.points * item.weight)
        yield (
            (*path, "weight"),
            f"权重与分值不符：上级 {shown_number(parent.points)} 分 × 权重 = {due} 分",
        )


def wrong_sum(standard: "Standard", path: Path, node: Node) -> Flaws:
    """For every kind of school the node applies to, its children give its points exactly."""
    children = (*node.leaves, *node.nodes)
    if not children:
        yield path, f"“{node.code} {node.title}”下面没有指标：请写 leaves 或 nodes"
        return
    wrong: defaultdict[Decimal, list[str]] = defaultdict(list)
    kinds = [kind for kind in standard.school_kinds if applies(node, kind)]
    for kind in kinds:
        total = sum((child.points for child in children if applies(child, kind)), Decimal(0))
        if total != node.points:
            wrong[total].append(SCHOOL_KINDS[kind])
    for total, names in wrong.items():
        whom = "" if len(names) == len(kinds) else f"对{'、'.join(names)}，"
        due, got = shown_number(node.points), shown_number(total)
        yield (*path, "points"), f"“{node.code} {node.title}”{due} 分，{whom}下级合计 {got} 分"


def wrong_totals(standard: "Standard") -> Flaws:
    """Per owner, for every kind of school, the leaves give the points the standard announces."""
    announced = {"provincial": standard.points.provincial, "local": standard.points.local}
    names = {"provincial": "省定", "local": "地方"}
    for owner, due in announced.items():
        wrong: defaultdict[Decimal, list[str]] = defaultdict(list)
        for kind in standard.school_kinds:
            leaves = standard.for_school(kind)
            total = sum((leaf.points for leaf in leaves if leaf.owner == owner), Decimal(0))
            if total != due:
                wrong[total].append(SCHOOL_KINDS[kind])
        for total, kinds in wrong.items():
            whom = "" if len(kinds) == len(standard.school_kinds) else f"对{'、'.join(kinds)}，"
            due_text, got = shown_number(due), shown_number(total)
            reason = f"{names[owner]}分值应为 {due_text} 分，{whom}各指标合计 {got} 分"
            yield ("points", owner), reason


def wrong_grades(standard: "Standard") -> Flaws:
    """Grades go down: totals strictly, floors never up; the last takes whoever is left."""
    codes = [area.code for area in standard.areas if area.owner != "value_added"]
    letters = [rule.letter for rule in standard.grades]
    for number, rule in enumerate(standard.grades):
        path = ("grades", number)
        if rule.letter in letters[:number]:
            yield (*path, "letter"), f"等级 {rule.letter} 写了两次"
        if rule.at_least > standard.full:
            full = shown_number(standard.full)
            yield (*path, "at_least"), f"{rule.letter} 等的分数线超过总分 {full} 分"
        for code in rule.areas:
            if code not in codes:
                yield (*path, "areas", code), f"没有领域“{code}”{meant(code, codes)}"
    yield from wrong_order(standard)
    last = standard.grades[-1]
    if last.at_least or last.each_area or last.areas:
        path = ("grades", len(standard.grades) - 1)
        yield path, f"最后一个等级 {last.letter} 不设分数线和底线：其余学校都归入它"


def wrong_order(standard: "Standard") -> Flaws:
    provincial = [area.code for area in standard.areas if area.owner in (None, "provincial")]
    for number, (upper, lower) in enumerate(pairwise(standard.grades), 1):
        path = ("grades", number)
        if lower.at_least >= upper.at_least:
            reason = f"等级应由高到低：{lower.letter} 等的分数线不低于 {upper.letter} 等"
            yield (*path, "at_least"), reason
        if (lower.each_area or 0) > (upper.each_area or 0):
            reason = f"{lower.letter} 等的领域底线高于 {upper.letter} 等"
            yield (*path, "each_area"), reason
        for code, floor in lower.areas.items():
            common = upper.each_area if code in provincial else None
            if floor > upper.areas.get(code, common or 0):
                reason = f"{lower.letter} 等对 {code} 的底线高于 {upper.letter} 等"
                yield (*path, "areas", code), reason


def wrong_vetoes(standard: "Standard") -> Flaws:
    letters = [rule.letter for rule in standard.grades]
    codes = [veto.code for veto in standard.vetoes]
    for number, veto in enumerate(standard.vetoes):
        if veto.code in codes[:number]:
            yield ("vetoes", number, "code"), f"重复的编码 {veto.code}"
        if veto.at_most not in letters:
            yield (
                ("vetoes", number, "at_most"),
                f"没有等级“{veto.at_most}”{meant(veto.at_most, letters)}",
            )
