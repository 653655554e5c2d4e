"""A post as it is typed in: the role, its rank, since when; and how a person is reached."""

import re
from datetime import date
from typing import NamedTuple

from engine.register import flaw_of_post
from portal.import_cells import Wrong, mail, phone
from portal.receiving import Typed

_NAME = re.compile(r"[^<>@]{1,60}")


class Post(NamedTuple):
    """What somebody is to hold."""

    role: str
    rank: int
    since: date | None


def read_post(typed: Typed, kind: str, today: date | None) -> Post | None:
    """The post that was typed in for an organisation of a kind; its mistakes are noted."""
    role = typed.text("role", 20)
    if flaw := flaw_of_post(role, kind):
        typed.mistakes["role"] = flaw if role else "请选择身份。"
    rank = typed.number("rank", most=999, required=False)
    since = past_day(typed, "since", today, required=False)
    return None if typed.mistakes else Post(role, rank or 0, since)


def past_day(typed: Typed, name: str, today: date | None, required: bool = True) -> date | None:
    """A day that has come."""
    day = typed.day(name, required)
    if day is not None and today is not None and day > today:
        typed.mistakes[name] = "日期还没有到，请到时再登记。"
    return day


def contact(typed: Typed) -> tuple[str, str, str]:
    """Name, telephone and mail."""
    name = typed.text("name", 60, required=True)
    if name and not _NAME.fullmatch(name):
        typed.mistakes["name"] = "姓名里有不能用的符号。"
    given = {"phone": typed.text("phone", 30), "mail": typed.text("mail", 200)}
    for field, reader in (("phone", phone), ("mail", mail)):
        if given[field]:
            try:
                reader(given[field])
            except Wrong as wrong:
                typed.mistakes[field] = str(wrong)
    return name, given["phone"], given["mail"]
