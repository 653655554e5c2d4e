"""What a command answers when the machine does not let it: files, disks, databases, in Chinese."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from models.creation import CannotOpen

_OF_FILES = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.ENOTDIR: "路径中有一段是文件，不是文件夹",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.EEXIST: "已有同名文件",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只能读，不能写",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.ENAMETOOLONG: "名称太长",
    errno.ELOOP: "链接绕成了圈",
    errno.EMFILE: "打开的文件太多",
}

# By what the database's driver says, tried in this order.
_OF_DATABASES = (
    ("disk is full", "磁盘已满，已写入的没有丢失；腾出空间后可以接着办"),
    ("readonly", "文件只能读；请复制到可写的文件夹后再用"),
    (
        "unable to open",
        "它的文件夹不存在或不能写；只读的备份请复制到可写的文件夹后再用",
    ),
    ("locked", "数据库正忙，请稍后再试"),
    ("malformed", "文件已损坏，请从备份恢复"),
    ("not a database", "文件已损坏，请从备份恢复"),
    ("disk i/o error", "磁盘读写出错，请检查磁盘"),
    ("decode to utf-8", "数据库里有读不出的文字，请用 dudao verify 核对，再从备份恢复"),
    ("no such table", "数据库里少了数据表，请从备份恢复"),
    ("no such column", "数据库里少了数据列，请从备份恢复"),
    ("does not exist", "数据库服务器上没有这个库、表或账号，请核对"),
    ("authentication", "数据库账号或口令不对"),
    ("password", "数据库账号或口令不对"),
    ("connection", "连不上数据库服务器，请确认它在运行、地址没有写错"),
    ("resolve", "连不上数据库服务器，请确认它在运行、地址没有写错"),
)
_SCHEMES = ("postgresql://", "postgresql+psycopg://", "sqlite:///")


def of_file(error: OSError) -> str:
    """Why a file or folder cannot be used."""
    return _OF_FILES.get(error.errno or 0) or error.strerror or type(error).__name__


def of_database(error: SQLAlchemyError) -> str:
    """Why a database cannot be used."""
    said = str(getattr(error, "orig", None) or error)
    for words, why in _OF_DATABASES:
        if words in said.lower():
            return why
    return f"数据库出错：{said.splitlines()[0][:200]}"


def checked_address(url: str) -> str:
    """The database's name or address, if it can be one; CannotOpen, without its password."""
    if "://" not in url:
        return url
    try:
        known = url.startswith(_SCHEMES) and make_url(url)
    except (ArgumentError, ValueError):
        known = False
    if not known:
        raise CannotOpen(
            "数据库地址不对：应写文件名，或 postgresql://用户:口令@主机:端口/库名 这样的地址。"
        )
    return url


def shown(url: str) -> str:
    """A checked address without its password."""
    return make_url(url).render_as_string(hide_password=True) if "://" in url else url


@contextmanager
def explained(folder: str, url: str, *refusals: type[Exception]) -> Iterator[None]:
    """Whatever goes wrong with a folder (as it is called on the screen) or a database ends the
    command with 1 and a sentence; so do ``refusals``, whose messages are sentences already."""
    try:
        checked_address(url)
        yield
    except (ConnectionError, TimeoutError) as error:
        said = f"连接中断（{error}）；已办的都在，可以重新启动接着办。"
    except OSError as error:
        said = f"{folder}不能使用：{of_file(error)}。"
    except SQLAlchemyError as error:
        said = f"数据库 {shown(url)}：{of_database(error)}。"
    except (CannotOpen, *refusals) as reason:
        said = str(reason)
    else:
        return
    typer.echo(said, err=True)
    raise typer.Exit(1)
