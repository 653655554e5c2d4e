"""The last day and the moment after it: what was handed in on the day counts, whether the clock
looked before or after; and where both come at once exactly one wins, and the log says which.

By the real journal on SQLite and PostgreSQL; the rivals are threads with a database of their own
each, as two processes have, and two processes.
"""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest

from engine.journal import Entry, Journal, Recorded
from engine.library import shipped_calendar
from engine.rounds import CLOCK
from models.database import Database
from rules.case_words import KeepTime
from rules.explanation import full
from rules.values import Refusal
from tests.county import County, salt, sound
from tests.last_days import (
    COMMENT,
    DEFENCE,
    DUTY,
    GUARD,
    LETTER,
    PROCESS,
    REQUEST,
    RIGHTS,
    SCHOOLS,
    SECOND,
    WAIVER,
    Last,
    come_to,
    ended,
    logged,
    midnight,
    place,
)

SECOND_OF_TIME, DAY = timedelta(seconds=1), timedelta(1)


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    county = County(database_url, SCHOOLS, PROCESS)
    yield county
    county.close()


def handed_in(last: Last, case: str, at: datetime, on: date | None = None) -> Entry:
    return Entry(last.command, case, last.actor, at, f"handed in {at.isoformat()}", on)


def clock(last: Last, case: str, at: datetime) -> Entry:
    return Entry(KeepTime(deadline=last.key), case, CLOCK, at, f"clock {at.isoformat()}")


def title(last: Last) -> str:
    return last.command.title


# -- the last second -------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["clock", "person"])
@pytest.mark.parametrize("last", RIGHTS, ids=title)
def test_a_right_lasts_until_midnight_whoever_comes_first(
    county: County, last: Last, first: str
) -> None:
    until = come_to(county, last, "S1")
    case, over = place(last, "S1"), midnight(until)
    look = clock(last, case, over)
    use = handed_in(last, case, over - SECOND_OF_TIME)
    late = handed_in(last, case, over)
    order = (look, late, use) if first == "clock" else (late, use, look)
    results = [county.journal.record(entry) for entry in order]
    refused, used = results[order.index(late)], results[order.index(use)]
    assert refused == Refusal(f"{title(last)}的期限是{full(until)}，现已超过。")
    assert isinstance(used, Recorded) and used.events[0][1].endswith(last.event)
    if last is not COMMENT:  # many may comment: their window always ends by the clock
        lapsed = first == "clock" and not last.grace
        assert ended(county, case, last.key) == ("lapsed" if lapsed else "met")
    assert sound(county.database)


@pytest.mark.parametrize("last", RIGHTS, ids=title)
def test_before_its_last_day_is_over_the_clock_closes_nothing(county: County, last: Last) -> None:
    until = come_to(county, last, "S1")
    case = place(last, "S1")
    county.journal.record(clock(last, case, midnight(until) - SECOND_OF_TIME))
    assert ended(county, case, last.key) == "armed"


@pytest.mark.parametrize("first", ["clock", "person"])
@pytest.mark.parametrize(("moment", "late"), [(-SECOND_OF_TIME, False), (timedelta(0), True)])
def test_a_duty_is_late_from_midnight_on_and_only_then(
    county: County, first: str, moment: timedelta, late: bool
) -> None:
    until = come_to(county, DUTY, "S1")
    case, over = place(DUTY, "S1"), midnight(until)
    order = [clock(DUTY, case, over), handed_in(DUTY, case, over + moment)]
    for entry in order if first == "clock" else order[::-1]:
        assert isinstance(county.journal.record(entry), Recorded)
    assert ended(county, case, DUTY.key) == ("late" if late else "met")
    missed = ["missed"] if first == "clock" else []  # the clock came first and said so
    assert logged(county, case, DUTY.key) == [*missed, "met"]
    assert sound(county.database)


@pytest.mark.parametrize("first", ["clock", "person"])
@pytest.mark.parametrize("last", [GUARD, LETTER], ids=title)
def test_what_must_be_done_by_a_day_is_not_done_after_it_without_a_word(
    county: County, last: Last, first: str
) -> None:
    """A public announcement comes in time or the visit is moved; a late opinion letter says why."""
    until = come_to(county, last, "S1")
    case, over = place(last, "S1"), midnight(until)
    order = [clock(last, case, over), handed_in(last, case, over)]
    results = [county.journal.record(e) for e in (order if first == "clock" else order[::-1])]
    (refused,) = [one for one in results if isinstance(one, Refusal)]
    assert full(until) in refused.reason
    assert ("请先改期" if last is GUARD else "须写明逾期原因") in refused.reason
    in_time = county.journal.record(handed_in(last, case, over - SECOND_OF_TIME))
    assert isinstance(in_time, Recorded) and ended(county, case, last.key) == "met"


# -- both at once ----------------------------------------------------------------------------------


def at_once(county: County, *wishes: list[Entry]) -> list[list[Recorded | Refusal]]:
    """Record what each rival wishes, one after another, all rivals at the same instant."""
    start = Barrier(len(wishes))

    def record(wished: list[Entry]) -> list[Recorded | Refusal]:
        journal = Journal(Database(county.url), shipped_calendar(), salt)
        try:
            found = []
            for entry in wished:
                start.wait(timeout=60)
                found.append(journal.record(entry))
            return found
        finally:
            journal.database.close()

    with ThreadPoolExecutor(len(wishes)) as pool:
        return list(pool.map(record, wishes))


def rivals(county: County, last: Last) -> list[tuple]:
    """At each school the clock and a person at midnight: the case, what the clock found, what the
    person was told, the day until which it might have been."""
    until = come_to(county, last, *SCHOOLS)
    cases = [place(last, school) for school in SCHOOLS]
    looks = [clock(last, case, midnight(until)) for case in cases]
    uses = [handed_in(last, case, midnight(until)) for case in cases]
    looked, used = at_once(county, looks, uses)
    assert sound(county.database)
    return list(zip(cases, looked, used, [until] * len(cases), strict=True))


@pytest.mark.parametrize("last", [DEFENCE, WAIVER], ids=title)
def test_at_midnight_the_right_is_gone_and_the_school_is_told_until_when_it_was(
    county: County, last: Last
) -> None:
    for case, looked, used, until in rivals(county, last):
        assert looked.events[0][1] == "deadline.lapsed"
        assert used == Refusal(f"{title(last)}的期限是{full(until)}，现已超过。")
        assert logged(county, case, last.key) == ["lapsed"]
        assert ended(county, case, last.key) == "lapsed"


@pytest.mark.parametrize("last", [REQUEST, SECOND], ids=title)
def test_a_paper_typed_in_at_the_moment_the_window_closes_is_in_or_is_refused(
    county: County, last: Last
) -> None:
    """It came on the last day; the day of grace for typing in is over this very instant."""
    until = come_to(county, last, *SCHOOLS)
    closes = midnight(until + DAY)
    cases = [place(last, school) for school in SCHOOLS]
    looks = [clock(last, case, closes) for case in cases]
    uses = [handed_in(last, case, closes, until) for case in cases]
    looked, used = at_once(county, looks, uses)
    for case, seen, told in zip(cases, looked, used, strict=True):
        if isinstance(told, Refusal):
            why = f"{title(last)}的期限{full(until)}已经届满，没有收到，不能再补登。"
            assert told.reason == why
            assert seen.events[0][1] == "deadline.lapsed"
            assert logged(county, case, last.key) == ["lapsed"]
        else:
            assert told.events[0][1].endswith(last.event) and seen == Recorded(case, ())
            assert logged(county, case, last.key) == ["met"]
    assert sound(county.database)


def test_a_report_at_the_moment_it_is_overdue_is_taken_as_late_once(county: County) -> None:
    for case, looked, used, _ in rivals(county, DUTY):
        assert isinstance(used, Recorded) and not used.again
        first = bool(looked.events)
        assert logged(county, case, DUTY.key) == (["missed", "met"] if first else ["met"])
        assert ended(county, case, DUTY.key) == "late"


def test_of_two_answers_at_once_one_counts_and_the_other_hears_which(county: County) -> None:
    """The head disputes the opinion while a clerk of the school confirms that there is no doubt."""
    until = come_to(county, DEFENCE, *SCHOOLS)
    at = midnight(until) - SECOND_OF_TIME
    cases = [place(DEFENCE, school) for school in SCHOOLS]
    wishes = [
        [handed_in(last, case, at)._replace(key=title(last)) for case in cases]
        for last in (DEFENCE, WAIVER)
    ]
    stated, waived = at_once(county, *wishes)
    for case, one, other in zip(cases, stated, waived, strict=True):
        refused = [result for result in (one, other) if isinstance(result, Refusal)]
        assert len(refused) == 1 and ended(county, case, DEFENCE.key) == "met"
        assert refused[0].reason == (
            "“看校”学校已申辩，待答复，现在不能确认无异议。"
            if isinstance(other, Refusal)
            else "学校已确认无异议或申辩已答复，不能再提出申辩。"
        )
    assert sound(county.database)


# -- two processes ---------------------------------------------------------------------------------


def test_two_processes_at_the_same_instant_leave_one_answer(county: County) -> None:
    """The clock of the server and the portal's worker, each its own process."""
    import subprocess

    until = come_to(county, REQUEST, *SCHOOLS)
    program = [sys.executable, "-m", "tests.test_deadline_races", county.url, until.isoformat()]
    ran = subprocess.run(program, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    for school in SCHOOLS:
        case = place(REQUEST, school)
        assert logged(county, case, REQUEST.key) in (["lapsed"], ["met"])
        assert ended(county, case, REQUEST.key) == logged(county, case, REQUEST.key)[0]
    assert sound(county.database)


def _race(url: str, until: date) -> None:
    """Two children, one the clock and one the portal, let go at once."""
    ready, go = os.pipe(), os.pipe()
    shipped_calendar()
    children = []
    for wished in (clock, handed_in):
        child = os.fork()
        if child == 0:
            _record(url, until, wished, ready[1], go[0])
        children.append(child)
    os.read(ready[0], 1), os.read(ready[0], 1)
    os.write(go[1], b"..")
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]


def _record(url: str, until: date, wished: Callable[..., Entry], ready: int, go: int) -> None:
    journal = Journal(Database(url), shipped_calendar(), salt)
    closes = midnight(until + DAY)
    on = {} if wished is clock else {"on": until}
    try:
        os.write(ready, b".")
        os.read(go, 1)
        for school in SCHOOLS:
            journal.record(wished(REQUEST, place(REQUEST, school), closes, **on))
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    _race(sys.argv[1], date.fromisoformat(sys.argv[2]))
