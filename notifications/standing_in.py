"""Whoever is away is told through their deputy; one who is told already is not told twice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from notifications.cleaning import one_line
from notifications.recipients import Recipient


def through_deputies(
    told: Sequence[Recipient], deputies: Mapping[str, str], names: Mapping[str, str]
) -> list[Recipient]:
    """The same people, each who is away replaced by their deputy, with a note for whom else the
    message is. ``deputies`` by person; ``names`` what people are called."""
    if not any(one.person in deputies for one in told):
        return list(told)
    found: dict[str, Recipient] = {}
    away: dict[str, list[str]] = {}
    for one in told:
        person = deputies.get(one.person, one.person)
        if person != one.person:
            away.setdefault(person, []).append(one_line(names.get(one.person, ""), 10))
        if person not in found or person == one.person:  # in their own role before another's
            found[person] = replace(one, person=person)
    for person, others in away.items():
        said = f"注意：{'、'.join(others[:3])}外出，本消息由您代收，请代为办理或转告。"
        note = " ".join(part for part in (found[person].note, said) if part)
        found[person] = replace(found[person], note=note)
    return list(found.values())
