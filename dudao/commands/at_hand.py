"""A database that is there already, opened to be looked at: what is none of ours is refused."""

from pathlib import Path

from sqlalchemy.engine import make_url

from dudao.commands.trouble import checked_address, of_file, shown
from models.creation import CannotOpen, outdated, refuse_others, version
from models.database import Database


def opened(url: str) -> Database:
    """A database of ours, of this version of the program or an earlier one, opened for reading
    alone; CannotOpen, with the reason, where there is none."""
    address = checked_address(url)
    if address.startswith("sqlite:"):
        address = make_url(address).database or ""
    if "://" not in address:
        _look_at(address)
    database = Database(address, to_look=True)
    try:
        with database.reading() as connection:
            if version(connection) is None:
                raise CannotOpen(f"{shown(url)} 不是本系统的数据库。")
            refuse_others(connection)
    except BaseException:
        database.close()
        raise
    return database


def readable(url: str) -> Database:
    """The same, if this version of the program can read it as it is."""
    database = opened(url)
    with database.reading() as connection:
        found = version(connection)
        if not outdated(connection):
            return database
    database.close()
    raise CannotOpen(
        f"{shown(url)} 是旧版本的程序建立的（数据版本{found}），现在的程序要先升级它才能读，"
        f"数据没有改动。请先备份，再运行 dudao upgrade {shown(url)}。"
    )


def _look_at(path: str) -> None:
    """Refuse what is no SQLite file at all in words of its own."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise CannotOpen(f"没有找到数据库 {path}。") from None
    except OSError as error:
        raise CannotOpen(f"数据库 {path} 打不开：{of_file(error)}。") from None
    except ValueError:  # a name with a character that no file's name has
        raise CannotOpen(f"没有找到数据库 {path!r}。") from None
    if head != b"SQLite format 3\0":
        raise CannotOpen(f"{path} 不是本系统的数据库。")
