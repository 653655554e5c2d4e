"""A specimen of every paper, from the demo county's year: `make specimens`, then look at each.

python -m tools.specimens [folder, by default var/specimens]

Of each kind the longest letter, checked and issued: as Word, as PDF, and - where LibreOffice is
installed - what it makes of the Word file; where pdftoppm is, every page of both as a picture.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from operator import itemgetter
from pathlib import Path

from sqlalchemy import Row, select

from documents.catalogue import LETTERS
from dudao.demo.run import Demo, play
from engine.letter_facts import name_of
from models.letters import Letter
from portal.access import Visitor, seats_of
from portal.desk import Desk
from portal.letter_files import place_of, text_of
from portal.letter_life import issue, take
from rules.letter_words import CheckLetter
from rules.values import Refusal
from tasks.house import House

_LETTERS, CLERK = Letter.__table__, "O2"
EXTRA = ("visit_bulletin",)  # the demo's process does not write it
PICTURES = 70  # dots per inch


def letters_of(house: House) -> Iterator[tuple[Row, bytes, bytes]]:
    """The longest letter of each kind as the office issues it, the earliest first: its row, its
    Word file and its PDF, with a number where its kind bears one."""
    longest: dict[str, tuple[int, Row]] = {}
    with house.database.reading() as connection:
        for row in connection.execute(select(_LETTERS)):
            size = (house.letters / row.path).stat().st_size
            longest[row.kind] = max(longest.get(row.kind, (0, row)), (size, row), key=itemgetter(0))
    rows = sorted((row for _, row in longest.values()), key=lambda row: (row.drafted_on, row.order))
    for row in rows:
        noon = datetime.combine(row.drafted_on, time(4), UTC)
        desk = Desk(house.journal, house.home, lambda noon=noon: noon, b"")
        issued = _issued(desk, row)
        yield issued, *(place_of(desk, name).read_bytes() for name in (issued.text, issued.pdf))


def _issued(desk: Desk, row: Row) -> Row:
    """A letter checked and issued on the day it was drafted."""
    with desk.database.reading() as connection:
        seats = seats_of(connection, CLERK, row.drafted_on)
    clerk, text = Visitor(CLERK, "", seats[0], seats, ""), text_of(row)
    check = CheckLetter(letter=name_of(row.order), text=text)
    for step in (
        take(desk, clerk, row, check, f"check {row.order}", None),
        issue(desk, clerk, row, text, f"issue {row.order}", None),
    ):
        if isinstance(step, Refusal):
            raise SystemExit(f"{row.title}：{step.reason}")
    with desk.database.reading() as connection:
        return connection.execute(select(_LETTERS).where(_LETTERS.c.order == row.order)).one()


def main(folder: Path) -> int:
    """Write them all; how many kinds have none."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = set()
    with tempfile.TemporaryDirectory() as work:
        year = play(Demo(36, 1, 2026, Path(work), prefect=False), told=_silent)
        for row, word, pdf in letters_of(year.house):
            (folder / f"{row.kind}.docx").write_bytes(word)
            (folder / f"{row.kind}.pdf").write_bytes(pdf)
            print(f"{LETTERS[row.kind].title:<10} {row.title} {row.number}")
            written.add(row.kind)
        year.house.database.close()
    _picture(folder)
    return len(LETTERS.keys() - written - set(EXTRA))


def _silent(day: date) -> None:
    pass


def _picture(folder: Path) -> None:
    words = sorted(folder.glob("*.docx"))
    if shutil.which("soffice"):
        converted = folder / "word"
        command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(converted)]
        subprocess.run([*command, *map(str, words)], check=True, capture_output=True)
        missing = [word.stem for word in words if not (converted / f"{word.stem}.pdf").is_file()]
        print(*(f"LibreOffice: {name}" for name in missing), sep="\n", end="")
    if shutil.which("pdftoppm"):
        for pdf in sorted(folder.rglob("*.pdf")):
            command = ["pdftoppm", "-r", str(PICTURES), "-png", str(pdf)]
            subprocess.run([*command, str(pdf.with_suffix(""))], check=True)
    print(f"{len(words)} papers in {folder}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if sys.argv[1:] else "var/specimens")) > 0)
