"""A printed paper as a ruler meets it: where every glyph stands, in millimetres on the page."""

import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

INCH = 25.4 / 72  # millimetres in a point


class Glyph(NamedTuple):
    """``left`` and ``right`` bound its place in the line, ``foot`` is the line it stands on (from
    the top edge), ``size`` its font's, in points."""

    text: str
    left: float
    right: float
    foot: float
    size: float


class Rule(NamedTuple):
    """A line or a box that was drawn; millimetres from the page's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


class Page(NamedTuple):
    """One page: its size, what is written and what is drawn on it."""

    width: float
    height: float
    glyphs: list[Glyph]
    rules: list[Rule]

    @property
    def lines(self) -> list[list[Glyph]]:
        """The glyphs by line, from the top, each line from the left; the page number too."""
        ordered = sorted(self.glyphs, key=lambda g: (round(g.foot, 1), g.left))
        return [list(line) for _, line in groupby(ordered, key=lambda g: round(g.foot, 1))]

    def line(self, text: str) -> list[Glyph]:
        """The line that holds a text."""
        for line in self.lines:
            if text in "".join(g.text for g in line):
                return line
        raise AssertionError(
            f"no line says {text}: {[''.join(g.text for g in one) for one in self.lines]}"
        )


def said(line: list[Glyph]) -> str:
    """What a line says."""
    return "".join(glyph.text for glyph in line)


def printed(content: bytes) -> list[Page]:
    """The pages of a PDF."""
    with pdfium.PdfDocument(content) as document:
        return [_page(page) for page in document]


def _page(page: pdfium.PdfPage) -> Page:
    width, height = page.get_size()
    text = page.get_textpage()
    rules = [
        Rule(left * INCH, (height - top) * INCH, right * INCH, (height - bottom) * INCH)
        for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])
        for left, bottom, right, top in [one.get_bounds()]
    ]
    return Page(width * INCH, height * INCH, list(_glyphs(text, height)), rules)


def _glyphs(text: pdfium.PdfTextPage, height: float) -> Iterator[Glyph]:
    x, y = ctypes.c_double(), ctypes.c_double()
    for place in range(text.count_chars()):
        letter = text.get_text_range(place, 1)
        if not letter.strip():
            continue
        raw.FPDFText_GetCharOrigin(text, place, x, y)
        left, _, right, _ = text.get_charbox(place, loose=True)
        size = raw.FPDFText_GetFontSize(text, place)
        yield Glyph(letter, left * INCH, right * INCH, (height - y.value) * INCH, size)


def by_libreoffice(content: bytes, folder: Path) -> bytes:
    """What LibreOffice prints of a Word file."""
    if not shutil.which("soffice"):
        pytest.skip("no LibreOffice here (Debian's libreoffice-writer-nogui)")
    word = folder / "paper.docx"
    word.write_bytes(content)
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, str(word)], check=True, capture_output=True, timeout=180)
    return (folder / "paper.pdf").read_bytes()
