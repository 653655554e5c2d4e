"""What an actor of the demo sees of one case on one day, and what acting means."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from dudao.demo.luck import Luck
from rules.days import Calendar
from rules.messages import Command
from rules.standard import Standard
from rules.state import CaseState, Deadline
from rules.values import Actor

# On which weekdays (Monday is 0) people like to do what.
CUSTOM = {
    "self_assessment": (1, 3),
    "process_guidance": (1, 3),
    "on_site_review": (0, 3),
    "issue_list": (0, 3),
    "follow_up_visit": (1,),
}


class Act(NamedTuple):
    """One command somebody gives; ``happened_on`` where it is typed in later."""

    command: Command
    actor: Actor
    happened_on: date | None = None
    on_behalf_of: str = ""


class Roles(NamedTuple):
    """Which case plays which special part this year; empty until the plan has selected."""

    recusal: str = ""
    defence: str = ""
    veto: str = ""
    typed_late: str = ""
    review: str = ""
    very_late: str = ""
    returned: str = ""
    rescheduled: str = ""


@dataclass(frozen=True)
class Scene:
    """One case on one day. ``inspectors`` are those responsible for it, ``all_inspectors`` all
    there are, ``barred`` those who must recuse themselves by the register."""

    case: str
    state: CaseState
    today: date
    luck: Luck
    calendar: Calendar
    standard: Standard
    roles: Roles
    inspectors: tuple[str, ...]
    all_inspectors: tuple[str, ...]
    barred: tuple[str, ...] = ()

    @property
    def office(self) -> Actor:
        """The office's clerk."""
        return Actor("O2", "office")

    @property
    def school(self) -> Actor:
        """The head of the school."""
        return Actor(f"H{self.state.subject[1:]}", "school", self.state.subject)

    @property
    def inspector(self) -> Actor:
        """The inspector responsible for the school."""
        return Actor(self.inspectors[0], "inspector")

    def data(self, stage: str) -> Any:
        """What a stage remembers."""
        return self.state.stages[stage].data

    def stage_of(self, kind: str) -> str:
        """The id of the case's stage of a kind."""
        return next(stage for stage, state in self.state.stages.items() if state.kind == kind)

    def day_to_act(self, deadline: Deadline, early: int, late: float = 0.06) -> date:
        """The working day on which somebody gets round to a duty: up to ``early`` working days
        before it is due, or, with chance ``late``, up to six after."""
        kind = self.state.stages[deadline.stage].kind  # ids are only names: chance ignores them
        question = (self.case, kind, deadline.name, deadline.item, deadline.due_on)
        if not deadline.window and self.luck.happens(late, "late", *question):
            days = self.luck.whole(1, 6, "how late", *question)
        else:
            days = -self.luck.whole(0, early, "how early", *question)
        if days > 0:
            return self.calendar.add_working_days(deadline.due_on, days)
        return self._customary(kind, self.calendar.add_working_days(deadline.due_on, days))

    def _customary(self, kind: str, day: date) -> date:
        """The weekday of that work nearest before: inspectors have their days in the schools."""
        for back in range(5):
            earlier = day - timedelta(back)
            if earlier.weekday() in CUSTOM.get(kind, ()) and self.calendar.is_working_day(earlier):
                return earlier
        return self.calendar.working_day_until(day)
