"""A letter taken apart in the order it is read: what stands where, and where each piece of it
comes from."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from documents.catalogue import LETTERS, write_paper
from documents.cleaning import Cleaner
from documents.numbering import as_issued
from documents.papers import Bars, Block, Chart, Heading, Paper, Radar, Table, Text, points
from documents.provenance import Marks, Origin, Span
from documents.round_figures import read_figures
from documents.traced_view import TracedView
from documents.wording import said
from engine.dossier import Dossier


class Cell(NamedTuple):
    """A piece of an item: what its column is called (empty for a paragraph), and its spans."""

    what: str
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The piece as it is read."""
        return "".join(span.text for span in self.spans)


class Item(NamedTuple):
    """One paragraph, or one row of a table."""

    where: str
    cells: tuple[Cell, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The item as a file holds it."""
        return tuple(cell.text for cell in self.cells)

    @property
    def origins(self) -> list[Origin]:
        """Where it comes from, each once."""
        found = (span.origin for cell in self.cells for span in cell.spans)
        return list(dict.fromkeys(origin for origin in found if origin is not None))


class Trace(NamedTuple):
    """A letter's paper as it is set, and the same in pieces."""

    paper: Paper
    author: str
    items: tuple[Item, ...]


def trace(
    dossier: Dossier,
    kind: str,
    about: Mapping[str, Any],
    seq: int,
    number: str = "",
    issued_on: date | None = None,
) -> Trace:
    """Write a letter again, once as it was and once with its origins. ``number`` and ``issued_on``
    are what it was given since. ValueError, in Chinese, where the case cannot carry such a letter
    or the two do not say the same."""
    paper, view = write_paper(dossier, kind, about, seq)
    taken = "".join(_texts(paper))
    traced = TracedView(dossier, seq, str(about.get("item", "")), taken)
    letter = LETTERS[kind]
    figures = (read_figures(dossier.connection, dossier, seq, traced.tracing),)
    known: Paper = letter.write(traced, *(figures if letter.of_round else ()))
    if issued_on is not None:
        own = traced.tracing.issued
        paper = as_issued(paper, number, said(issued_on))
        known = as_issued(known, own(number), own(said(issued_on)))
    marks = traced.tracing.marks
    if [_plain(marks, text) for text in _texts(known)] != list(map(str, _texts(paper))):
        raise ValueError("这份文书的来源追溯结果与文书本身不一致，请联系开发人员")
    return Trace(paper, view.office.name, tuple(_Taking(marks).of(known)))


def _plain(marks: Marks, text: str) -> str:
    return "".join(span.text for span in marks.spans(text))


def _texts(value: Any) -> Iterator[str]:
    """Every text of a paper."""
    if isinstance(value, Paper):
        yield from (value.title, value.mark, value.number, value.addressee)
        yield from _texts((value.signed, value.imprint, value.blocks, value.annexes))
    elif isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each)


class _Taking:
    """Takes one paper apart."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._clean = Cleaner().clean
        self._section = ""
        self._paragraph = self._table = 0

    def of(self, paper: Paper) -> Iterator[Item]:
        """Its items; charts stand last, as they are files of their own."""
        if paper.mark:
            yield self._line("发文机关标志", paper.mark)
            yield self._line("发文字号", paper.number)
        yield self._line("标题", paper.title)
        yield self._line("主送", paper.addressee)
        yield from self._blocks(paper.blocks)
        for line in paper.listed:
            yield self._line("附件说明", line)
        for line in paper.signed:
            yield self._line("落款", line)
        for number, annex in enumerate(paper.annexes, 1):
            mark = f"附件{number}" if len(paper.annexes) > 1 else "附件"
            yield self._line(mark, mark)
            yield self._line(f"{mark}标题", annex.title)
            self._enter(mark)
            yield from self._blocks(annex.blocks)
        for parts in paper.imprint:
            yield Item("版记", tuple(Cell("", self._spans(part)) for part in parts))
        blocks = (paper.blocks, *(annex.blocks for annex in paper.annexes))
        for chart in (block for each in blocks for block in each if isinstance(block, Chart)):
            yield from self._chart(chart)

    def _enter(self, section: str) -> None:
        self._section, self._paragraph = section, 0

    def _blocks(self, blocks: tuple[Block, ...]) -> Iterator[Item]:
        for block in blocks:
            match block:
                case Heading():
                    item = self._line("标题", block.text)
                    self._enter(f"“{item.cells[0].text}”")
                    yield item
                case Text():
                    for spans in self._lines(block.text):
                        self._paragraph += 1
                        yield Item(f"{self._section}第{self._paragraph}段", (Cell("", spans),))
                case Table():
                    yield from self._rows(block)
                case Radar() | Bars():
                    yield self._line("图题", block.caption)

    def _rows(self, block: Table) -> Iterator[Item]:
        self._table += 1
        name = _plain(self._marks, block.caption) or f"{self._section}第{self._table}张表"
        yield self._line("表题", block.caption)
        heads = [_plain(self._marks, column.head).replace("\n", "") for column in block.columns]
        head = tuple(Cell("", self._spans(column.head)) for column in block.columns)
        yield Item(f"表“{name}”表头", head)
        for number, row in enumerate(block.rows, 1):
            cells = zip(heads, row, strict=True)
            found = tuple(Cell(what, self._spans(text)) for what, text in cells)
            yield Item(f"表“{name}”第{number}行", found)

    def _chart(self, chart: Chart) -> Iterator[Item]:
        axes = tuple(Cell("", self._spans(axis)) for axis in chart.axes)
        yield Item("图中名称", axes)
        for name, shares in points(chart):
            named = zip(axes, shares, strict=True)
            drawn = tuple(Cell(axis.text, self._spans(share)) for axis, share in named)
            yield Item("图", (Cell("", self._spans(name)), *drawn))

    def _line(self, where: str, text: str) -> Item:
        spans = tuple(Span(span.text.replace("\n", " "), span.origin) for span in self._spans(text))
        return Item(where, (Cell("", spans),))

    def _spans(self, text: str) -> tuple[Span, ...]:
        return tuple(Span(self._clean(s.text), s.origin) for s in self._marks.spans(text))

    def _lines(self, text: str) -> Iterator[tuple[Span, ...]]:
        line: list[Span] = []
        for span in self._spans(text):
            first, *more = span.text.split("\n")
            line.append(Span(first, span.origin))
            for start in more:
                yield tuple(line)
                line = [Span(start, span.origin)]
        yield tuple(line)
