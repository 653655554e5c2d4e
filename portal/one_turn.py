"""A page and what it depends on, in one turn on one thread.

FastAPI gives every dependency a turn of its own: the guard, the visitor, opening the snapshot, the
page, closing it - five times a thread is woken and waited for, which on a busy night costs more
than the page (`benchmarks/portal.py`: 2 ms of 6.6).
"""

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from inspect import (
    Parameter,
    Signature,
    isasyncgenfunction,
    iscoroutinefunction,
    isgeneratorfunction,
    signature,
)
from typing import Any

from fastapi import Request, params

Guard = Callable[[Request], None]


def in_one_turn(endpoint: Callable, guard: Guard | None) -> Callable:
    """An endpoint for FastAPI that calls the guard, opens what ``endpoint`` depends on, answers
    and closes it again. What has to be awaited (a form that is still coming) stays with FastAPI.
    """
    wanted = signature(endpoint).parameters
    ours = {name: made for name, one in wanted.items() if (made := _ours(one))}
    asked = {name: one for name, one in wanted.items() if name not in ours}
    for made in ours.values():
        asked |= {name: one for name, one in _asked(made).items() if name not in asked}
    asked.setdefault("request", _REQUEST)

    def turn(**given: Any) -> Any:
        if guard is not None:
            guard(given["request"])
        with ExitStack() as opened:
            for name, made in ours.items():
                given[name] = _opened(made, given, opened)
            return endpoint(**{name: given[name] for name in wanted})

    turn.__name__, turn.__doc__ = endpoint.__name__, endpoint.__doc__
    turn.__module__ = endpoint.__module__
    turn.__roles__ = endpoint.__roles__
    turn.__signature__ = Signature(
        [one.replace(kind=Parameter.KEYWORD_ONLY) for one in asked.values()]
    )
    return turn


_REQUEST = Parameter("request", Parameter.KEYWORD_ONLY, annotation=Request)


def _ours(parameter: Parameter) -> Callable | None:
    """What a parameter depends on, if nothing of it has to be awaited."""
    given = parameter.default
    made = given.dependency if isinstance(given, params.Depends) else None
    awaited = made is not None and (iscoroutinefunction(made) or isasyncgenfunction(made))
    return None if awaited else made


def _asked(made: Callable) -> dict[str, Parameter]:
    """What of the request a dependency, and what it depends on itself, asks for."""
    found: dict[str, Parameter] = {}
    for name, one in signature(made).parameters.items():
        further = _ours(one)
        found |= _asked(further) if further else {name: one}
    return found


def _opened(made: Callable, given: dict[str, Any], opened: ExitStack) -> Any:
    """A dependency's value; what it holds open is closed with ``opened``."""
    values = {}
    for name, one in signature(made).parameters.items():
        further = _ours(one)
        values[name] = _opened(further, given, opened) if further else given[name]
    if isgeneratorfunction(made):
        return opened.enter_context(contextmanager(made)(**values))
    return made(**values)
