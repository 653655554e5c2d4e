"""A round at a glance: it says what the cases' states say, follows every change, and is quick."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from engine.dossier import read_cases
from engine.journal import Entry, Recorded
from models.cases import Case
from models.organisations import Organisation
from portal.glances import DONE
from portal.overview import overview_of, round_at_hand, rounds_of
from portal.round_view import Overview
from rules.on_site_review.words import GivePreliminaryOpinion, ScheduleVisit
from rules.values import Actor, canonical
from tests.portal_people import County, county_at

_CASES, _ORGANISATIONS = Case.__table__, Organisation.__table__
ROUND, TODAY = "SLX-DD/shaanxi-316/2026", date(2026, 5, 21)
OFFICE = Actor("O2", "office", "SLX-DD")


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


def test_a_glance_says_what_the_state_says(county: County) -> None:
    overview = seen(county)
    with county.database.reading() as connection:
        cases = read_cases(connection, ROUND)
    assert [glance.subject for glance in overview.cases] == [row.code for row, _ in cases]
    for row, state in cases:
        glance = overview.by_subject[row.code]
        assert (glance.kind, glance.status) == (state.subject_kind, state.status)
        assert glance.plan == (state.plan.answer if state.plan else "")
        for id_, stage in state.stages.items():
            phase = stage.data.phase if stage.open else DONE
            assert glance.standing(id_) == (id_, stage.kind, phase)
        owed = {(one.stage, one.name, one.item, one.due_on) for one in glance.owed}
        assert owed == {
            (one.stage, one.name, one.item, one.due_on)
            for one in state.deadlines.values()
            if one.who != "system"
        }
        own = state.stages["self_assessment"].data
        assert (glance.self_total, glance.self_grade) == (own.total, own.grade)
        review = state.stages.get("on_site_review")
        assert glance.visited == bool(review and review.data.ended_on)


def test_a_round_is_counted_by_stage_and_phase(county: County) -> None:
    overview = seen(county)
    assert overview.counts["self_assessment", DONE] == 8
    assert overview.counts["process_guidance", "guiding"] == 8
    phases = [g.review.phase for g in overview.cases if g.review]
    assert sum(n for (stage, _), n in overview.counts.items() if stage == "on_site_review") == len(
        phases
    )
    assert next(stage.id for stage in overview.stages) == "self_assessment"


def test_its_progress_counts_against_a_third_and_the_cycle(county: County) -> None:
    overview = seen(county)
    with county.database.reading() as connection:
        progress = overview.progress(connection)
    assert (progress.whole, progress.needed) == (8, 3)
    assert progress.planned >= progress.needed
    assert progress.visited == sum(glance.visited for glance in overview.cases) >= 1
    assert progress.evaluated == progress.visited
    assert list(progress.cycle) == [2026, 2027, 2028]


def test_whoever_is_late_comes_first(county: County) -> None:
    overview = seen(county)
    later = TODAY + timedelta(days=60)
    late = overview.late(later)
    assert late and [g.first_due for g in late] == sorted(g.first_due for g in late)
    assert all(glance.late(later) for glance in late)
    owed = overview.owed_by("office", later)
    assert owed and {one.who for _, one in owed} == {"office"}
    assert [one.due_on for _, one in owed] == sorted(one.due_on for _, one in owed)
    assert owed == [pair for pair in overview.owed_by("office") if pair[1].due_on <= later]


def test_only_what_changed_is_read_again(county: County) -> None:
    before = seen(county)
    assert seen(county) is before
    changed = next(g for g in before.cases if g.review and g.review.phase == "preparing")
    starts = date(2026, 9, 7)
    command = ScheduleVisit(stage="on_site_review", starts=starts, ends=starts + timedelta(1))
    entry = Entry(command, changed.case, OFFICE, county.now, "schedule")
    assert isinstance(county.journal.record(entry), Recorded)
    after = seen(county)
    assert after.by_case[changed.case].review.starts == starts
    for case, glance in after.by_case.items():
        assert (glance is before.by_case[case]) == (case != changed.case)


def test_a_refused_command_changes_nothing(county: County) -> None:
    before = seen(county)
    changed = next(g for g in before.cases if g.review and g.review.phase == "preparing")
    command = GivePreliminaryOpinion(stage="on_site_review")
    county.journal.record(Entry(command, changed.case, OFFICE, county.now, "too soon"))
    assert seen(county) is before


def test_the_round_at_hand_is_the_one_asked_for_or_the_one_that_runs(county: County) -> None:
    with county.database.reading() as connection:
        rounds = rounds_of(connection, ["SLX-DD"])
        assert rounds_of(connection, ["DCZ"]) == []
    assert round_at_hand(rounds, ROUND, TODAY).id == ROUND
    assert round_at_hand(rounds, "another's", date(2030, 1, 1)).id == ROUND
    assert round_at_hand([], ROUND, TODAY) is None


def test_fifteen_thousand_cases_are_asked_for_in_no_time(county: County) -> None:
    """The bound is generous, for machines under load: it measures a tenth of it here."""
    many(county, 15_000)
    cold = seen(county)
    assert len(cold.cases) == 15_000
    assert cold.counts["self_assessment", DONE] == 15_000
    begun = time.process_time()
    assert seen(county) is cold
    assert time.process_time() - begun < 0.1


def many(county: County, count: int) -> None:
    """The county's cases over and over, under other names."""
    with county.database.writing() as connection:
        cases = connection.execute(select(_CASES).where(_CASES.c.of == "case")).mappings().all()
        every = select(_ORGANISATIONS).where(_ORGANISATIONS.c.code.like("S0%"))
        schools = {row["code"]: row for row in connection.execute(every).mappings()}
        organisations, copies = [], []
        for number in range(len(cases), count):
            like = cases[number % len(cases)]
            code = f"T{number:05}"
            state = json.loads(like["state"]) | {"subject": code}
            school = dict(schools[like["subject"]])
            organisations.append(school | {"code": code, "name": f"{school['name']}{number}"})
            copy = {"id": f"{ROUND}/{code}", "subject": code, "state": canonical(state)}
            copies.append(dict(like) | copy)
        connection.execute(insert(_ORGANISATIONS), organisations)
        connection.execute(insert(_CASES), copies)
