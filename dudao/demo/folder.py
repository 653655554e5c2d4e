"""The folder a demo plays in: marked as its own, held by one at a time, cleared of nothing else.

An office's own folder holds files of the same names (`dudao.db`, `letters`, `outbox`, `prefect`),
and no demo may ever touch those.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import select

from dudao.demo.county import OFFICE
from dudao.demo.run import Demo
from models.creation import refuse_others, version
from models.database import Database
from models.organisations import Organisation

try:
    import fcntl
except ImportError:  # Windows: there nobody watches over two demos in one folder
    fcntl = None  # type: ignore[assignment]

MARK = "demo.json"
DIARY = "diary.json"
MADE = (
    *("dudao.db", "dudao.db-wal", "dudao.db-shm", DIARY, "letters", "outbox", "prefect"),
    *("templates", "evidence", "portal.secret", "portal.wake", "portal.log"),
)

_CODES = Organisation.__table__.c.code


class FolderRefused(Exception):
    """The demo cannot play there; the message, in Chinese, says why and what to do."""


@contextmanager
def held(demo: Demo, resume: bool) -> Iterator[None]:
    """Hold the demo's folder while it plays, cleared unless it goes on where it was interrupted.

    FolderRefused where that would touch what is no demo's, or go on with another demo; OSError
    where the folder cannot be used.
    """
    if not resume:
        _refuse_strangers(demo.out)
    elif not (demo.out / MARK).exists():
        raise FolderRefused(f"{demo.out} 里没有可以继续的演示；请去掉 --resume 从头开始。")
    demo.out.mkdir(parents=True, exist_ok=True)
    with (demo.out / MARK).open("a+", encoding="utf-8") as mark:
        _lock(mark, demo.out)
        _refuse_peopled(demo, resume)
        if resume:
            _refuse_another(demo, mark)
        else:
            _clear(demo.out)
            mark.truncate(0)
            mark.write(json.dumps(_played(demo), ensure_ascii=False))
            mark.flush()
        yield


def _played(demo: Demo) -> dict[str, int]:
    """What makes a demo the one it is."""
    return {"schools": demo.schools, "seed": demo.seed, "year": demo.year}


def _refuse_strangers(out: Path) -> None:
    there = [name for name in MADE if (out / name).exists()]
    if there and not (out / MARK).exists() and not (out / DIARY).exists():
        raise FolderRefused(
            f"{out} 里已有{'、'.join(there)}，不是演示留下的；"
            "为免误删，演示不会动它们，请用 --out 换一个文件夹。"
        )


def _lock(mark: IO[str], out: Path) -> None:
    if fcntl is None:
        return
    try:  # ends with this process, however it ends
        fcntl.lockf(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FolderRefused(
            f"另一个演示正在 {out} 里进行，请等它结束，或用 --out 换一个。"
        ) from None


def _refuse_another(demo: Demo, mark: IO[str]) -> None:
    """Going on needs the same demo, and what it has written so far."""
    mark.seek(0)
    try:
        kept = json.loads(mark.read())
        words = f"--schools {kept['schools']} --seed {kept['seed']} --year {kept['year']}"
    except (ValueError, KeyError, TypeError):
        raise FolderRefused(
            f"{demo.out / MARK} 读不出来，不能继续；请去掉 --resume 从头开始。"
        ) from None
    if kept != _played(demo):
        raise FolderRefused(f"{demo.out} 里中断的是另一个演示；要继续它，请写 {words}。")
    lost = not demo.database and not (demo.out / MADE[0]).exists()
    if lost and (demo.out / DIARY).exists():
        raise FolderRefused(f"{demo.out} 里的数据库不见了，不能继续；请去掉 --resume 从头开始。")


def _refuse_peopled(demo: Demo, resume: bool) -> None:
    """A database of its own choice must be empty, or the one in which this demo was interrupted:
    in an office's own the demo's clock would run through real cases. CannotOpen for another
    program's."""
    if not demo.database:
        return
    database = Database(demo.database)
    try:
        with database.reading() as connection:
            refuse_others(connection)
            ours = version(connection) is not None
            codes = set(connection.execute(select(_CODES)).scalars()) if ours else set()
    finally:
        database.close()
    if codes and OFFICE not in codes:
        raise FolderRefused("这个数据库里是别的单位的数据，演示不能用它；请换一个空数据库。")
    if codes and not resume:
        raise FolderRefused(
            "这个数据库里已有一次演示；要继续请加 --resume，要重来请换一个空数据库。"
        )


def _clear(out: Path) -> None:
    """Remove what an earlier demo left in its folder, and nothing else."""
    for name in MADE:
        path = out / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
