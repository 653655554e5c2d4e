"""A school's whole file as tests bind it, and read it again."""

import io
import zipfile
from datetime import date
from typing import NamedTuple

import pypdfium2
from sqlalchemy import select

from documents.archive.bundle import pack
from documents.archive.volume import Shelfmark, Volume, bind
from documents.faces import Faces
from engine.dossier import Dossier, read_dossier
from engine.shelf import Shelf
from models.letters import Letter
from tests.portal_people import County

_LETTERS = Letter.__table__
END = date(2026, 12, 31)
UNMARKED = Shelfmark()


class Filed(NamedTuple):
    """A county whose year is over, and a school in it that was evaluated."""

    county: County
    school: str

    @property
    def case(self) -> str:
        return self.county.case(self.school)

    def dossier(self, connection, school: str = "") -> Dossier:
        return read_dossier(connection, Shelf(), self.county.case(school or self.school))

    def bound(self, school: str = "", mark: Shelfmark = UNMARKED) -> tuple[Volume, bytes]:
        with self.county.database.reading() as connection:
            dossier = self.dossier(connection, school)
            made = bind(dossier, self.county.desk.letters, Faces(), mark)
            return made, pack(dossier, made)


def evaluated(county: County) -> Filed:
    """The first school that got an opinion letter."""
    with county.database.reading() as connection:
        wanted = select(_LETTERS.c.case).where(_LETTERS.c.kind == "opinion_letter")
        case = connection.execute(wanted.order_by(_LETTERS.c.case)).scalars().first()
    return Filed(county, case.rpartition("/")[2])


def pages(pdf: bytes) -> list[str]:
    """The text of each page, without spaces and line ends."""
    found = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    return ["".join(text.split()) for text in found]


def unpacked(bundle: bytes) -> dict[str, bytes]:
    """The files of a bundle by path."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as found:
        return {name: found.read(name) for name in found.namelist()}
