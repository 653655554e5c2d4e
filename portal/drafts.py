"""Drafts of forms: kept as they are typed, offered again, and forgotten once they are handed in."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, insert, select, update

from engine.writing import iso
from models.cases import Case
from models.drafts import Draft
from portal.offers import Offer
from portal.receiving import ONCE, Typed
from portal.sight import Sight

_DRAFTS, _CASES = Draft.__table__, Case.__table__

NOT_KEPT = {"seal", ONCE, "version"}


class Values:
    """What stands in the fields of a form: a name's text, or with ``many`` all its values."""

    def __init__(self, found: Mapping[str, list[str]], version: int = 0) -> None:
        self.found = found
        self.version = version

    def __call__(self, name: str, many: bool = False) -> Any:
        given = self.found.get(name, [])
        return given if many else (given[0] if given else "")

    def names(self) -> Iterable[str]:
        """The fields that have something in them."""
        return [name for name, given in self.found.items() if any(given)]


def typed_values(typed: Typed) -> Values:
    """What was typed, to be shown again."""
    found: dict[str, list[str]] = {}
    for name, given in typed.form.multi_items():
        if name not in NOT_KEPT and isinstance(given, str):
            found.setdefault(name, []).append(given.replace("\x00", ""))
    return Values(found, typed.number("version", required=False) or 0)


def owner_of(sight: Sight) -> str:
    """Whose draft it is: everyone in a school writes the same one; an inspector writes alone."""
    shared = sight.visitor.role in ("school", "department", "office")
    return sight.visitor.organisation if shared else sight.visitor.person


# A draft by its place; drafts are saved while people type, so these are written once.
_PLACE = ("case", "stage", "form", "owner")
_OF = and_(*(_DRAFTS.c[name] == bindparam(f"of_{name}") for name in _PLACE))
_KEPT, _FORGET = select(_DRAFTS).where(_OF), delete(_DRAFTS).where(_OF)
_AGAIN = (
    update(_DRAFTS)
    .where(_OF)
    .values(
        {name: bindparam(f"new_{name}") for name in ("version", "body", "saved_by", "saved_at")}
    )
)
_MEET = select(_CASES.c.id).where(_CASES.c.id == bindparam("of_case")).with_for_update()


def _of(sight: Sight, offer: Offer) -> dict[str, str]:
    place = (sight.id, offer.stage, offer.name, owner_of(sight))
    return {f"of_{name}": value for name, value in zip(_PLACE, place, strict=True)}


def kept(sight: Sight, offer: Offer) -> Row | None:
    """The draft's row, if there is one."""
    return sight.connection.execute(_KEPT, _of(sight, offer)).first()


def values(sight: Sight, offer: Offer) -> Values:
    """What the draft holds; nothing where there is none."""
    row = kept(sight, offer)
    return Values(json.loads(row.body), row.version) if row is not None else Values({})


def keep(sight: Sight, offer: Offer, came: Values) -> tuple[int, str]:
    """Save a draft: its new version, or 0 and in Chinese who has saved another one meanwhile."""
    body = json.dumps(came.found, ensure_ascii=False)
    now, person = iso(sight.desk.now()), sight.visitor.person
    place = _of(sight, offer)
    with sight.desk.database.writing() as connection:
        # On PostgreSQL two savings of one case meet here, not at each other's row.
        connection.execute(_MEET, {"of_case": sight.id})
        row = connection.execute(_KEPT, place).first()
        new = {"version": 1, "body": body, "saved_by": person, "saved_at": now}
        if row is None:
            new |= {name: place[f"of_{name}"] for name in _PLACE}
            connection.execute(insert(_DRAFTS), new)
            return 1, ""
        if row.version != came.version:
            if row.body == body:
                return row.version, ""
            who = sight.dossier.name(row.saved_by) if row.saved_by != person else "您在另一个窗口"
            return 0, f"{who}刚才也在修改并已保存，请刷新页面查看后再改，以免互相覆盖。"
        new["version"] = row.version + 1
        connection.execute(_AGAIN, place | {f"new_{name}": value for name, value in new.items()})
        return row.version + 1, ""


def forget(sight: Sight, offer: Offer) -> None:
    """A form that was handed in is no draft any more."""
    with sight.desk.database.writing(redoable=True) as connection:
        connection.execute(_FORGET, _of(sight, offer))
