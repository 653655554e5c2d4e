"""Word, Excel and presentation files that are kept as evidence: told apart by what the archive
holds, and looked through for what may act by itself - macros, templates fetched from elsewhere,
archives that never end.

They are handed on as they came, so more may be in them (a table within a text) than in a Word file
that this program opens, changes and sends out: that is `documents.word_safety`'s to judge, alone.
"""

import re
import zlib
from typing import BinaryIO
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile, ZipInfo

from portal.file_types import DOCX, PPTX, XLSX, FileType, NotTaken
from portal.protection import MEGABYTE

MOST_UNPACKED = 256 * MEGABYTE  # a table of a million cells has 50; more is made to fill a disk
MOST_PARTS = 5000  # a presentation full of pictures has a few hundred
MOST_DIRECTORY = MEGABYTE  # the archive's own list, held in memory
MOST_OF_A_PART = 4 * MEGABYTE  # of those read here

_MAIN = {
    "wordprocessingml.document.main+xml": DOCX,
    "spreadsheetml.sheet.main+xml": XLSX,
    "presentationml.presentation.main+xml": PPTX,
    "presentationml.slideshow.main+xml": PPTX,
}
_ACTS = re.compile(r"vbaproject|vbadata|/macrosheets/|/activex/|/dialogsheets/", re.IGNORECASE)
# Related parts that are fetched or run when the file is opened; hyperlinks wait for a click.
_FETCHED = ("attachedtemplate", "oleobject", "frame", "subdocument", "afchunk")

DAMAGED = "已损坏，打不开，请重新导出后再上传"
UNSAFE_ACTS = "含有宏或控件，为了安全不能上传，请另存为不带宏的格式（.docx、.xlsx、.pptx）"
UNSAFE_FETCHES = "会从别处下载模板或对象，为了安全不能上传，请把内容复制到新建的文件中再上传"
TOO_BIG_INSIDE = "解开后的内容过大，不能上传，请精简或拆分后再上传"
NOT_OFFICE = "是压缩包，请解压后上传其中的文件"
LOCKED = "加了密码，请取消密码后再上传"


def office_type(file: BinaryIO) -> FileType:
    """The kind of an office file; NotTaken where it is none, or not safe to hand on."""
    if not 0 < _directory_size(file) <= MOST_DIRECTORY:
        raise NotTaken(DAMAGED)
    try:
        with ZipFile(file) as archive:
            return _looked_through(archive)
    except (BadZipFile, NotImplementedError, ValueError, EOFError, OSError, zlib.error) as error:
        raise NotTaken(DAMAGED) from error


def _directory_size(file: BinaryIO) -> int:
    """The size of the archive's list, 0 where none is found: known before any of it is read."""
    end = file.seek(0, 2)
    file.seek(max(0, end - 65_557))  # the end mark, with the longest comment there may be
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22 or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        return 0
    return int.from_bytes(tail[at + 12 : at + 16], "little")


def _looked_through(archive: ZipFile) -> FileType:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise NotTaken(TOO_BIG_INSIDE)
    types = next((part for part in parts if part.filename == "[Content_Types].xml"), None)
    if types is None:
        raise NotTaken(NOT_OFFICE)
    if any(part.flag_bits & 1 for part in parts):
        raise NotTaken(LOCKED)
    declared = _read(archive, types).decode("utf-8", "replace")
    if "macroenabled" in declared.lower() or any(_ACTS.search(f"/{p.filename}") for p in parts):
        raise NotTaken(UNSAFE_ACTS)
    found = next((kind for main, kind in _MAIN.items() if main in declared), None)
    if found is None:
        raise NotTaken(NOT_OFFICE)
    for part in parts:
        if part.filename.lower().endswith(".rels") and _fetches(_read(archive, part)):
            raise NotTaken(UNSAFE_FETCHES)
    return found


def _read(archive: ZipFile, part: ZipInfo) -> bytes:
    if part.file_size > MOST_OF_A_PART:
        raise NotTaken(TOO_BIG_INSIDE)
    with archive.open(part) as opened:
        return opened.read(MOST_OF_A_PART)


def _fetches(relations: bytes) -> bool:
    """Whether a list of related parts brings in something from elsewhere."""
    if b"<!" in relations.replace(b"<!--", b""):  # a document type: no office program writes one
        raise NotTaken(DAMAGED)
    try:
        tree = ElementTree.fromstring(relations)
    except ElementTree.ParseError as error:
        raise NotTaken(DAMAGED) from error
    for one in tree:
        kind = one.get("Type", "").rpartition("/")[2].lower()
        outside = one.get("TargetMode", "").lower() == "external"
        if outside and kind in _FETCHED and not _is_local(one.get("Target", "")):
            return True
    return False


def _is_local(target: str) -> bool:
    """On a drive of one's own (an old Word notes where its template lay), or beside the file."""
    target = target.strip()
    if re.match(r"(file:/{0,3})?[A-Za-z]:[\\/]", target):
        return True
    return ":" not in target and not target.startswith(("/", "\\", "%"))
