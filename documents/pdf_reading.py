"""What a PDF says, line by line, read by poppler's pdftotext where the machine has it."""

import subprocess
from collections.abc import Sequence
from shutil import which

from documents.letter_comparing import Difference, compare
from documents.letter_tracing import Item

SECONDS = 60


class Unreadable(Exception):
    """Why a PDF's text cannot be read here, in Chinese."""


def read_pdf(content: bytes) -> list[tuple[str, ...]]:
    """The lines of a PDF in the order it was set, without spaces."""
    command = which("pdftotext")
    if command is None:
        raise Unreadable("本机没有 pdftotext（poppler-utils），不能逐字核对 PDF；请用 Word 文件。")
    try:
        done = subprocess.run(
            [command, "-raw", "-enc", "UTF-8", "-", "-"],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        raise Unreadable("这个 PDF 读不出文字，可能已损坏。") from None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return [("".join(line.split()),) for line in lines if line.strip()]


def compare_pdf(expected: bytes, found: bytes, items: Sequence[Item]) -> list[Difference]:
    """What differs between two PDFs of a letter, line by line, with where a line stands and what
    in it changed comes from."""
    known = [("".join("".join(item.texts).split()), item) for item in items]
    differing = compare(read_pdf(expected), read_pdf(found), ())
    return [_placed(difference, known) for difference in differing]


def _placed(difference: Difference, known: list[tuple[str, Item]]) -> Difference:
    line = difference.expected
    item = next((item for text, item in known if line and line in text), None)
    if item is None:
        return difference._replace(where="版面")
    spans = (span for cell in item.cells for span in cell.spans if span.origin is not None)
    squeezed = ((span, "".join(span.text.split())) for span in spans)
    pieces = (span for span, text in squeezed if text in line and text not in difference.found)
    return difference._replace(where=item.where, pieces=tuple(pieces))
