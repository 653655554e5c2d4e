"""A paper as such: what stands on it, in order, in plain values; how it looks is Word's affair."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from documents.provenance import alike

Align = Literal["left", "center", "right"]


class Heading(NamedTuple):
    """A heading with its number as written: level 1 “一、”, level 2 “（一）”."""

    text: str
    level: Literal[1, 2] = 1


class Text(NamedTuple):
    """Paragraphs, one per line of ``text``; ``flush`` is not indented, a ``note`` is small."""

    text: str
    kind: Literal["body", "flush", "note"] = "body"


class Column(NamedTuple):
    """One column of a table: its head, and its width as a share of all columns' widths."""

    head: str
    width: int = 10
    align: Align = "left"


class Table(NamedTuple):
    """A table with a head that repeats on every page; each row has one text per column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    @property
    def whole(self) -> bool:
        """Whether it is so short that no page may tear it."""
        few = len(self.rows) <= WHOLE_ROWS
        return few and sum(len(cell) for row in self.rows for cell in row) <= WHOLE_TEXT


WHOLE_ROWS, WHOLE_TEXT = 12, 260  # rows of a table that no page tears; characters in them all


class Series(NamedTuple):
    """One line of a radar, or the bars of one colour: a share from 0 to 1 for each axis, or how
    many."""

    name: str
    shares: tuple[float, ...]


class Radar(NamedTuple):
    """How areas compare: an axis each (three or more), a line for each side."""

    axes: tuple[str, ...]
    series: tuple[Series, ...]
    caption: str = ""


class Bars(NamedTuple):
    """Bars side by side: for each axis one of each series. They are shares of a whole, or (``unit``
    given) how many of what; ``lying``, they have room for long names."""

    axes: tuple[str, ...]
    series: tuple[Series, ...]
    caption: str = ""
    unit: str = ""
    lying: bool = False


Chart = Radar | Bars


def points(chart: Chart) -> list[tuple[str, list[str]]]:
    """What a chart draws, in figures as its file holds them: each series by its name."""
    counted = isinstance(chart, Bars) and chart.unit
    return [
        (one.name, [f"{share}" if counted else f"{share:.4f}" for share in one.shares])
        for one in chart.series
    ]


Block = Heading | Text | Table | Radar | Bars


class Annex(NamedTuple):
    """An annex: listed after the text, printed on its own pages after the signature."""

    title: str
    blocks: tuple[Block, ...]


CLOSES = "特此"  # so begins a line that says nothing but that the paper ends


@dataclass(frozen=True)
class Paper:
    """One paper. ``mark`` is the red head (发文机关标志), empty where there is none; ``number`` the
    line under it (发文字号); ``signature`` the lines above the date ``signed_on``; ``imprint`` the
    lines at the very end (版记: copies to; issued by whom, and when), each of one part or two;
    ``identifier`` says in the file's properties which letter it is."""

    title: str
    signed_on: date
    blocks: tuple[Block, ...]
    mark: str = ""
    number: str = ""
    addressee: str = ""
    signature: tuple[str, ...] = ()
    annexes: tuple[Annex, ...] = ()
    imprint: tuple[tuple[str, ...], ...] = ()
    landscape: bool = False
    identifier: str = ""

    @property
    def listed(self) -> list[str]:
        """附件：1.… under the text, one a line."""
        if len(self.annexes) == 1:
            return [f"附件：{self.annexes[0].title}"]
        return [
            f"{'附件：' if number == 1 else '　　　'}{number}．{annex.title}"
            for number, annex in enumerate(self.annexes, 1)
        ]

    @property
    def ending(self) -> int:
        """How many of its last blocks stay on the page of the signature: the last, and before a
        closing line (特此通知。) what it closes."""
        last = self.blocks[-1] if self.blocks else None
        return 2 if isinstance(last, Text) and f"{last.text}".startswith(CLOSES) else 1

    @property
    def names(self) -> tuple[str, ...]:
        """Whole names that its title may hold."""
        return (self.addressee.rstrip("："), *self.signature)

    @property
    def signed(self) -> list[str]:
        """Who signs, and the date in digits without leading zeros."""
        day = self.signed_on
        return [*self.signature, alike(day, f"{day.year}年{day.month}月{day.day}日")]


def table(
    columns: Sequence[tuple[str, int] | tuple[str, int, Align]],
    rows: Iterable[Sequence[str]],
    caption: str = "",
) -> Table:
    """A table from its columns (head, width and, where not left, the alignment) and its rows."""
    return Table(tuple(Column(*c) for c in columns), tuple(tuple(row) for row in rows), caption)


def facts(pairs: Iterable[tuple[str, str]], caption: str = "") -> Table:
    """A table of two columns: what, and how much or who; what is empty is left out."""
    rows = [pair for pair in pairs if pair[1]]
    return table([("项目", 28), ("内容", 100)], rows, caption)


_DIGITS = "一二三四五六七八九"


def numeral(number: int) -> str:
    """1 → 一, 12 → 十二, 30 → 三十: numbers of headings; in digits from 100 on."""
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens - 1]}十"
    return head + (_DIGITS[ones - 1] if ones else "")


def sections(*parts: tuple[str, Sequence[Block]]) -> tuple[Block, ...]:
    """The blocks of a text in sections 一、二、三、 in the order given; an empty one says 无."""
    blocks: list[Block] = []
    for number, (title, content) in enumerate(parts, 1):
        blocks.append(Heading(f"{numeral(number)}、{title}"))
        blocks += content or [Text("无。")]
    return tuple(blocks)
