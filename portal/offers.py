"""What a visitor may do in a case now: the commands whose gate would let them pass."""

from typing import NamedTuple

from portal.commands import CommandForm, forms_of_kind
from portal.rendering import key_of
from portal.sight import Sight
from rules.stages import StageFields

PAST = "期限已过，只可补登期限内提出的"


class Offer(NamedTuple):
    """One thing to do: in which stage, by which form, in which role, about which item. ``title``
    and ``explains`` are its words there; ``fold`` the heading it lies under, if it is not what
    people come for."""

    stage: str
    form: CommandForm
    role: str
    title: str
    explains: str
    fold: str = ""
    item: str = ""
    item_title: str = ""

    @property
    def line(self) -> str:
        """What it is and about what, in a list."""
        return f"{self.title}：{self.item_title}" if self.item_title else self.title

    @property
    def name(self) -> str:
        """Its part of an address: the command, and the item where there is one."""
        return self.form.command.__name__ + (f"~{self.item}" if self.item else "")

    def address(self, sight: Sight) -> str:
        """Where it is done: a page of its own, or its form's."""
        case = key_of(sight.id)
        own = self.form.own_page(sight.process.stages[self.stage], case)
        return own or f"/cases/{case}/{self.stage}/{self.name}"


def offers(sight: Sight, stage_id: str = "") -> list[Offer]:
    """Everything on offer, in the order of the definition (of one stage, where one is named)."""
    if not sight.state.live:
        return []
    found: list[Offer] = []
    for stage in sight.process.definition.stages:
        if stage_id and stage.id != stage_id:
            continue
        state = sight.state.stages.get(stage.id)
        if state is None or not state.open:
            continue
        meant = {"responsible": stage.responsible, "reviewer": stage.reviewer}
        for form in forms_of_kind(stage.kind):
            allowed = {meant.get(role, role) for role in form.command.roles}
            role = next((role for role in sight.roles if role in allowed), "")
            phases = form.command.phases
            if not role or (phases and state.data.phase not in phases):
                continue
            fold = PAST if _past(sight, stage, form) else form.fold
            name, explains = stage.says(form.title), stage.says(form.explains)
            for item, title in form.items(sight, stage.id):
                found.append(Offer(stage.id, form, role, name, explains, fold, item, title))
    return found


def _past(sight: Sight, stage: StageFields, form: CommandForm) -> bool:
    """A right whose last day is over: a paper handed in before may still be typed in."""
    window = form.command.within
    if not window or window not in stage.deadlines:
        return False
    until = sight.state.due_on(stage.id, window)
    return until is None or until < sight.today


def offer_of(sight: Sight, stage_id: str, name: str) -> Offer | None:
    """The offer of that name, if it stands."""
    return next((offer for offer in offers(sight, stage_id) if offer.name == name), None)
