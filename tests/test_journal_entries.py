"""What the journal keeps: two times, free text apart, nothing of what changed nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from engine.journal import Recorded
from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from rules.case_words import CorrectDate
from rules.self_assessment import AcceptSelfAssessment
from rules.values import Actor, Refusal
from tests.county import (
    CLERK,
    HEAD,
    County,
    case_of,
    everything,
    raise_issue,
    send_back,
    sound,
    submit,
)

CASES, EVENTS, PAYLOADS = Case.__table__, StoredEvent.__table__, Payload.__table__
DEADLINES = DeadlineRow.__table__
HERE = Path(__file__).parent.parent


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """A round of three schools, just opened."""
    county = County(database_url)
    yield county
    county.close()


def test_two_times_a_friday_form_typed_in_on_monday(county: County) -> None:
    friday, monday = date(2026, 1, 9), date(2026, 1, 12)
    county.until(monday)
    entry = county.entry("S1", submit(), CLERK)
    entry = entry._replace(happened_on=friday, on_behalf_of="S-1", actor=Actor("O-1", "school"))
    county.journal.record(entry)
    with county.database.reading() as connection:
        row = connection.execute(select(EVENTS).where(EVENTS.c.key == entry.key)).one()
        wanted = select(DEADLINES.c.due_on).where(DEADLINES.c.key == "account/review")
        due = connection.execute(wanted.where(DEADLINES.c.case == entry.case)).scalar_one()
    assert (row.happened_on, row.at[:10], row.on_behalf_of) == (friday, "2026-01-12", "S-1")
    assert due == date(2026, 1, 16)  # five working days after the Friday, not after the Monday


def test_a_wrong_day_is_corrected_by_another_event(county: County) -> None:
    county.do("S1", submit(), HEAD)
    county.until(date(2026, 1, 12))
    fix = CorrectDate(
        stage="account", event="submitted", happened_on=date(2026, 1, 9), form={"reason": "笔误"}
    )
    county.do("S1", fix, CLERK)
    wanted = select(DEADLINES.c.due_on, DEADLINES.c.state).where(
        DEADLINES.c.key == "account/review"
    )
    with county.database.reading() as connection:
        rows = connection.execute(wanted.order_by(DEADLINES.c.seq)).all()
    assert [tuple(row) for row in rows] == [
        (date(2026, 1, 12), "moved"),
        (date(2026, 1, 16), "armed"),
    ]
    assert sound(county.database)


@pytest.mark.parametrize("days", [1, -61])
def test_a_day_nobody_believes_is_refused(county: County, days: int) -> None:
    entry = county.entry("S1", submit(), HEAD)
    refused = county.journal.record(entry._replace(happened_on=date(2026, 1, 5) + timedelta(days)))
    assert isinstance(refused, Refusal)


def test_free_text_stands_in_the_payload_and_not_in_the_log(county: County) -> None:
    county.do("S1", submit("门房王大爷说屋顶漏雨"), HEAD)
    with county.database.reading() as connection:
        bodies = "".join(connection.execute(select(EVENTS.c.body)).scalars())
        states = "".join(connection.execute(select(CASES.c.state)).scalars())
        row = connection.execute(select(PAYLOADS)).one()
    assert "漏雨" not in bodies + states
    assert row.body == '{"report":"门房王大爷说屋顶漏雨"}' and row.digest in bodies and row.salt


def test_a_command_that_changes_nothing_leaves_nothing(county: County) -> None:
    county.until(date(2026, 1, 6))
    with county.database.reading() as connection:
        count = connection.execute(select(func.count()).select_from(EVENTS)).scalar_one()
    clock = county.entry("S1", submit(), HEAD)._replace(actor=Actor("system", "system"))
    from rules.case_words import KeepTime

    early = clock._replace(command=KeepTime(deadline="account/submit"))
    assert county.journal.record(early) == Recorded(case_of("S1"), ())
    with county.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(EVENTS)).scalar_one() == count


WISHES = (
    (submit(), HEAD),
    (send_back(), CLERK),
    (AcceptSelfAssessment(stage="account"), CLERK),
    (raise_issue(), CLERK),
    (submit(), CLERK),
)


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(WISHES), st.sampled_from(["S1", "S2"]), st.integers(0, 4), st.booleans()
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_is_wished_in_whatever_order_the_log_explains_it(
    tmp_path_factory: pytest.TempPathFactory, wishes: list
) -> None:
    county = County(str(tmp_path_factory.mktemp("wishes") / "c.db"), ("S1", "S2"))
    for (command, actor), school, key, next_day in wishes:
        if next_day:
            county.until((county.minute + timedelta(1)).date())
        before = everything(county.database)
        result = county.journal.record(county.entry(school, command, actor, f"wish {key}"))
        if isinstance(result, Refusal) or result.again:
            assert everything(county.database) == before
    assert sound(county.database)
    county.close()
