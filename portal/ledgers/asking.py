"""What a list is asked for stands in its address: read with care, and written into its links."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import Request

from portal.cleaning import one_line


def word(request: Request, name: str, among: Collection[str] | None = None, most: int = 60) -> str:
    """A word of the address, one line; empty where it is none of those there are."""
    given = one_line(request.query_params.get(name, ""))[:most]
    return given if among is None or given in among else ""


def day(request: Request, name: str) -> date | None:
    """A day of the address; None where it is none."""
    try:
        return date.fromisoformat(word(request, name))
    except ValueError:
        return None


def link(request: Request, to: str = "", **changed: str) -> str:
    """The same list asked for otherwise: the address's words with some replaced, the empty ones
    left out; ``to`` leads to another list that knows the same words. Whatever is changed, it begins
    at the first page again."""
    kept = {name: value for name, value in request.query_params.items() if name != "page"}
    words = {name: value for name, value in {**kept, **changed}.items() if value}
    path = to or request.url.path
    return f"{path}?{urlencode(words)}" if words else path


class Page(NamedTuple):
    """Which page of how many, with the links to those beside it; empty at either end."""

    number: int
    last: int
    first_row: int
    before: str
    after: str


def page_of(request: Request, whole: int, size: int) -> Page:
    """The page the address asks for, among all rows there are; the last where it asks for more."""
    given = word(request, "page")
    last = max(1, -(-whole // size))
    number = min(max(1, int(given)) if given.isdecimal() and len(given) < 7 else 1, last)
    return Page(
        number,
        last,
        (number - 1) * size,
        link(request, page=str(number - 1)) if number > 1 else "",
        link(request, page=str(number + 1)) if number < last else "",
    )
