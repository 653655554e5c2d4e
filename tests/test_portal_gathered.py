"""What a round's lists and counts are made of: corrected where a case changed, never looked through
again, and always what a new look would find."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import Entry, Recorded
from portal.gathered import Change, Gathered
from portal.glances import Glance, in_order_of_due, marks_of, subject_of
from portal.overview import Overviews, overview_of
from portal.round_view import Overview
from rules.on_site_review.words import ScheduleVisit
from rules.values import Actor
from tests.portal_people import County, county_at

ROUND, TODAY = "SLX-DD/shaanxi-316/2026", date(2026, 5, 21)
OFFICE = Actor("O2", "office", "SLX-DD")
FIRST = date(2026, 9, 7)


def glance(subject: str, due: date | None, status: str = "open", plan: str = "") -> Glance:
    """A case that owes one thing, or nothing."""
    return Glance(
        case=f"{ROUND}/{subject}",
        subject=subject,
        kind="primary",
        tier="",
        status=status,
        plan=plan,
        week=FIRST if plan else None,
        inspectors=(),
        stages=(),
        owed=(),
        first_due=due,
        self_total="",
        self_grade="B" if due else "",
        reviews=(),
        visited=False,
        lettered=False,
        issues=0,
        open_issues=0,
    )


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 14),
        st.none() | st.dates(date(2026, 5, 1), date(2026, 5, 9)),
        st.sampled_from(("open", "escalated", "merged")),
        st.sampled_from(("", "selected")),
    ),
    max_size=12,
)


@given(CHANGES)
def test_whatever_changes_it_is_what_a_new_look_finds(changes: list[tuple]) -> None:
    """Ten schools; more are opened, some are merged, and their days move."""
    cases = {f"S{n:02}": glance(f"S{n:02}", FIRST) for n in range(10)}
    kept = Gathered()
    looks: tuple[Callable[[Gathered], Any], ...] = (
        lambda found: found.listed(cases.values(), in_order_of_due),
        lambda found: found.counted(cases.values(), marks_of),
        lambda found: found.counted(cases.values(), subject_of),
    )
    for number, due, status, plan in changes:
        assert len([look(kept) for look in looks]) == 3  # looked at before, so kept
        after = glance(f"S{number:02}", due, status, plan)
        kept = kept.after([Change(cases.get(after.subject), after)])
        cases[after.subject] = after
        assert [look(kept) for look in looks] == [look(Gathered()) for look in looks]


def test_what_was_given_out_stays_as_it_was() -> None:
    cases = [glance("S01", FIRST), glance("S02", FIRST + timedelta(1))]
    early = Gathered()
    listed, counted = early.listed(cases, in_order_of_due), early.counted(cases, marks_of)
    later = early.after([Change(cases[1], glance("S02", FIRST - timedelta(1), "merged"))])
    assert [one.subject for one in later.listed((), in_order_of_due)] == ["S02", "S01"]
    assert [one.subject for one in listed] == ["S01", "S02"]
    assert (counted["standing",], later.counted((), marks_of)["standing",]) == (2, 1)


# -- in a county ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in May: plans adopted, the first review under way."""
    return lived_until(date(2026, 5, 20))


@pytest.fixture
def county(may: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(may, tmp_path / "county", TODAY) as county:
        yield county


def seen(county: County) -> Overview:
    with county.database.reading() as connection:
        return overview_of(county.desk, connection, ROUND)


def schedule(county: County, starts: date) -> str:
    """The office fixes the days of a review; whose."""
    case = next(g.case for g in seen(county).cases if g.review and g.review.phase == "preparing")
    command = ScheduleVisit(stage="on_site_review", starts=starts, ends=starts + timedelta(1))
    entry = Entry(command, case, OFFICE, county.now, f"schedule {starts}")
    assert isinstance(county.journal.record(entry), Recorded)
    return case


def test_only_the_case_that_changed_is_looked_at_again(county: County) -> None:
    asked: list[str] = []

    def take(found: Glance) -> Iterator[tuple[tuple, Glance]]:
        asked.append(found.subject)
        yield (found.subject,), found

    assert len(seen(county).listed(take)) == len(asked) == 8
    asked.clear()
    changed = schedule(county, FIRST)
    assert len(seen(county).listed(take)) == 8
    assert asked == [changed.rpartition("/")[2]] * 2  # as it was, and as it is


def test_after_a_change_a_round_reads_as_if_it_were_read_anew(county: County) -> None:
    def looks(found: Overview) -> list[Any]:
        owed = [found.owed_by(who) for who in ("office", "school", "inspector", "team")]
        return [found.tally, found.counts, found.by_due, found.late(TODAY), owed, found.needed]

    looks(seen(county))
    schedule(county, FIRST)
    with county.database.reading() as connection:
        anew = Overviews(county.desk).of(connection, ROUND)
    assert looks(seen(county)) == looks(anew)
    assert seen(county).tally["selected",] == sum(one.selected for one in anew.cases)


def test_the_schools_of_a_township_are_found_without_the_others(county: County) -> None:
    overview = seen(county)
    assert [one.subject for one in overview.of(["S0003", "S0001", "T1"])] == ["S0001", "S0003"]
