"""今后要发的, as a rule: what a deadline says of itself is what the clock then says when nobody
acts, whatever the process and whatever happened before."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import case_words as w
from rules.ahead import Running, spoken
from rules.process import OPENS
from rules.state import Deadline, deadline_key
from tests.random_definitions import as_yaml, definitions
from tests.random_walks import walk
from tests.story import CALENDAR, Story, compiled, day, process

MOST = settings.default.max_examples
SUBJECTS = {f"S{n}": {"visits": n} for n in range(6)}
MONTH = timedelta(30)


def running(deadline: Deadline) -> Running:
    """A deadline as its row has it."""
    return Running(**{name: getattr(deadline, name) for name in Running._fields})


def ends(story: Story, since: int) -> dict[str, w.DeadlineEvent]:
    """What ended deadlines, or armed them anew, by key; the first of each."""
    found: dict[str, w.DeadlineEvent] = {}
    for event in story.events[since:]:
        if isinstance(event, w.DeadlineEvent) and event.type not in SPEAKS:
            found.setdefault(deadline_key(event.stage, event.deadline, event.item), event)
    return found


SPEAKS = ("deadline.reminded", "deadline.missed", "deadline.escalated")


@settings(max_examples=MOST * 2 // 5)
@given(definitions(), st.sampled_from(["case", "case", "round"]), st.integers(0, 2**32))
def test_it_says_what_the_clock_says_when_nobody_acts(definition: dict, of: str, seed: int):
    story = Story(compiled(as_yaml(definition)), of=of, subjects=SUBJECTS)
    for time in range(3):
        story = walk(story, seed + time, steps=20)
        if story.state.live:
            nobody_acts(story)


def nobody_acts(story: Story) -> None:
    """A month goes by, and every deadline says what was foretold of it."""
    story.tick()  # of today all is said
    armed, since = dict(story.state.deadlines), len(story.events)
    today, heard = story.today, len(story.told)
    story.until(today + MONTH)
    ended = ends(story, since)
    for key, deadline in armed.items():
        end = ended.get(key)
        last = end.happened_on if end else date.max
        foretold = spoken(story.process, CALENDAR, running(deadline), today, today + MONTH)
        told = [
            (on, order)
            for on, order in story.told[heard:]
            if on < last and key == key_of(order) and not order.name.endswith(".moved")
        ]
        about = {"item": deadline.item}
        expected = [
            (one.on, one.order.model_copy(update={"about": {**one.order.about, **about}}))
            for one in foretold
            # A window's own end is foretold; what ends a deadline from elsewhere is not.
            if one.on < last or isinstance(end, w.DeadlineLapsed)
        ]
        assert told == expected, key


def key_of(order) -> str:
    return deadline_key(order.stage, order.about.get("deadline", ""), order.about.get("item", ""))


DUE = Running("self_assessment", "submit", "school", day("2026-09-30"), day("2026-09-16"))


def test_what_waited_for_the_clock_is_said_today_and_the_rest_on_its_day() -> None:
    told = spoken(process(), CALENDAR, DUE, day("2026-09-18"), day("2026-10-31"))
    assert [(f"{one.on:%m-%d}", one.order.name.partition(".")[2]) for one in told][:5] == [
        ("09-18", "reminder"),
        ("09-24", "reminder"),
        ("09-30", "reminder"),
        ("10-01", "overdue"),
        ("10-09", "reminder"),
    ]
    assert {one.order.to for one in told[:4]} == {("school",)}
    rungs = [one.order.to for one in told if one.order.name.endswith(".escalation")]
    assert rungs == [("office", "school"), ("superior", "school")]


@pytest.mark.parametrize(
    "other",
    [
        DUE._replace(name=OPENS),  # a stage that opens, a round that ends: nobody is told of it
        DUE._replace(stage="round", name="ends"),
        # a right that lapses: nobody was late with it
        DUE._replace(stage="on_site_review", name="review_request", next_on=day("2026-10-09")),
        DUE._replace(next_on=day("2026-11-01")),
    ],
)
def test_who_is_told_nothing(other: Running) -> None:
    assert spoken(process(), CALENDAR, other, day("2026-09-18"), day("2026-10-31")) == ()
