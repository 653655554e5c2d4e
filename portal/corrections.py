"""A corrected day in words: what happened then, what moves, who had been told the old day."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from engine.corrections import Correction, Notice, foreseen
from portal.deadlines import of_item
from portal.ledgers.messages import STATES
from portal.letter_life import STATES as LETTER_STATES
from portal.sight import Sight
from portal.story import happening_title
from rules.case_words import CorrectDate
from rules.process import OPENS
from rules.values import ROLE_TITLES, Refusal


class Move(NamedTuple):
    """One deadline that moves, by its stage and duty."""

    stage: str
    title: str
    was: date
    now: date
    why: str


class Told(NamedTuple):
    """One notice that told an old day. ``who`` with the role; ``again``: told the new day."""

    key: str
    who: str
    on: date
    subject: str
    state: str
    again: bool


class Shown(NamedTuple):
    """A correction as its page shows it. ``title``: what happened on the day."""

    title: str
    was: date
    now: date
    moves: tuple[Move, ...]
    told: tuple[Told, ...]
    papers: tuple[Mapping[str, Any], ...]
    untold: int
    more: bool


def ahead(sight: Sight, command: CorrectDate) -> Shown | Refusal:
    """What a correction would change, before anything is recorded."""
    actor = sight.visitor.actor("office")
    found = foreseen(sight.dossier, command, actor, sight.today)
    return found if isinstance(found, Refusal) else shown(sight, found)


def shown(sight: Sight, found: Correction) -> Shown:
    """A correction in the words of its page."""
    moves = tuple(
        Move(
            sight.process.stages[one.stage].title,
            _duty(sight, one.stage, one.name, one.item),
            *(one.was, one.now, one.why),
        )
        for one in sorted(found.moved, key=lambda one: (one.now, one.stage, one.name))
    )
    papers = tuple(
        {**one._asdict(), "state": LETTER_STATES.get(one.state, one.state)} for one in found.papers
    )
    title = happening_title(sight.process, found.event.event, found.event.item) or "本轮开始"
    told = tuple(_told(one) for one in found.notices)
    days = found.event.was, found.event.happened_on
    return Shown(title, *days, moves, told, papers, found.untold, found.more)


def _duty(sight: Sight, stage: str, name: str, item: str) -> str:
    if name == OPENS:
        return "环节开始"
    kind = sight.process.stages[stage].kind
    return sight.process.rule(stage, name).title + of_item(kind, item)


def _told(one: Notice) -> Told:
    role = ROLE_TITLES.get(one.role, "责任单位")
    who = f"{one.name}（{role}）" if one.name else role
    return Told(one.key, who, one.on, one.subject, STATES.get(one.state, one.state), one.again)
