"""Commands and events: what people and the clock ask for, and what is then a fact.

A command is imperative and may be refused; an event is past tense and is never changed. Both are
versioned models told apart by ``type``. An event's ``type`` is ``<kind>.<name>``; ``name`` is the
word that clauses use (``visit.ended``).
"""

from datetime import date
from typing import Any, ClassVar, Literal

from rules.values import Frozen, Role


class Event(Frozen):
    """A fact of one case. ``stage`` is the stage's id in the definition, empty for the case's own.

    ``happened_on`` is the day it happened (Asia/Shanghai); when it was recorded stands in the log
    beside it. ``item`` names the issue, visit or request it speaks of.
    """

    type: str
    v: int = 1
    stage: str = ""
    item: str = ""
    happened_on: date

    @property
    def name(self) -> str:
        """The word clauses use: the type without its kind."""
        return self.type.partition(".")[2]


class Command(Frozen):
    """A wish of a person, the clock, or another case.

    ``title`` is what the command is called in a refusal; ``roles`` who may give it ("responsible"
    stands for the role the stage makes responsible); ``phases`` the phases of the stage in which
    it makes sense (empty: any); ``within`` the window of the stage (a right's deadline) after whose
    last day it is too late, whether the clock has looked since or not; ``outlives_case``: may be
    given after the case is over.
    """

    title: ClassVar[str] = ""
    roles: ClassVar[tuple[Role | str, ...]] = ()
    phases: ClassVar[tuple[str, ...]] = ()
    within: ClassVar[str] = ""
    outlives_case: ClassVar[bool] = False

    type: str
    v: int = 1


class StageCommand(Command):
    """A command to one stage of a case, named by the stage's id in the definition."""

    stage: str
    form: dict[str, Any] = {}  # free text and personal things: goes to the erasable payloads


class Finding(Frozen):
    """A problem found, on its way to the issue list.

    ``severity``: at once 即知即改, dated 限期整改, long term 长期整改. ``outcome``: immediate
    advice, a rectification notice 整改通知书, or a consultation letter 协商函 to the department
    that can solve it. ``nature``: common 共性 or individual 个性. ``basis`` is an indicator's code
    or a law's article; ``unit`` the organisation that can solve it ("school": the subject itself);
    ``text`` refers into the payload of the event that carries the finding, or into ``payload``
    where the issue came over from another case.
    """

    severity: Literal["at_once", "dated", "long_term"] = "dated"
    outcome: Literal["advice", "notice", "consultation"] = "notice"
    nature: Literal["common", "individual"] = "individual"
    basis: str
    unit: str = "school"
    text: str = ""
    payload: str = ""
    rectify_by: date | None = None
