"""Work done together, and apart where one part of it breaks: a case nobody can read must not keep
the others waiting."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

Part, Done = TypeVar("Part"), TypeVar("Done")

# The machine's trouble and nobody's own: all of it waits for the next sweep.
_OF_THE_MACHINE = (OperationalError, InterfaceError, OSError, MemoryError)


def one_by_one_where_it_breaks(
    parts: Sequence[Part], work: Callable[[Sequence[Part]], Done]
) -> Iterator[tuple[Sequence[Part], Done | Exception]]:
    """Work on all parts at once; where that breaks, on each half, down to the one that breaks it.
    Parts with what came of them; the work must bear being done again. Raises what lies in the
    machine: no database, no space."""
    if not parts:
        return
    try:
        done: Done | Exception = work(parts)
    except _OF_THE_MACHINE:
        raise
    except Exception as error:
        if len(parts) > 1:
            middle = len(parts) // 2
            yield from one_by_one_where_it_breaks(parts[:middle], work)
            yield from one_by_one_where_it_breaks(parts[middle:], work)
            return
        done = error
    yield parts, done
