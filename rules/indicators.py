"""Indicators (指标): areas, nodes, leaves, as a standard writes them and as a school meets them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import Field

from rules.points import Points, Share
from rules.values import Frozen
from rules.ways import Way

SchoolKind = Literal[
    "kindergarten", "primary", "junior_high", "nine_year", "senior_high", "vocational"
]
SCHOOL_KINDS: dict[str, str] = {
    "kindergarten": "幼儿园",
    "primary": "小学",
    "junior_high": "初级中学",
    "nine_year": "九年一贯制学校",
    "senior_high": "普通高中",
    "vocational": "中等职业学校",
}
Method = Literal["听", "查", "看", "问", "谈", "测", "评"]
FileType = Literal["pdf", "docx", "xlsx", "jpg", "png", "mp4", "paper"]
Owner = Literal["provincial", "local", "value_added"]
Code = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.\-]{0,19}$")
Title = Field(min_length=1, max_length=120)


class Evidence(Frozen):
    """What a leaf asks for; nothing else may be asked (no 留痕). `paper`: shown on the spot."""

    name: str = Title
    types: tuple[FileType, ...] = Field(default=("pdf", "jpg", "paper"), min_length=1)
    required: bool = False


class Item(Frozen):
    """What areas, nodes and leaves share.

    `titles`: another wording for a school kind (办园 for 办学). `weight`: the share of the parent,
    where the regulation writes it; it must agree with the points. `applies_to` and `owner` are
    inherited from above where they are not written.
    """

    code: str = Code
    title: str = Title
    titles: dict[SchoolKind, str] = Field(default_factory=dict)
    points: Points
    weight: Share | None = None
    core: bool = False
    applies_to: tuple[SchoolKind, ...] | None = Field(default=None, min_length=1)
    owner: Owner | None = None

    def title_for(self, kind: str) -> str:
        return self.titles.get(kind, self.title)


class Leaf(Item):
    """An indicator that is scored. `criterion`: what is looked at, in the standard's words."""

    criterion: str = Field(default="", max_length=1000)
    scoring: Way
    methods: tuple[Method, ...] = Field(min_length=1)
    evidence: tuple[Evidence, ...] = ()


class Node(Item):
    """A group of indicators; an area is a node of the first level."""

    nodes: tuple["Node", ...] = ()
    leaves: tuple[Leaf, ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """A leaf as one kind of school meets it: its wording, its area, everything inherited."""

    code: str
    title: str
    points: Decimal
    area: str
    owner: Owner
    core: bool
    criterion: str
    scoring: Way
    methods: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    trail: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """An area as one kind of school meets it, with its indicators in order."""

    code: str
    title: str
    points: Decimal
    owner: Owner
    indicators: tuple[Indicator, ...]


def applies(item: Item, kind: str) -> bool:
    return item.applies_to is None or kind in item.applies_to


def area_for(area: Node, kind: str) -> Area:
    owner = area.owner or "provincial"
    indicators = tuple(indicators_under(area, kind, area.code, owner, ()))
    return Area(area.code, area.title_for(kind), area.points, owner, indicators)


def indicators_under(
    node: Node, kind: str, area: str, owner: Owner, trail: tuple[str, ...]
) -> Iterator[Indicator]:
    """The leaves below a node for one kind of school, leaves before nodes."""
    trail = (*trail, node.title_for(kind))
    for leaf in node.leaves:
        if applies(leaf, kind):
            yield Indicator(
                code=leaf.code,
                title=leaf.title_for(kind),
                points=leaf.points,
                area=area,
                owner=leaf.owner or owner,
                core=leaf.core,
                criterion=leaf.criterion,
                scoring=leaf.scoring,
                methods=leaf.methods,
                evidence=leaf.evidence,
                trail=trail,
            )
    for inner in node.nodes:
        if applies(inner, kind):
            yield from indicators_under(inner, kind, area, inner.owner or owner, trail)
