"""Importing tables: every problem is named by its cell before anything is written, then what would
change is shown, and only then is it written, all at once.

An empty cell changes nothing: what is entered already stays. Importing the same table again changes
nothing either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from portal.cleaning import one_line
from portal.import_cells import Reader, Wrong
from portal.sheets import Grid, cell_name
from rules.values import canonical, digest

MOST_PROBLEMS = 500  # shown; the rest is counted
MOST_SHOWN = 100  # changes of one table shown on the page
_HEAD_WITHIN = 10  # rows in which the head of a table is looked for


@dataclass(frozen=True)
class Column:
    """One column of a table. ``explains`` is for whoever fills it in."""

    name: str
    title: str
    read: Reader
    explains: str = ""
    required: bool = False
    example: str = ""


class Problem(NamedTuple):
    """One thing to mend. ``cell`` is empty where it concerns the sheet as a whole."""

    sheet: str
    cell: str
    said: str

    def in_chinese(self) -> str:
        """B12：…"""
        return f"{self.cell}：{self.said}" if self.cell else self.said


@dataclass
class Problems:
    """All that is wrong with a workbook; ``count`` of them, the first of which are kept."""

    found: list[Problem] = field(default_factory=list)
    cells: set[tuple[str, str]] = field(default_factory=set)
    count: int = 0

    def add(self, sheet: str, cell: str, said: str) -> None:
        """Note one; of a cell only the first, from which others often follow."""
        if cell and (sheet, cell) in self.cells:
            return
        self.cells.add((sheet, cell))
        self.count += 1
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(Problem(sheet, cell, said))

    def by_sheet(self) -> dict[str, list[Problem]]:
        """Those kept, sheet by sheet, from the top down."""
        found: dict[str, list[Problem]] = {}
        for problem in self.found:
            found.setdefault(problem.sheet, []).append(problem)
        return {sheet: sorted(problems, key=_place) for sheet, problems in found.items()}


def _place(problem: Problem) -> tuple[int, int, str]:
    letters = problem.cell.rstrip("0123456789")
    return int(problem.cell[len(letters) :] or 0), len(letters), letters


@dataclass(frozen=True)
class Line:
    """One row of a table: what was filled in, by column name. ``row`` begins at 0."""

    sheet: str
    row: int
    values: dict[str, Any]
    columns: dict[str, int]
    problems: Problems

    def get(self, name: str, otherwise: Any = None) -> Any:
        """What was filled in, or what holds otherwise."""
        return self.values.get(name, otherwise)

    def wrong(self, name: str, said: str) -> None:
        """Something is wrong with a cell of this row (its first, where it has no such column)."""
        column = self.columns.get(name, min(self.columns.values()))
        self.problems.add(self.sheet, cell_name(self.row, column), said)


class Change(NamedTuple):
    """What one row would do. ``what``: new, changed or same; ``details`` says what, in Chinese."""

    what: str
    title: str
    details: tuple[str, ...] = ()


@dataclass
class Plan:
    """What a workbook would do: ``tables`` are changes by the title of what is changed; ``todo`` is
    for whoever writes it; ``notes`` are told in any case."""

    problems: Problems
    tables: dict[str, list[Change]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    todo: Any = None

    def counts(self, table: str) -> dict[str, int]:
        """How many are new, changed, the same."""
        found = {"new": 0, "changed": 0, "same": 0}
        for change in self.tables[table]:
            found[change.what] += 1
        return found

    def shown(self, table: str) -> list[Change]:
        """The first of those that change something."""
        return [c for c in self.tables[table] if c.what != "same"][:MOST_SHOWN]

    @property
    def empty(self) -> bool:
        """Whether it would change nothing."""
        return all(c.what == "same" for changes in self.tables.values() for c in changes)

    @property
    def seal(self) -> str:
        """The same for the same changes: what was shown is what is written."""
        return digest(canonical([[name, changes] for name, changes in self.tables.items()]))


def read_table(
    sheet: str, grid: Grid, columns: Sequence[Column], problems: Problems, notes: list[str]
) -> list[Line]:
    """The rows of a table below its head, empty ones left out. Columns stand in any order; those
    that are unknown are noted, those that are missing are a problem."""
    head = _head(grid, columns)
    if head is None:
        wanted = "、".join(column.title for column in columns if column.required)
        problems.add(sheet, "", f"没有找到表头。表头一行里应有：{wanted}。请用下载的模板填写。")
        return []
    found = _columns(sheet, grid[head], head, columns, problems, notes)
    if any(c.required and c.name not in found for c in columns):
        for column in columns:
            if column.required and column.name not in found:
                problems.add(sheet, "", f"缺少“{column.title}”一列，请用下载的模板填写。")
        return []
    lines = []
    for row in range(head + 1, len(grid)):
        if any(cell != "" for cell in grid[row]):
            lines.append(_line(sheet, row, grid[row], columns, found, problems))
    return lines


def _plain(title: Any) -> str:
    """A head as it is compared: without marks and blanks."""
    return "".join(str(title).split()).strip("*＊").removesuffix("（必填）")


def _head(grid: Grid, columns: Iterable[Column]) -> int | None:
    """The row in which most of the titles stand, at least two of them."""
    titles = {column.title for column in columns}
    rows = [
        (len(titles & {_plain(c) for c in row}), -n) for n, row in enumerate(grid[:_HEAD_WITHIN])
    ]
    best = max(rows, default=(0, 0))
    return -best[1] if best[0] >= 2 else None


def _columns(
    sheet: str,
    titles: list[Any],
    row: int,
    columns: Iterable[Column],
    problems: Problems,
    notes: list[str],
) -> dict[str, int]:
    names = {column.title: column.name for column in columns}
    found: dict[str, int] = {}
    unknown = []
    for place, title in enumerate(map(_plain, titles)):
        if not title:
            continue
        if title not in names:
            unknown.append(title[:20])
        elif names[title] in found:
            problems.add(sheet, cell_name(row, place), f"“{title}”一列出现了两次。")
        else:
            found[names[title]] = place
    if unknown:
        notes.append(f"“{sheet}”里没有用到的列：{'、'.join(unknown[:20])}。")
    return found


def _line(
    sheet: str,
    row: int,
    cells: list[Any],
    columns: Iterable[Column],
    found: dict[str, int],
    problems: Problems,
) -> Line:
    values: dict[str, Any] = {}
    for column in columns:
        place = found.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else ""
        if isinstance(cell, str):
            cell = one_line(cell)
        if cell == "":
            if column.required:
                problems.add(sheet, cell_name(row, place or 0), f"请填写{column.title}。")
            continue
        try:
            values[column.name] = column.read(cell)
        except Wrong as wrong:
            problems.add(sheet, cell_name(row, place or 0), str(wrong))
    return Line(sheet, row, values, found, problems)
