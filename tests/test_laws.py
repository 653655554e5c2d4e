"""The laws, held against processes nobody wrote and people who do anything in any order.

Every step of every walk is replayed by the story itself (law 2), refusals change nothing, a stage
that was left has nothing armed and nothing speaks on a day gone by (law 4). Here is what needs a
whole walk to be seen.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import case_words as w
from rules.case import evolve
from rules.definition import KINDS
from rules.kinds import Kind
from rules.orders import owe
from rules.process import Process
from rules.state import CaseState, deadline_key
from rules.values import canonical
from rules.vocabulary import read_event
from tests.random_definitions import as_yaml, definitions, renamed
from tests.random_walks import walk
from tests.reviews import announced, finding, heard, lettered, scheduled, selected, visited
from tests.story import CALENDAR, Story, compiled, process, stored

MOST = settings.default.max_examples  # a hundred; a thousand in the thorough profile
NOBODY = ("system", "public")
SUBJECTS = {f"S{n}": {"visits": n} for n in range(6)}
SEEDS = st.integers(0, 2**32)
OFS = st.sampled_from(["case", "case", "case", "round"])


def begun(definition: dict, of: str) -> Story:
    return Story(compiled(as_yaml(definition)), of=of, subjects=SUBJECTS)


# -- law 2: replay ---------------------------------------------------------------------------------


@settings(max_examples=MOST * 2 // 5)
@given(definitions(), OFS, SEEDS)
def test_any_walk_over_any_process_is_replayed_from_its_log(definition: dict, of: str, seed: int):
    story = walk(begun(definition, of), seed, steps=60)
    state, orders = CaseState(), []
    for text in [stored(event) for event in story.events]:
        event = read_event(json.loads(text))
        state = evolve(story.process, state, event)
        orders += owe(story.process, state, event)
    assert canonical(state.model_dump(mode="json")) == canonical(
        story.state.model_dump(mode="json")
    )
    assert orders == story.orders
    told_twice(story)
    rearmed_after_returns(story)


def told_twice(story: Story) -> None:
    """The clock that looks again on the same day finds nothing more to do."""
    story.tick()
    before = len(story.events)
    for key in story.state.deadlines:
        story.tell(w.KeepTime(deadline=key), "system")
    assert len(story.events) == before


def rearmed_after_returns(story: Story) -> None:
    """Law 4: an account sent back has a deadline and reminders of its own, from that day on."""
    for number, event in enumerate(story.events):
        stage = story.process.stages.get(event.stage)
        if event.type != "self_assessment.returned" or "resubmit" not in stage.deadlines:
            continue
        following = story.events[number + 1 :]
        armed = next(e for e in following if e.type == "deadline.armed" and e.stage == event.stage)
        assert armed.deadline == "resubmit" and armed.next_on >= event.happened_on


# -- law 3: liveness, and that it bites ------------------------------------------------------------


def asleep(story: Story, days: int = 400) -> None:
    """From now on nobody acts; only the clock ticks, and the round ends on its day."""
    story.strict = False
    last = story.today + timedelta(days)
    ends = story.state.period_ends + timedelta(1)
    if story.state.of == "case" and story.state.live and "round.ended" not in story.state.dates:
        story.until(max(story.today, ends))
        story.tell(w.EndRound(), "system")
    story.until(last)


def bites(story: Story, since: date) -> None:
    """Whatever is overdue is told to somebody at least every five working days, up to the top."""
    spoken = defaultdict(list)
    for on, order in story.told:
        if "deadline" in order.about:
            right = story.process.rule(order.stage, order.about["deadline"]).window
            assert right or (order.to and not set(order.to) & set(NOBODY)), order
            key = (order.stage, order.about["deadline"], order.about["item"])
            spoken["/".join(filter(None, key))].append(on)
    armed = {
        deadline_key(event.stage, event.deadline, event.item): event.happened_on
        for event in story.events
        if event.type == "deadline.armed"
    }
    missed = {key: deadline for key, deadline in story.state.deadlines.items() if deadline.missed}
    for key, deadline in missed.items():
        late = max(since, deadline.due_on, armed[key])
        days = [late, *(on for on in spoken[key] if on > late), story.today]
        gaps = [CALENDAR.working_days_between(a, b) for a, b in pairwise(days)]
        assert max(gaps) <= 5, f"{key} was silent: {days[gaps.index(max(gaps))]}"
        ladder = story.process.ladder(deadline.stage, deadline.name)
        top = CALENDAR.add_working_days(deadline.due_on, ladder[-1].days)
        assert deadline.level == len(ladder) or top > story.today, f"{key} did not reach the top"


def ends_well(story: Story) -> None:
    since = story.today
    asleep(story)
    bites(story, since)
    assert story.state.status in ("closed", "merged", "escalated"), story.open


@settings(max_examples=MOST)
@given(definitions(), OFS, SEEDS, st.integers(0, 60))
def test_if_nobody_ever_acts_any_process_goes_to_the_top_or_ends(
    definition: dict, of: str, seed: int, steps: int
):
    ends_well(walk(begun(definition, of), seed, steps))


REACHED: dict[str, Callable[[], Story]] = {
    "just opened": Story,
    "account in": lambda: _submitted(Story()),
    "account returned": lambda: _returned(Story()),
    "selected": selected,
    "dates fixed": scheduled,
    "announced": announced,
    "visited": visited,
    "opinion given": heard,
    "letter without problems": lettered,
    "letter with problems": lambda: lettered(finding(), finding(severity="long_term")),
}


def _submitted(story: Story) -> Story:
    story.on("2026-02-10").school.submits()
    return story


def _returned(story: Story) -> Story:
    _submitted(story).on("2026-02-11").office.returns()
    return story


@pytest.mark.parametrize("state", REACHED)
def test_if_nobody_ever_acts_a_school_of_the_316_process_goes_to_the_top_or_ends(state: str):
    ends_well(REACHED[state]())


@settings(max_examples=MOST // 2)
@given(st.sampled_from(list(REACHED)), SEEDS, st.integers(0, 40))
def test_so_it_does_from_wherever_people_have_taken_it(state: str, seed: int, steps: int):
    ends_well(walk(REACHED[state](), seed, steps))


# -- rights end by the calendar, not by the clock --------------------------------------------------


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_whatever_uses_a_right_is_refused_after_its_last_day(kind: Kind):
    """The gate refuses what is ``within`` a window by the day it happened, so every window has its
    commands; what that looks like is told in the stages' own stories."""
    windows = {name for name, rule in kind.deadlines.items() if rule.window}
    assert {command.within for command in kind.commands if command.within} == windows


# -- names mean nothing ----------------------------------------------------------------------------


def log(story: Story, names: dict[str, str]) -> str:
    """Events and orders as text, the new names replaced by the old ones."""
    text = "\n".join(
        [stored(event) for event in story.events]
        + [canonical(order.model_dump(mode="json")) for order in story.orders]
    )
    for old, new in names.items():
        text = text.replace(new, old)
    return text


@settings(max_examples=MOST // 3)
@given(definitions(ids=("a1", "b2", "c3", "d4", "e5", "f6", "g7", "h8")), OFS, SEEDS)
def test_renaming_everything_changes_nothing_but_the_names(definition: dict, of: str, seed: int):
    names = {stage["id"]: f"zq{n}x" for n, stage in enumerate(definition["stages"])}
    one = walk(begun(definition, of), seed, steps=40)
    other = walk(begun(renamed(definition, names), of), seed, steps=40)
    assert log(one, {}) == log(other, names)


@pytest.mark.parametrize("name", ["shaanxi_316", "tiered_visits"])
@pytest.mark.parametrize("seed", range(4))
def test_nor_do_the_names_of_what_is_shipped(name: str, seed: int):
    shipped: Process = process(name)
    definition = shipped.definition.model_dump(mode="json")
    names = {stage: f"zq{n}x" for n, stage in enumerate(shipped.stages)}
    changed = compiled(as_yaml(renamed(definition, names)))
    for of in ("case", "round"):
        one = walk(Story(shipped, of=of, subjects=SUBJECTS), seed, steps=60)
        other = walk(Story(changed, of=of, subjects=SUBJECTS), seed, steps=60)
        assert log(one, {}) == log(other, names)
