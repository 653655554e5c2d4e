"""What a file is, by its content and never by its name; which kinds are taken, why no others."""

import re
import unicodedata
from typing import BinaryIO, NamedTuple

from portal.protection import MEGABYTE

LONGEST_STEM = 80  # characters: 240 bytes of Chinese, below what any file system refuses
UNNAMED = "未命名"


class NotTaken(Exception):
    """A file that is not kept; the message says in Chinese why, and what to do."""


class FileType(NamedTuple):
    """One kind of file. ``most`` is the most bytes of one; ``media_type`` what it is served as,
    whatever the sender called it."""

    suffix: str
    title: str
    media_type: str
    most: int


_OFFICE = "application/vnd.openxmlformats-officedocument."
# A scanned report of a hundred pages has about 15 MB; a phone's picture 3 to 8; a minute of its
# video 60 to 100, of which a short clip is asked for and the body as a whole takes no more.
DOCUMENT_MOST, PICTURE_MOST, VIDEO_MOST = 20 * MEGABYTE, 10 * MEGABYTE, 60 * MEGABYTE

PDF = FileType("pdf", "PDF", "application/pdf", DOCUMENT_MOST)
DOCX = FileType("docx", "Word文档", f"{_OFFICE}wordprocessingml.document", DOCUMENT_MOST)
XLSX = FileType("xlsx", "Excel表格", f"{_OFFICE}spreadsheetml.sheet", DOCUMENT_MOST)
PPTX = FileType("pptx", "演示文稿", f"{_OFFICE}presentationml.presentation", DOCUMENT_MOST)
JPG = FileType("jpg", "图片", "image/jpeg", PICTURE_MOST)
PNG = FileType("png", "图片", "image/png", PICTURE_MOST)
MP4 = FileType("mp4", "视频", "video/mp4", VIDEO_MOST)

TYPES = {one.suffix: one for one in (PDF, DOCX, XLSX, PPTX, JPG, PNG, MP4)}
PICTURES = (JPG, PNG)
TITLES = {one.media_type: one.title for one in TYPES.values()}
TAKEN = "可以上传PDF、Word（.docx）、Excel（.xlsx）、演示文稿（.pptx）、JPG和PNG图片、MP4视频"
ACCEPT = ",".join(f".{suffix}" for suffix in (*TYPES, "jpeg"))  # for the file chooser: a comfort

# Suffixes that are replaced by the right one, where a name bears another kind's.
_WORN = {*TYPES, "jpeg", "jpe", "jfif"}

_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV"}
_STILL = {b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif"}

# Beginnings of what people choose by mistake, with what to do about it.
_OTHERS = (
    (
        b"\xd0\xcf\x11\xe0",
        "是旧版Office文件或加了密码的文件，请取消密码，另存为.docx、.xlsx或.pptx后再上传",
    ),
    (b"Rar!", "是压缩包，请解压后上传其中的文件"),
    (b"7z\xbc\xaf", "是压缩包，请解压后上传其中的文件"),
    (b"\x1f\x8b", "是压缩包，请解压后上传其中的文件"),
    (b"MZ", "是程序，不能上传"),
    (b"\x7fELF", "是程序，不能上传"),
    (b"GIF8", "是GIF图片，请另存为JPG或PNG后再上传"),
    (b"BM", "是BMP图片，请另存为JPG或PNG后再上传"),
)


def begins_like(file: BinaryIO) -> FileType | None:
    """The kind a file's first bytes show; None for a zip archive, which has to be looked into.
    NotTaken for everything else."""
    file.seek(0)
    head = file.read(64)
    if not head:
        raise NotTaken("是空文件，请核对后重新选择")
    if head.startswith(b"PK\x03\x04"):
        return None
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return JPG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[4:8] == b"ftyp":
        return _of_brand(head)
    why = next((why for mark, why in _OTHERS if head.startswith(mark)), f"不能上传。{TAKEN}")
    raise NotTaken(f"的内容{why}")


def _of_brand(head: bytes) -> FileType:
    brand = head[8:12]
    if brand in _STILL:
        raise NotTaken("是HEIC照片，请在手机“设置—相机—格式”中选“兼容性最佳”，或转成JPG后再上传")
    if brand not in _BRANDS:
        raise NotTaken("这种视频不能上传，请转成MP4后再上传")
    return MP4


def clean_name(given: str, kind: FileType) -> str:
    """The name a file is kept under: no folders, no control or direction marks, the suffix of what
    it is. What looks like HTML or a formula is just text."""
    kept = shown_name(given)
    stem, dot, suffix = kept.rpartition(".")
    if not dot or suffix.lower() not in _WORN:
        stem = kept
    return f"{stem[:LONGEST_STEM].strip('. ') or UNNAMED}.{kind.suffix}"


def shown_name(given: str) -> str:
    """A name as it came, fit to be shown."""
    last = re.split(r"[/\\]", given)[-1]
    kept = "".join(_visible(c) for c in last)
    return " ".join(kept.split())


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "Z" or category == "Cc":
        return " "
    return "" if category[0] == "C" else character
