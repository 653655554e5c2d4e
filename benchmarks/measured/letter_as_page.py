"""WeasyPrint's way to the same letter: one HTML page with the layout as CSS, the chart as SVG.

It is no part of the product: `pip install weasyprint` puts it beside, and benchmarks/letters.py
then measures it. The page has what the letter has - red head, number, rule, title, headings,
a table that repeats its head, the radar, signature, annex on a page of its own, imprint, page
numbers - by the shortest CSS that says so; it keeps no grid of 22 lines and 28 characters.
"""

from collections.abc import Iterator
from html import escape
from math import cos, pi, sin

from weasyprint import HTML

from documents.papers import Block, Heading, Paper, Radar, Table, Text

COLOURS = ("#06c", "#c00")  # self-assessment and review
STYLE = """
@page { size: A4; margin: 37mm 26mm 35mm 28mm;
  @bottom-right { content: "— " counter(page) " —"; font-size: 14pt } }
@page :left { @bottom-left { content: "— " counter(page) " —" } @bottom-right { content: "" } }
body { font: 16pt/29pt "Noto Serif CJK SC"; margin: 0 }
p { margin: 0; text-indent: 2em; text-align: justify }
.mark { color: red; font-size: 30pt; text-align: center; line-height: 2 }
.number { text-align: center; border-bottom: 1.5pt solid red; padding-bottom: 4mm }
h1 { font-size: 22pt; text-align: center; font-weight: normal }
h2 { font: 16pt/29pt "Noto Sans CJK SC"; margin: 0; text-indent: 2em; break-after: avoid }
table { border-collapse: collapse; width: 100%; font-size: 12pt; line-height: 1.4 }
td, th { border: .5pt solid black; padding: 1mm } tr { break-inside: avoid }
.signed { text-align: right; break-before: avoid } .annex { break-before: page }
.imprint { border-top: 1pt solid; border-bottom: 1pt solid; font-size: 14pt }
"""


def printed(paper: Paper, author: str) -> bytes:
    """The letter as a PDF by WeasyPrint; ``author`` for the file's properties."""
    head = f'<meta name="author" content="{escape(author)}"><title>{escape(paper.title)}</title>'
    body = "".join(_paper(paper))
    return HTML(string=f"<html>{head}<style>{STYLE}</style><body>{body}").write_pdf()


def _paper(paper: Paper) -> Iterator[str]:
    yield f'<div class="mark">{escape(paper.mark)}</div>'
    yield f'<div class="number">{escape(paper.number)}</div>'
    yield f"<h1>{escape(paper.title)}</h1>"
    yield f"<p>{escape(paper.addressee)}</p>"
    for block in paper.blocks:
        yield _block(block)
    yield from (f"<p>{escape(line)}</p>" for line in paper.listed)
    yield f'<div class="signed">{"<br>".join(map(escape, paper.signed))}</div>'
    for annex in paper.annexes:
        yield f'<div class="annex"><h1>{escape(annex.title)}</h1></div>'
        yield from map(_block, annex.blocks)
    for line in paper.imprint:
        yield f'<div class="imprint">{escape("　".join(line))}</div>'


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"<h2>{escape(block.text)}</h2>"
        case Text():
            return "".join(f"<p>{escape(line)}</p>" for line in block.text.split("\n"))
        case Table():
            head = "".join(f"<th>{escape(column.head)}</th>" for column in block.columns)
            rows = (
                f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
                for row in block.rows
            )
            return f"<table><thead><tr>{head}</tr></thead>{''.join(rows)}</table>"
        case Radar():
            return _radar(block)
    raise ValueError(f"no page for {type(block).__name__}")


def _radar(block: Radar) -> str:
    def at(place: int, share: float) -> str:
        turn = 2 * pi * place / len(block.axes)
        return f"{100 + 80 * share * sin(turn):.1f},{100 - 80 * share * cos(turn):.1f}"

    def ring(shares: tuple[float, ...], colour: str) -> str:
        points = " ".join(at(place, share) for place, share in enumerate(shares))
        return f'<polygon points="{points}" fill="none" stroke="{colour}"/>'

    rings = [ring((step / 4,) * len(block.axes), "#bbb") for step in range(1, 5)]
    series = [
        ring(tuple(one.shares), colour) for one, colour in zip(block.series, COLOURS, strict=True)
    ]
    names = []
    for place, axis in enumerate(block.axes):
        x, y = at(place, 1.15).split(",")
        names.append(f'<text x="{x}" y="{y}" font-size="8">{escape(axis)}</text>')
    shapes = "".join([*rings, *series, *names])
    return f'<svg viewBox="0 0 200 200" width="80mm" height="80mm">{shapes}</svg>'
