"""Passwords: hashed slowly, few at a time, with a back-off for whoever guesses."""

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, insert, select, update

from engine.writing import iso
from models.database import Database
from models.logins import Login

_LOGINS = Login.__table__

_HASHER = PasswordHasher()
# Each hash takes 64 MB and a tenth of a second: two at once. Few more may wait, or a crowd at the
# door would leave no thread for whoever is inside.
_AT_WORK = threading.BoundedSemaphore(2)
_AT_THE_DOOR = threading.BoundedSemaphore(12)
_NOBODY = ""  # the hash compared with where there is no such login, made when first needed

SHORTEST, LONGEST = 10, 200
FREE_TRIES = 5
LOCKS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60))  # after each further wrong try
ONE_TIME = timedelta(days=7)  # how long a password given by the office may wait for its first use
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else

# One sentence for a name nobody has, a wrong password and a lock: it tells a guesser nothing.
REFUSED = "登录名或密码不对，或因连续输错暂停登录。请核对后过几分钟再试；忘记密码请联系督导室重置。"
EXPIRED = "一次性密码已过期（七天内有效），请督导室重新发放。"
BUSY = "现在登录的人太多，请稍候再试。"


class Busy(Exception):
    """Too many passwords are being checked; the message says so in Chinese."""


class Answer(NamedTuple):
    """Who it is, or why not, in Chinese. ``must_change``: the password was given by the office, and
    opens nothing but the choice of their own; ``stored`` is its hash."""

    person: str = ""
    refused: str = ""
    must_change: bool = False
    stored: str = ""


def as_username(text: str) -> str:
    """A login name as it is stored and compared: full-width and capital letters do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def hashed(password: str) -> str:
    """The hash to store. Never called while a transaction is open. Busy as `fits`."""
    with _turn():
        return _HASHER.hash(_bytes(password))


def fits(stored: str, password: str) -> bool:
    """Whether a password is the one of that hash. Busy where too many wait for their turn."""
    with _turn():
        return _verified(stored, password)


def _verified(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_THE_DOOR.acquire(blocking=False):
        raise Busy(BUSY)
    try:
        with _AT_WORK:
            yield
    finally:
        _AT_THE_DOOR.release()


def _bytes(password: str) -> bytes:
    """However the keyboard wrote it; a longer one is none of ours, whatever follows."""
    text = unicodedata.normalize("NFKC", password[: LONGEST + 1])
    return text.encode("utf-8", "surrogatepass")


def one_time_password() -> str:
    """A password to be read out or written on paper: 59 bits in three groups."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def flaw_of(password: str, username: str) -> str:
    """Why a new password will not do, in Chinese, or ""."""
    if len(password) < SHORTEST:
        return f"密码至少{SHORTEST}个字符。"
    if len(password) > LONGEST:
        return f"密码最多{LONGEST}个字符。"
    if unicodedata.normalize("NFKC", password).isdigit():
        return "密码不能全是数字：手机号、生日容易被猜到，请加上字母。"
    if len(set(password)) < 5:
        return "密码里重复的字符太多，请换一个。"
    if username and username in as_username(password):
        return "密码里不要包含登录名。"
    return ""


def check(database: Database, username: str, password: str, now: datetime) -> Answer:
    """Whose login this is, or why it opens nothing.

    The same answer and the same work for a name that does not exist, a wrong password and a lock.
    A try is charged before the password is looked at, so that a thousand at once are no more than
    one after another; no transaction is open meanwhile. Busy as `fits`.
    """
    name = as_username(username)
    with database.reading() as connection:
        there = connection.execute(select(_LOGINS.c.person).where(_LOGINS.c.username == name))
        known = there.first() is not None
    row = None
    with _turn():  # first of all: whoever does not get one has not tried
        if known:
            with database.writing(redoable=True) as connection:
                row = _charged(connection, name, now)
        if not _verified(row.password if row else _of_nobody(), password) or row is None:
            return Answer(refused=REFUSED)
    with database.writing(redoable=True) as connection:
        lift_lock(connection, row.person)
    if row.must_change and row.changed_at < iso(now - ONE_TIME):
        return Answer(refused=EXPIRED)
    return Answer(row.person, "", row.must_change, row.password)


def _charged(connection: Connection, name: str, now: datetime) -> Row | None:
    """Take one try from a login that has a password and is not locked, and lock it if that was
    the last free one; the login, or None."""
    tried = (
        update(_LOGINS)
        .where(
            _LOGINS.c.username == name,
            _LOGINS.c.password != "",
            _LOGINS.c.locked_until <= iso(now),
        )
        .values(failed=_LOGINS.c.failed + 1)
        .returning(_LOGINS)
    )
    row = connection.execute(tried).first()
    if row is not None and row.failed >= FREE_TRIES:
        until = iso(now + LOCKS[min(row.failed - FREE_TRIES, len(LOCKS) - 1)])
        locked = update(_LOGINS).where(_LOGINS.c.person == row.person)
        connection.execute(locked.values(locked_until=until))
    return row


def _of_nobody() -> str:
    global _NOBODY
    if not _NOBODY:
        _NOBODY = _HASHER.hash("nobody has this password")
    return _NOBODY


def lift_lock(connection: Connection, person: str) -> None:
    """Forget the wrong tries."""
    free = update(_LOGINS).where(_LOGINS.c.person == person)
    connection.execute(free.values(failed=0, locked_until=""))


def set_password(
    connection: Connection,
    person: str,
    username: str,
    password_hash: str,
    now: datetime,
    must_change: bool = False,
) -> None:
    """Give a person a login or a new password (as `hashed` made it); a lock is lifted.
    IntegrityError where another person has that name."""
    row = {
        "username": as_username(username),
        "password": password_hash,
        "must_change": must_change,
        "failed": 0,
        "locked_until": "",
        "changed_at": iso(now),
    }
    known = select(_LOGINS.c.person).where(_LOGINS.c.person == person)
    if connection.execute(known).first() is None:
        connection.execute(insert(_LOGINS).values(person=person, **row))
    else:
        connection.execute(update(_LOGINS).where(_LOGINS.c.person == person).values(**row))
