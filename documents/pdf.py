"""A paper as a PDF, exact to the point: for preview, for the archive, for publication.

typst sets it from documents/official.typ and the paper's values as JSON; nothing people typed is
ever read as markup. The same paper gives the same bytes.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from documents.cleaning import Cleaner
from documents.column_widths import column_widths, on_one_line
from documents.faces import Faces, State, named, state_of
from documents.papers import Bars, Block, Chart, Heading, Paper, Table, Text, points
from documents.titles import MOST, MOST_WIDE, title_lines
from documents.word_chart import scale

LAYOUT = Path(__file__).with_name("official.typ")
Clean = Callable[[Any], str]
UPRIGHT, SIDEWAYS = 8844, 14117  # the width of the type area, in twentieths of a point
BLANK = "□"  # stands for a character that no font has
BULKY = 300  # characters of what closes a paper: more may not fit on one page
ARCHIVE = "a-2b"  # PDF/A, as GB/T 18894 asks of what is kept for good


def to_pdf(
    paper: Paper, author: str, faces: Faces, archive: bool = False
) -> tuple[bytes, tuple[str, ...]]:
    """The PDF of a paper, and what in its texts was mended or no font here can show, in Chinese.
    ``archive``: as PDF/A-2b."""
    cleaner = Cleaner()
    view = json.dumps(paper_view(paper, author, cleaner), ensure_ascii=False)
    missing = faces.missing(view)
    if missing:  # no font's own box: it would be no text, and PDF/A forbids it
        view = view.translate(dict.fromkeys(map(ord, missing), BLANK))
    content = compiler(LAYOUT, faces.folder).compile(
        _SET.format(
            _literal(view), _literal(json.dumps(faces.chains, ensure_ascii=False))
        ).encode(),
        format="pdf",
        pdf_standards=[ARCHIVE] if archive else [],
        timestamp=int(datetime.combine(paper.signed_on, datetime.min.time(), UTC).timestamp()),
    )
    said = (f"本机字体没有“{named(missing)}”，PDF中以“{BLANK}”代替。",) if missing else ()
    return content, cleaner.mended + said


# The whole of a file that is set: values given by `sys.inputs` would cost a fifth more, for then
# typst forgets each time what it knows of the layout.
_SET = """#import "official.typ": alone
#alone(json(bytes({})), json(bytes({})))
"""


def _literal(text: str) -> str:
    """JSON as a literal of typst's: in both only the quotes and the backslash mean anything."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def compiler(layout: Path, folder: Path | None) -> typst.Compiler:
    """What sets papers by a layout, in a folder's fonts as they are now and the machine's."""
    return _compiler(layout, folder, state_of(folder))


@lru_cache(maxsize=4)
def _compiler(layout: Path, folder: Path | None, state: State) -> typst.Compiler:
    """Fonts are found once, until the folder's change: the first paper costs 0.1 s, the others a
    tenth of it."""
    return typst.Compiler(layout, root=layout.parent, font_paths=[folder] if folder else [])


def paper_view(paper: Paper, author: str, cleaner: Cleaner) -> dict[str, Any]:
    """The paper as plain values, which official.typ lays out."""
    clean, day = cleaner.clean, paper.signed_on
    many = len(paper.annexes) > 1
    width, most = (UPRIGHT, MOST) if not paper.landscape else (SIDEWAYS, MOST_WIDE)

    def titled(title: str) -> tuple[str, ...]:
        return title_lines(clean(title), paper.names, most)

    lines = titled(paper.title)
    return {
        "title": "".join(lines),
        "titled": lines,
        "identifier": clean(paper.identifier),
        "author": clean(author),
        "day": [day.year, day.month, day.day],
        "landscape": paper.landscape,
        "mark": clean(paper.mark),
        "number": clean(paper.number),
        "addressee": clean(paper.addressee),
        "blocks": _blocks(paper.blocks, clean, width),
        "ending": paper.ending,
        "bulky": sum(map(len, (*paper.listed, *paper.signed))) > BULKY,
        "listed": [clean(line) for line in paper.listed],
        "signed": [clean(line) for line in paper.signed],
        "annexes": [
            {
                "mark": f"附件{number}" if many else "附件",
                "titled": titled(annex.title),
                "blocks": _blocks(annex.blocks, clean, width),
            }
            for number, annex in enumerate(paper.annexes, 1)
        ],
        "imprint": [[clean(part) for part in line] for line in paper.imprint],
    }


def _blocks(blocks: tuple[Block, ...], clean: Clean, width: int) -> list[dict[str, Any]]:
    return [_block(block, clean, width) for block in blocks]


def _block(block: Block, clean: Clean, width: int) -> dict[str, Any]:
    match block:
        case Heading():
            return {"is": "heading", "level": block.level, "text": clean(block.text)}
        case Text():
            return {"is": "text", "kind": block.kind, "lines": clean(block.text).split("\n")}
        case Table():
            widths = column_widths(block, width)
            columns = [
                {"head": clean(c.head), "width": w, "align": c.align}
                for c, w in zip(block.columns, widths, strict=True)
            ]
            rows = [[clean(cell) for cell in row] for row in block.rows]
            return {
                "is": "table",
                "caption": clean(block.caption),
                "whole": block.whole,
                "columns": columns,
                "rows": rows,
                "single": on_one_line(block, widths),
            }
        case _:
            return _chart(block, clean)


def _chart(chart: Chart, clean: Clean) -> dict[str, Any]:
    """``most`` and ``step`` are of the bars' scale; ``figures`` stand at them."""
    bars = isinstance(chart, Bars)
    most, step = scale(chart)
    counted = isinstance(chart, Bars) and chart.unit
    return {
        "is": "bars" if bars else "radar",
        "lying": isinstance(chart, Bars) and chart.lying,
        "caption": clean(chart.caption),
        "axes": [clean(axis) for axis in chart.axes],
        "most": most,
        "step": step,
        "series": [
            {
                "name": clean(one.name),
                "shares": one.shares,
                "figures": figures if counted else [f"{share:.0%}" for share in one.shares],
            }
            for one, (_, figures) in zip(chart.series, points(chart), strict=True)
        ],
    }
