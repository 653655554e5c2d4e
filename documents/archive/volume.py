"""The volume: one PDF/A with cover, index (卷内文件目录), every item as pages, and the note at the
end (卷内备考表). The same case gives the same bytes.

Cover, index and closing note have the fields of GB/T 9705-2008; dates and terms are written as
DA/T 22-2015 asks. The number of a page in the volume stands in its outer upper corner, from the
first item on; below, a letter keeps its own.
"""

import json
import unicodedata
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import typst

from documents.archive import sheets
from documents.archive.letters import Filed, filed_letters
from documents.cleaning import Cleaner
from documents.faces import Faces
from documents.pdf import ARCHIVE, compiler, paper_view
from engine.dossier import Dossier
from rules.retention import TERMS, Term, longest

LAYOUT = Path(__file__).parent.with_name("volume.typ")
_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
BLANK = "〓"  # what stands for a character that no font has: PDF/A takes no empty box


class Shelfmark(NamedTuple):
    """What the office's archive calls the volume (全宗号, 目录号, 案卷号), as far as it is known;
    its term, where the office has chosen another than its papers ask for."""

    fonds: str = ""
    catalogue: str = ""
    volume: str = ""
    term: Term | None = None


class Volume(NamedTuple):
    """A volume as a file, what in it was mended (in Chinese), its title, term and letters."""

    title: str
    term: Term
    pdf: bytes
    mended: tuple[str, ...]
    letters: list[Filed]

    @property
    def missing(self) -> list[str]:
        """The letters whose file is gone, as sentences."""
        return _missing(self.letters)


class NotArchived(Exception):
    """Why no archive can be made, in Chinese."""


def bind(dossier: Dossier, letters: Path, faces: Faces, mark: Shelfmark) -> Volume:
    """The whole file of a case; ``letters`` is the folder its letters lie in. NotArchived where
    the case has no entry yet, or the PDF cannot be made."""
    if not dossier.story:
        raise NotArchived("这个案卷还没有任何记录，没有可以归档的内容。")
    filed = list(filed_letters(dossier, letters))
    term = mark.term or longest(one.kind for one in filed)
    title = title_of_volume(dossier)
    cleaner = Cleaner()
    view = {
        "title": cleaner.clean(title),
        "identifier": cleaner.clean(dossier.id),
        "author": cleaner.clean(dossier.office.name),
        "cover": [
            [cleaner.clean(part) for part in line] for line in _cover(dossier, filed, term, mark)
        ],
        "items": [_item(one, dossier, cleaner) for one in (*filed, *_sheets(dossier))],
    }
    text, lost = _shown(json.dumps(view, ensure_ascii=False), faces)
    mended = (*cleaner.mended, *lost)
    notes = [*_notes(filed), *mended]
    pdf = _set(text, notes, faces, datetime.fromisoformat(dossier.story[-1].at))
    return Volume(title, term, pdf, mended, filed)


def title_of_volume(dossier: Dossier) -> str:
    """案卷题名: whose, which round, of what."""
    period = dossier.round.period
    when = f"{period}年度" if len(period) == 4 else period
    return f"{dossier.subject.name}{when}{dossier.process.definition.title}案卷"


def _cover(
    dossier: Dossier, filed: list[Filed], term: Term, mark: Shelfmark
) -> list[tuple[str, str]]:
    days = [told.event.happened_on for told in dossier.story]
    return [
        ("全宗名称", dossier.office.name),
        ("类目名称", dossier.process.definition.title),
        ("年　　度", dossier.round.period),
        ("起止日期", f"{_eight(min(days))}—{_eight(max(days))}"),
        ("保管期限", f"{TERMS[term][0]}（{TERMS[term][1]}）"),
        ("件　　数", str(len(filed) + 4)),
        ("全 宗 号", mark.fonds),
        ("目 录 号", mark.catalogue),
        ("案 卷 号", mark.volume),
        ("案卷标识", dossier.id),
    ]


def _eight(day: date) -> str:
    """A day as an index has it: eight digits (DA/T 22-2015)."""
    return f"{day:%Y%m%d}"


def _sheets(dossier: Dossier) -> list[Filed]:
    made = (
        sheets.scores(dossier),
        sheets.issues(dossier),
        sheets.evidence(dossier),
        sheets.log(dossier),
    )
    own = dossier.office.name
    return [
        Filed("", paper.title, "", own, paper.signed_on, "系统编制", paper, {}) for paper in made
    ]


def _item(one: Filed, dossier: Dossier, cleaner: Cleaner) -> dict[str, Any]:
    """One line of the index and the pages it leads to."""
    return {
        "number": cleaner.clean(one.number),
        "by": cleaner.clean(one.by),
        "title": cleaner.clean(one.title),
        "day": _eight(one.day),
        "remark": cleaner.clean(one.remark),
        "paper": paper_view(one.paper, dossier.office.name, cleaner),
    }


def _notes(filed: list[Filed]) -> list[str]:
    """What whoever opens the volume has to know of it."""
    unissued = [one for one in filed if one.remark]
    found = [f"本卷收文书{len(filed)}件，系统编制的表单4件。"]
    if unissued:
        found.append(f"其中{len(unissued)}件没有印发或不再有效，见目录备注。")
    found += _missing(filed)
    found.append("文书页按案卷内容排印，供查阅；印发的文件本身及其指纹见所附文件和清单。")
    return found


def _missing(filed: list[Filed]) -> list[str]:
    return [f"文件缺失：{one.title}。" for one in filed if ".docx" not in one.files]


def _shown(text: str, faces: Faces) -> tuple[str, list[str]]:
    """A text with a mark in place of each character that no font here has, or that would turn the
    others round, and which these were."""
    lost: dict[str, None] = {}
    for c in dict.fromkeys(text):
        if unicodedata.category(c) in ("Cn", "Co") or unicodedata.bidirectional(c) in _TURNING:
            lost[c] = None
    while missing := [c for c in faces.missing(text) if c not in lost]:
        lost.update(dict.fromkeys(missing))
        text = text.translate({ord(c): BLANK for c in missing})
    text = text.translate({ord(c): BLANK for c in lost})
    named = "、".join(f"U+{ord(c):04X}" for c in lost)
    return text, [f"以下字符不能印在PDF/A中，以“{BLANK}”代替：{named}。"] if lost else []


def _set(view: str, notes: list[str], faces: Faces, at: datetime) -> bytes:
    inputs = {
        "volume": view,
        "notes": json.dumps(notes, ensure_ascii=False),
        "faces": json.dumps(faces.chains, ensure_ascii=False),
    }
    try:
        return compiler(LAYOUT, faces.folder).compile(
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=[ARCHIVE],
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as error:
        raise NotArchived(f"PDF/A没有生成：{error}") from error
