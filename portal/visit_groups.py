"""Who of a review's team looks at what: areas of the standard given to people, by the lead."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select, update

from engine.writing import iso
from models.drafts import Draft
from portal.score_sheet import TEAM
from portal.sight import Sight

_DRAFTS = Draft.__table__
FORM = "groups"

Groups = dict[str, list[str]]


def groups_of(sight: Sight, stage: str) -> Groups:
    """The people of the team by area's code; an area given to nobody is everybody's."""
    row = sight.connection.execute(select(_DRAFTS.c.body).where(_of(sight, stage))).first()
    found = json.loads(row.body) if row is not None else {}
    team = set(_team(sight, stage))
    return {area: [p for p in people if p in team] for area, people in found.items()}


def keep_groups(sight: Sight, stage: str, groups: Groups) -> None:
    """Put down who looks at what."""
    new = {
        "body": json.dumps(groups, ensure_ascii=False),
        "saved_by": sight.visitor.person,
        "saved_at": iso(sight.desk.now()),
    }
    with sight.desk.database.writing() as connection:
        here = _of(sight, stage)
        changed = connection.execute(
            update(_DRAFTS).where(here).values(**new, version=_DRAFTS.c.version + 1)
        )
        if not changed.rowcount:
            place = {"case": sight.id, "stage": stage, "form": FORM, "owner": TEAM}
            connection.execute(insert(_DRAFTS).values(**place, **new, version=1))


def areas_of(groups: Groups, person: str, areas: Iterable[str]) -> list[str]:
    """The areas a person looks at: those given to them; all of them, where none is."""
    mine = [area for area in areas if person in groups.get(area, ())]
    return mine or list(areas)


def may_divide(sight: Sight, stage: str) -> bool:
    """Whether the visitor says who looks at what: the lead does, and the office."""
    data = _data(sight, stage)
    return "office" in sight.roles or (
        data is not None and data.lead == sight.visitor.person and "team" in sight.roles
    )


def _data(sight: Sight, stage: str) -> Any:
    standing = sight.state.stages.get(stage)
    return standing.data if standing else None


def _team(sight: Sight, stage: str) -> tuple[str, ...]:
    return getattr(_data(sight, stage), "team", ())


def _of(sight: Sight, stage: str):
    return (
        (_DRAFTS.c.case == sight.id)
        & (_DRAFTS.c.stage == stage)
        & (_DRAFTS.c.form == FORM)
        & (_DRAFTS.c.owner == TEAM)
    )
