"""The evidence store: files by the hash of their content, each kept once, whole or not at all.

A file is looked at, pictures are drawn anew, and the result is written beside its place and moved
there; only then it has a row. Whoever is killed on the way leaves a leftover without a name, which
is swept away two days later.
"""

import os
import secrets
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from starlette.datastructures import UploadFile

from engine.journal import SHANGHAI
from engine.writing import iso
from models.cases import Case
from models.evidence import Evidence, EvidenceUse
from portal.desk import Desk
from portal.file_types import MP4, PICTURES, FileType, NotTaken, begins_like, clean_name, shown_name
from portal.office_files import office_type
from portal.pictures import draw_anew
from portal.protection import MEGABYTE
from portal.videos import forget_place

_EVIDENCE, _USES, _CASES = Evidence.__table__, EvidenceUse.__table__, Case.__table__

AT_A_TIME = 20  # as many as a form takes (portal/receiving.py)
# Some sixty indicators with a few files each; 2 GB for each of a county's 150 schools are 300 GB.
FILES_A_YEAR, BYTES_A_YEAR = 500, 2048 * MEGABYTE
INCOMING = "incoming"
SWEPT_AFTER = timedelta(days=2)
ATTEMPTS = 3

_SAME = select(_EVIDENCE).where(_EVIDENCE.c.sha256 == bindparam("sha256"))
_HELD = _SAME.with_for_update()
_USES_OF = select(_USES.c.case, _USES.c.indicator).where(_USES.c.sha256 == bindparam("sha256"))
_KEPT_SINCE = select(func.count(), func.coalesce(func.sum(_EVIDENCE.c.size), 0)).where(
    _EVIDENCE.c.organisation == bindparam("organisation"),
    _EVIDENCE.c.added_at >= bindparam("since"),
)


class Kept(NamedTuple):
    """One file chosen: ``sha256`` is empty where it was not taken, and ``why`` says so in Chinese.
    ``again``: the organisation had it already."""

    name: str
    sha256: str = ""
    again: bool = False
    why: str = ""


class Room(NamedTuple):
    """What an organisation has kept this year."""

    files: int
    size: int


def place_of(desk: Desk, sha256: str) -> Path:
    """Where a file lies: two levels of folders, then its hash."""
    return desk.evidence / sha256[:2] / sha256[2:4] / sha256


def room_of(desk: Desk, connection: Connection, organisation: str) -> Room:
    """How much an organisation has kept in the year of Shanghai's today."""
    new_year = datetime(desk.today().year, 1, 1, tzinfo=UTC) - SHANGHAI
    values = {"organisation": organisation, "since": iso(new_year)}
    return Room(*connection.execute(_KEPT_SINCE, values).one())


def keep_all(
    desk: Desk,
    organisation: str,
    chosen: Sequence[UploadFile],
    uses: Sequence[tuple[str, str]] = (),
    pictures_only: bool = False,
) -> list[Kept]:
    """Keep the files of one form for an organisation, each by itself: what is wrong with one does
    not hold up the others. ``uses`` are (case, indicator) which every one of them supports."""
    _sweep(desk)
    return [_keep(desk, organisation, one, uses, pictures_only) for one in chosen]


def _keep(
    desk: Desk,
    organisation: str,
    chosen: UploadFile,
    uses: Sequence[tuple[str, str]],
    pictures_only: bool,
) -> Kept:
    given = shown_name(chosen.filename or "")[-60:]
    leftover = _leftover(desk)
    try:
        kind = _looked_at(chosen.file, pictures_only)
        sha256, size = _written(chosen.file, leftover, kind)
        name = clean_name(chosen.filename or "", kind)
        row = {
            "sha256": sha256,
            "organisation": organisation,
            "name": name,
            "media_type": kind.media_type,
            "size": size,
            "added_at": iso(desk.now()),
        }
        again = _entered(desk, row, leftover, uses)
        return Kept(name, sha256, again)
    except NotTaken as refusal:
        return Kept(given, why=f"“{given}”{refusal}。")
    finally:
        leftover.unlink(missing_ok=True)
        chosen.file.close()


def _looked_at(file: BinaryIO, pictures_only: bool) -> FileType:
    kind = begins_like(file) or office_type(file)
    if pictures_only and kind not in PICTURES:
        raise NotTaken("不是照片，这里只收JPG和PNG图片，其他文件请在佐证材料中上传")
    size = file.seek(0, os.SEEK_END)
    if size > kind.most:
        came, most = f"{size / MEGABYTE:.1f}MB", f"{kind.most // MEGABYTE}MB"
        raise NotTaken(f"有{came}，{kind.title}最大{most}，请压缩或拆分后再上传")
    return kind


def _written(file: BinaryIO, leftover: Path, kind: FileType) -> tuple[str, int]:
    """Write what will be kept: a picture drawn anew, a video without what the camera noted of the
    place, anything else as it came. Hash and size."""
    with leftover.open("w+b") as into:
        if kind in PICTURES:
            draw_anew(file, into, kind)
        else:
            file.seek(0)
            shutil.copyfileobj(file, into, MEGABYTE)
        if kind is MP4:
            forget_place(into)
        into.flush()
        os.fsync(into.fileno())
        size = into.seek(0, os.SEEK_END)
        into.seek(0)
        return file_digest(into, "sha256").hexdigest(), size


def _entered(desk: Desk, row: dict, leftover: Path, uses: Sequence[tuple[str, str]]) -> bool:
    """Move the file to its place and enter it, with its uses; whether it was there before. Whoever
    enters the same at the same moment comes second, and finds it there."""
    for _ in range(ATTEMPTS):
        with suppress(IntegrityError), desk.database.writing() as connection:
            return _enter(desk, connection, row, leftover, uses)
    raise NotTaken("没有存下：同一个文件正在由多人上传，请稍候再试")


def _enter(
    desk: Desk, connection: Connection, row: dict, leftover: Path, uses: Sequence[tuple[str, str]]
) -> bool:
    """The rows of the same content are held meanwhile, by whoever removes one of them too, so that
    no row ever stands without its file. On SQLite there is one writer anyway."""
    same = connection.execute(_HELD, {"sha256": row["sha256"]}).all()
    again = any(one.organisation == row["organisation"] for one in same)
    if not again:
        _check_room(desk, connection, row)
        connection.execute(insert(_EVIDENCE).values(row))
    place = place_of(desk, row["sha256"])
    if not place.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        leftover.replace(place)
    support(connection, row["sha256"], uses)
    return again


def support(connection: Connection, sha256: str, uses: Iterable[tuple[str, str]]) -> None:
    """Enter what a file supports, each (case, indicator) once."""
    there = set(map(tuple, connection.execute(_USES_OF, {"sha256": sha256})))
    for case, indicator in sorted(set(uses) - there):
        row = {"sha256": sha256, "case": case, "indicator": indicator}
        connection.execute(insert(_USES).values(row))


def _check_room(desk: Desk, connection: Connection, row: dict) -> None:
    room = room_of(desk, connection, row["organisation"])
    if room.files >= FILES_A_YEAR:
        raise NotTaken(f"没有存下：今年已上传{room.files}个文件，达到上限，请先删除用不到的文件")
    if room.size + row["size"] > BYTES_A_YEAR:
        most = BYTES_A_YEAR // MEGABYTE // 1024
        raise NotTaken(f"没有存下：今年的文件合计将超过{most}GB，请先删除用不到的文件")


def remove(desk: Desk, connection: Connection, organisation: str, sha256: str) -> bool:
    """Remove an organisation's file, within a writing transaction; False where it has none. Where
    another organisation has the same content, that and what it supports elsewhere stay."""
    connection.execute(_HELD, {"sha256": sha256}).all()
    same = connection.execute(_SAME, {"sha256": sha256}).all()  # with what came while we waited
    if all(one.organisation != organisation for one in same):
        return False
    mine = (_EVIDENCE.c.sha256 == sha256) & (_EVIDENCE.c.organisation == organisation)
    connection.execute(delete(_EVIDENCE).where(mine))
    used = _USES.c.sha256 == sha256
    if len(same) > 1:
        used &= _USES.c.case.in_(select(_CASES.c.id).where(_CASES.c.subject == organisation))
    connection.execute(delete(_USES).where(used))
    if len(same) == 1:
        place_of(desk, sha256).unlink(missing_ok=True)
    return True


def _leftover(desk: Desk) -> Path:
    folder = desk.evidence / INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{desk.today().isoformat()}-{secrets.token_hex(12)}"


def _sweep(desk: Desk) -> None:
    """Take away what uploads left that were cut off days ago."""
    folder = desk.evidence / INCOMING
    for path in folder.glob("*") if folder.is_dir() else ():
        with suppress(ValueError, OSError):
            if date.fromisoformat(path.name[:10]) < desk.today() - SWEPT_AFTER:
                path.unlink()
