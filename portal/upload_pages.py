"""A page with a form for files: its limits in words, and what came of the files last sent."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response

from portal.evidence import shown_size
from portal.file_types import ACCEPT, DOCUMENT_MOST, PICTURE_MOST, TAKEN, VIDEO_MOST
from portal.protection import MEGABYTE, MOST_OF_AN_UPLOAD
from portal.rendering import render
from portal.uploads import AT_A_TIME, BYTES_A_YEAR, FILES_A_YEAR, Kept

NOTHING_CHOSEN = [Kept("", why="请先选择文件。")]

LIMITS = {
    "accept": ACCEPT,
    "taken": TAKEN,
    "at_a_time": AT_A_TIME,
    "most_at_once": MOST_OF_AN_UPLOAD // MEGABYTE,
    "most_of": {
        "文档": DOCUMENT_MOST // MEGABYTE,
        "图片": PICTURE_MOST // MEGABYTE,
        "视频": VIDEO_MOST // MEGABYTE,
    },
    "files_a_year": FILES_A_YEAR,
    "bytes_a_year": shown_size(BYTES_A_YEAR),
}


def upload_page(request: Request, template: str, kept: Sequence[Kept], /, **view: Any) -> Response:
    """The page; 422 where a file was not taken, with each one's reason."""
    status = 422 if any(one.why for one in kept) else 200
    return render(request, template, status, kept=kept, **LIMITS, **view)


def all_kept(kept: Sequence[Kept]) -> bool:
    """Whether there were files and every one was taken."""
    return bool(kept) and not any(one.why for one in kept)


def page_number(text: str) -> int:
    """A page's number from an address: 1 for whatever is none."""
    short = text.isascii() and text.isdecimal() and len(text) < 6
    return max(1, min(int(text), 10_000)) if short else 1
