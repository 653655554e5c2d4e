"""A specimen of every paper, from the demo county's year: `make specimens`, then look at each.

python -m tools.specimens [folder, by default var/specimens]

Of each kind the longest letter: as Word, as PDF, and - where LibreOffice is installed - what it
makes of the Word file; where pdftoppm is, every page of both as a picture.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from operator import itemgetter
from pathlib import Path

from sqlalchemy import Row, select

from documents.catalogue import LETTERS, Written, write_letter, write_pdf
from documents.faces import Faces
from dudao.demo.run import Demo, play
from engine.dossier import read_dossiers
from models.letters import Letter
from models.orders import OrderRow
from rules.orders import Order
from tasks.house import House

_LETTERS, _ORDERS = Letter.__table__, OrderRow.__table__
EXTRA = ("visit_bulletin",)  # the demo's process does not write it
PICTURES = 70  # dots per inch


def letters_of(house: House) -> Iterator[tuple[str, Written, Written]]:
    """The longest letter of each kind, as Word and as PDF."""
    columns = (_LETTERS.c.kind, _LETTERS.c.path, _ORDERS.c.case, _ORDERS.c.seq, _ORDERS.c.body)
    wanted = select(*columns).join(_ORDERS, _ORDERS.c.id == _LETTERS.c.order)
    longest: dict[str, tuple[int, Row]] = {}
    with house.database.reading() as connection:
        for row in connection.execute(wanted):
            size = (house.letters / row.path).stat().st_size
            longest[row.kind] = max(longest.get(row.kind, (0, row)), (size, row), key=itemgetter(0))
        shelf = house.journal.shelf
        for kind, (_, row) in sorted(longest.items()):
            dossier = read_dossiers(connection, shelf, [row.case])[row.case]
            about = Order.model_validate_json(row.body).about
            word = write_letter(dossier, kind, about, row.seq)
            yield kind, word, write_pdf(dossier, kind, about, row.seq, Faces())


def main(folder: Path) -> int:
    """Write them all; how many kinds have none."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = set()
    with tempfile.TemporaryDirectory() as work:
        year = play(Demo(36, 1, 2026, Path(work), prefect=False), told=_silent)
        for kind, word, pdf in letters_of(year.house):
            (folder / f"{kind}.docx").write_bytes(word.content)
            (folder / f"{kind}.pdf").write_bytes(pdf.content)
            print(f"{LETTERS[kind].title:<10} {word.title}", *pdf.mended)
            written.add(kind)
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
