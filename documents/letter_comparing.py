"""A letter as it lies in somebody's hands, held against what the log says it should be."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from documents.letter_tracing import Cell, Item
from documents.provenance import Origin, Span

Line = tuple[str, ...]
ALIKE = 0.5  # two lines of which so much is the same are one that was changed
MOST_PAIRS, MOST_LONG = 4_000, 20_000
IN_TEMPLATE = "模板文字"
_FIELDS = ("标题", "主送", "发文字号", "发文机关标志", "落款")


class Difference(NamedTuple):
    """One place that is not as it should be; ``expected`` or ``found`` is empty where there is
    nothing. ``figures`` are the pieces touched, each with its origin."""

    where: str
    expected: str
    found: str
    pieces: tuple[Span, ...] = ()

    def in_chinese(self) -> list[str]:
        """The difference, one line a part."""
        if not self.found:
            lines = [f"{self.where}：缺少“{self.expected}”"]
        elif not self.expected:
            lines = [f"{self.where}：多出“{self.found}”"]
        else:
            lines = [f"{self.where}：应为“{self.expected}”", f"  实为“{self.found}”"]
        for piece in self.pieces:
            came = piece.origin.in_chinese() if piece.origin else "文书固定用语"
            lines.append(f"  其中“{piece.text}”的来源：{came}")
        return lines


def compare(
    expected: Sequence[Line], found: Sequence[Line], items: Sequence[Item], template: str = ""
) -> list[Difference]:
    """What differs between two readings of a letter; ``items`` say where the expected stands and
    what it comes from, ``template`` is the hash of what it was set in."""
    known = _Known(items, template)
    lines = [known.of(line) for line in expected]
    pairs: list[Difference] = []
    matcher = SequenceMatcher(None, list(expected), list(found), autojunk=False)
    for same, first, last, start, end in matcher.get_opcodes():
        if same != "equal":
            pairs += _differing(lines[first:last], list(found[start:end]), lines, first)
    return pairs


def lines_of_template(expected: Sequence[Line], items: Sequence[Item], template: str) -> list[Item]:
    """What a letter says that its paper does not: the wording of the template of that hash."""
    known = _Known(items, template)
    found = (known.of(line) for line in expected)
    return [item for item in found if item.where == IN_TEMPLATE]


class _Known:
    """The items of a letter by what they say, in order; a line of a template is its own."""

    def __init__(self, items: Sequence[Item], template: str) -> None:
        self._items: dict[Line, list[Item]] = defaultdict(list)
        for item in items:
            self._items[_stripped(item.texts)].append(item)
        self._own = Origin("模板文字", sha256=template)
        # What a template may set again where it likes: the title, the number, whom it goes to.
        fields = (c for item in items if item.where in _FIELDS for c in item.cells)
        self._fields = sorted((c for c in fields if len(c.text) > 1), key=lambda c: -len(c.text))

    def of(self, line: Line) -> Item:
        """The item a line is."""
        found = self._items.get(_stripped(line))
        if found:
            return found.pop(0) if len(found) > 1 else found[0]
        return Item(IN_TEMPLATE, tuple(Cell("", tuple(self._spans(text))) for text in line))

    def _spans(self, text: str) -> Iterator[Span]:
        """A text of the template, taken apart where it sets a field of the paper again."""
        for cell in self._fields:
            before, field, after = text.partition(cell.text)
            if field:
                yield from self._spans(before) if before else ()
                yield from cell.spans
                yield from self._spans(after) if after else ()
                return
        yield Span(text, self._own)


def _stripped(line: Line) -> Line:
    return tuple("\n".join(part.strip() for part in text.split("\n")).strip() for text in line)


def _differing(
    expected: list[Item], found: list[Line], lines: list[Item], at: int
) -> Iterator[Difference]:
    """Of a stretch that differs: what was changed, what is missing, what was put in."""
    taken = 0
    before = lines[at - 1].where if at else "开头"
    for item, place in _paired(expected, found):
        if place is None:
            yield _missing(item)
            continue
        for line in found[taken:place]:
            yield Difference(f"{before}之后", "", "｜".join(line))
        taken = place + 1
        yield from _changed(item, found[place])
        before = item.where
    for line in found[taken:]:
        yield Difference(f"{before}之后", "", "｜".join(line))


def _missing(item: Item) -> Difference:
    spans = (span for cell in item.cells for span in cell.spans if span.origin is not None)
    return Difference(item.where, "｜".join(item.texts), "", tuple(spans))


def _paired(expected: list[Item], found: list[Line]) -> list[tuple[Item, int | None]]:
    """Each expected item with the place of the line that it became, in order; None where it is
    gone."""
    if len(expected) == len(found):
        return list(zip(expected, range(len(found)), strict=True))
    pairs: list[tuple[Item, int | None]] = []
    begin = 0
    few = len(expected) * len(found) <= MOST_PAIRS
    for item in expected:
        shares = [(_share(item.texts, found[n]), -n) for n in range(begin, len(found)) if few]
        best, place = max(shares, default=(0.0, 0))
        if best < ALIKE:
            pairs.append((item, None))
        else:
            pairs.append((item, -place))
            begin = -place + 1
    return pairs


def _share(one: Line, other: Line) -> float:
    if len(one) != len(other):
        return 0.0
    matcher = SequenceMatcher(None, "｜".join(one), "｜".join(other), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0


def _changed(item: Item, line: Line) -> Iterator[Difference]:
    """A line that was changed: cell by cell where it has as many."""
    if len(item.cells) != len(line):
        yield Difference(item.where, "｜".join(item.texts), "｜".join(line))
        return
    for cell, text in zip(item.cells, line, strict=True):
        if _stripped((cell.text,)) != _stripped((text,)):
            where = f"{item.where}“{cell.what}”" if cell.what else item.where
            yield Difference(where, cell.text, text, tuple(_touched(cell, text)))


def _touched(cell: Cell, text: str) -> Iterator[Span]:
    """The pieces of a text in which something was changed."""
    if len(cell.text) + len(text) > MOST_LONG:
        return
    matcher = SequenceMatcher(None, cell.text, text, autojunk=False)
    changes = [(a, max(b, a + 1)) for same, a, b, _, _ in matcher.get_opcodes() if same != "equal"]
    begun = 0
    for span in cell.spans:
        end = begun + len(span.text)
        if any(first < end and last > begun for first, last in changes):
            yield span
        begun = end


def cited(items: Sequence[Item]) -> list[Origin]:
    """Every origin of a letter, each once."""
    return list(dict.fromkeys(origin for item in items for origin in item.origins))
