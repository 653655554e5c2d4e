"""Passwords: hashed slowly, few at a time, with a back-off for whoever guesses."""

import threading
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, insert, select, update

from engine.writing import iso
from models.database import Database
from models.logins import Login

_LOGINS = Login.__table__

_HASHER = PasswordHasher()
# Each hash takes 64 MB and a tenth of a second: two at once, whoever else comes waits.
_FEW = threading.BoundedSemaphore(2)
_NOBODY = ""  # the hash compared with where there is no such login, made when first needed

SHORTEST, LONGEST = 10, 200
FREE_TRIES = 5
LOCKS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60))  # after each further wrong try


def hashed(password: str) -> str:
    """The hash to store."""
    with _FEW:
        return _HASHER.hash(password)


def flaw_of(password: str, username: str) -> str:
    """Why a new password will not do, in Chinese, or ""."""
    if len(password) < SHORTEST:
        return f"密码至少{SHORTEST}个字符。"
    if len(password) > LONGEST:
        return f"密码最多{LONGEST}个字符。"
    if len(set(password)) < 5:
        return "密码里重复的字符太多，请换一个。"
    if username and username.lower() in password.lower():
        return "密码里不要包含登录名。"
    return ""


def check(
    database: Database, username: str, password: str, now: datetime
) -> tuple[str | None, str]:
    """The person whose login this is, or None with the reason in Chinese.

    The same answer and the same time for a name that does not exist and a wrong password. No
    transaction is open while the password is hashed.
    """
    with database.reading() as connection:
        row = connection.execute(select(_LOGINS).where(_LOGINS.c.username == username)).first()
    if row is not None and row.locked_until > iso(now):
        return None, "密码错误次数太多，请过一会儿再试，或请督导室重置密码。"
    known = row is not None and bool(row.password)
    fits = _fits(row.password if known else _of_nobody(), password)
    if known and fits:
        if row.failed:
            _set(database, row.person, failed=0, locked_until="")
        return row.person, ""
    if known:
        failed = row.failed + 1
        until = ""
        if failed >= FREE_TRIES:
            until = iso(now + LOCKS[min(failed - FREE_TRIES, len(LOCKS) - 1)])
        _set(database, row.person, failed=failed, locked_until=until)
    return None, "登录名或密码不对。"


def _set(database: Database, person: str, **values: Any) -> None:
    with database.writing() as connection:
        connection.execute(update(_LOGINS).where(_LOGINS.c.person == person).values(**values))


def _fits(stored: str, password: str) -> bool:
    with _FEW:
        try:
            return _HASHER.verify(stored, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False


def _of_nobody() -> str:
    global _NOBODY
    if not _NOBODY:
        _NOBODY = hashed("nobody has this password")
    return _NOBODY


def set_password(
    connection: Connection,
    person: str,
    username: str,
    password_hash: str,
    now: datetime,
    must_change: bool = False,
) -> None:
    """Give a person a login or a new password (as `hashed` made it); a lock is lifted."""
    row = {
        "username": username,
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
