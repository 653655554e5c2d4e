"""期限推算: why each day that a paper sets is that day, as notes under what it sets."""

from documents.case_view import CaseView
from documents.papers import Block, Text
from rules.case_words import DeadlineArmed


def notes(view: CaseView, *told: tuple[str, DeadlineArmed | None]) -> list[Block]:
    """A note for each reckoning, with everything that is due by it; none for what has no date."""
    found: dict[str, list[str]] = {}
    for what, armed in told:
        if armed is not None:
            found.setdefault(view.explained(armed), []).append(what)
    return [Text(f"期限推算：{'、'.join(what)}，{why}。", "note") for why, what in found.items()]
