"""Whether a command is allowed: the gate every command passes, and the case's own decisions."""

from dataclasses import replace
from datetime import date, timedelta

from rules import case_words as w
from rules.clauses import DateIn, due
from rules.clock import keep
from rules.corrections import renewed
from rules.explanation import full
from rules.kinds import Context, Decided
from rules.letter_life import decide_letter
from rules.letter_words import LetterCommand
from rules.messages import Command, StageCommand
from rules.office_affairs import OfficeCommand
from rules.office_decisions import decide_office
from rules.planning import Deferred, Selected, Shifted
from rules.process import Process
from rules.state import CaseState, deadline_key
from rules.timekeeping import armed
from rules.values import ROLE_TITLES, Refusal
from rules.windows import Window, window

EARLIEST = 60  # days a fact may be entered after it happened, or its date corrected by
LONGEST_EXTENSION = 366  # days from today
NEVER_EXTENDED = ("opinion_letter",)  # its fifteen working days are never suspended


def decide(process: Process, context: Context, case: CaseState, command: Command) -> Decided:
    """Gate a command, then let its kind (or the case itself) answer it."""
    refusal = _gate(context, case, command)
    if refusal:
        return refusal
    if isinstance(command, LetterCommand):
        return decide_letter(context, case, command)
    if isinstance(command, OfficeCommand):
        return decide_office(context, case, command)
    if not isinstance(command, StageCommand):
        return _DECISIONS[type(command)](process, context, case, command)
    return _of_stage(process, context, case, command)


def _of_stage(
    process: Process, context: Context, case: CaseState, command: StageCommand
) -> Decided:
    """The stage is there and open, the person may, the phase is right; then the kind decides."""
    stage = process.stages.get(command.stage)
    if stage is None:
        return Refusal("这个流程没有这个环节，请核对。")
    kind, asked = process.kinds[command.stage], stage.says(command.title)
    if not isinstance(command, kind.commands):
        return Refusal(f"“{stage.title}”环节不能{command.title}。")
    right = None
    if command.within:
        right = window(process, case, command.stage, command.within, context.calendar)
    if not case.is_open(command.stage):
        ended = command.stage in case.stages
        said = f"“{stage.title}”环节{'已经结束' if ended else '还没有开始'}，不能{asked}。"
        return _came_first(context, asked, right) or Refusal(said)
    meant = {"responsible": stage.responsible, "reviewer": stage.reviewer}
    roles = [meant.get(role, role) for role in command.roles]
    if context.actor.role not in roles:
        return _wrong_role(roles, context, command)
    if _of_another(context, case):
        return Refusal("这是别的学校的案卷，您不能办理。")
    state = case.stages[command.stage]
    if command.phases and state.data.phase not in command.phases:
        said = f"“{stage.title}”{kind.phases[state.data.phase]}，现在不能{asked}。"
        return _came_first(context, asked, right) or Refusal(said)
    since = right.since if right and right.closed else state.since
    if too_early := _before_its_time(context, stage.title, since, command):
        return too_early
    if right and context.happened_on > right.until:
        return _came_first(context, asked, right)
    return kind.decide(replace(context, stage=stage), case, state.data, command)


def _of_another(context: Context, case: CaseState) -> bool:
    actor = context.actor
    school = actor.role == "school" and case.of == "case"
    return school and actor.organisation not in ("", case.subject)


def _before_its_time(
    context: Context, title: str, since: date | None, command: StageCommand
) -> Refusal | None:
    """Nothing is done in a phase before the phase began, nor a right used before it was given."""
    if command.phases and since and context.happened_on < since:
        return Refusal(
            f"发生日期{full(context.happened_on)}不对：“{title}”上一步是{full(since)}办的，"
            f"{command.title}不能比它早。"
        )
    return None


def _came_first(context: Context, asked: str, right: Window | None) -> Refusal | None:
    """A right ends with the last day of its window, by the day on which it was used: the clock
    closes the window some time later, a day of grace for typing in later still."""
    if right is None:
        return None
    if context.happened_on > right.until:
        return Refusal(f"{asked}的期限是{full(right.until)}，现已超过。")
    if not right.closed:
        return None
    return Refusal(f"{asked}的期限{full(right.until)}已经届满，没有收到，不能再补登。")


def _gate(context: Context, case: CaseState, command: Command) -> Refusal | None:
    """The case is live, the day believable, and the role right for a command of the case."""
    if isinstance(command, w.OpenCase):
        if case.status != "new":
            return Refusal("本轮已经立案，不用重复立案。")
    elif case.status == "new" and not isinstance(command, OfficeCommand):
        return Refusal("还没有立案，请先立案。")
    elif not case.live and not command.outlives_case:
        return Refusal("本案已经结束，不能再办理；如需更正请联系督导室。")
    if context.happened_on > context.today:
        return Refusal("发生日期不能晚于今天。")
    if context.happened_on < context.today - timedelta(EARLIEST):
        return Refusal(f"发生日期早于{EARLIEST}天以前，请核对；确需补录请联系督导室。")
    if not isinstance(command, StageCommand) and context.actor.role not in command.roles:
        return _wrong_role(list(command.roles), context, command)
    return None


def _wrong_role(roles: list[str], context: Context, command: Command) -> Refusal:
    allowed = "、".join(ROLE_TITLES[role] for role in dict.fromkeys(roles))
    own = ROLE_TITLES[context.actor.role]
    return Refusal(f"“{command.title}”应由{allowed}办理，您的身份是{own}。")


def _open(process: Process, context: Context, case: CaseState, command: w.OpenCase) -> Decided:
    return [
        w.CaseOpened(
            happened_on=context.happened_on,
            of=command.of,
            subject=command.subject,
            subject_kind=command.subject_kind,
            tier=command.tier,
            round=command.round,
            period_ends=command.period_ends,
        ),
        *_received(context, "last round", command.carried),
    ]


def _received(context: Context, source: str, findings: tuple) -> list[w.IssuesReceived]:
    if not findings:
        return []
    return [w.IssuesReceived(happened_on=context.happened_on, source=source, findings=findings)]


def _answer(process: Process, context: Context, case: CaseState, command: w.AnswerPlan) -> Decided:
    """An answer already given changes nothing, nor does an older one that comes late."""
    if case.plan and case.plan.number >= command.number:
        return []
    if command.stage not in process.kinds or process.kinds[command.stage].name != "planning":
        return Refusal("这个流程没有这个计划环节，请核对。")
    before = case.plan and case.plan.answer
    where = {
        "stage": command.stage,
        "happened_on": context.happened_on,
        "number": command.number,
    }
    if command.answer == "deferred":
        return [] if before == "deferred" else [Deferred(**where)]
    if command.week is None:
        return Refusal("选入计划的单位须写明安排在哪一周。")
    chosen = {**where, "week": command.week, "inspectors": command.inspectors}
    if before != "selected":
        return [Selected(**chosen)]
    same = (case.plan.week, case.plan.inspectors) == (command.week, command.inspectors)
    return [] if same else [Shifted(**chosen)]


def _merge(process: Process, context: Context, case: CaseState, command: w.MergeCase) -> Decided:
    if case.of == "round":
        return Refusal("学校合并在该校自己的案卷里办理。")
    if not context.facts.get("successor_live"):
        return Refusal("并入学校在本轮没有进行中的案卷，无法移交问题，请先核对并入学校。")
    if command.successor in (case.subject, f"{case.round}/{case.subject}"):
        return Refusal("学校不能并入自己，请核对并入学校。")
    return [w.CaseMerged(happened_on=context.happened_on, successor=command.successor)]


def _extend(
    process: Process, context: Context, case: CaseState, command: w.ExtendDeadline
) -> Decided:
    deadline = case.deadlines.get(command.deadline)
    if deadline is None:
        return Refusal("没有这个正在计算的期限，可能已经办结。")
    stage = process.stages.get(deadline.stage)
    if stage is None or deadline.name in NEVER_EXTENDED or deadline.name not in stage.extendable:
        return Refusal("这个期限依规定不能延长。")
    if command.due_on <= max(deadline.due_on, context.today):
        return Refusal(f"新的期限须晚于今天，也晚于现在的期限{full(deadline.due_on)}。")
    if command.due_on > context.today + timedelta(LONGEST_EXTENSION):
        return Refusal(f"新的期限{full(command.due_on)}离今天超过一年，请核对。")
    if not command.form.get("reason") or not command.form.get("approver"):
        return Refusal("延长期限须写明理由和批准人。")
    reckoning = due(DateIn(), command.due_on, context.calendar)
    moved = deadline.model_copy(
        update={"due_on": command.due_on, "start": command.due_on, "missed": False, "level": 0}
    )
    return [armed(context, process, moved, reckoning, "extended", context.payload)]


def _correct(
    process: Process, context: Context, case: CaseState, command: w.CorrectDate
) -> Decided:
    kind = process.kinds.get(command.stage)
    known = (*kind.event_names,) if kind else ("opened", "ended")
    reference = f"{command.stage}.{command.event}"
    was = case.dates.get(reference)
    if command.event not in known or was is None:
        return Refusal("案卷里没有这件事，无法更正日期。")
    if command.item:
        was = _runs_from(process, case, reference, command.item)
        if was is None:
            return Refusal("这件事已经办结，没有还在计算的期限，不用更正。")
    if was == command.happened_on:
        return Refusal("日期没有变化，不用更正。")
    if command.happened_on > context.today:
        return Refusal("更正后的日期不能晚于今天。")
    if abs(command.happened_on - was) > timedelta(EARLIEST):
        return Refusal(f"更正后的日期与原来的{full(was)}相差超过{EARLIEST}天，请核对。")
    if too_early := _before_it_began(process, case, command, was):
        return too_early
    if not command.form.get("reason"):
        return Refusal("更正日期须写明理由。")
    return [
        w.DateCorrected(
            stage=command.stage,
            item=command.item,
            happened_on=command.happened_on,
            event=reference,
            was=was,
            payload=context.payload,
        )
    ]


def _before_it_began(
    process: Process, case: CaseState, command: w.CorrectDate, was: date
) -> Refusal | None:
    """No stage begins before its round, and nothing happens in it before it began."""
    stage = process.stages.get(command.stage)
    if stage is None:  # the round itself
        return None
    begins = command.event == "opened"
    begun = case.dates.get("round.opened" if begins else f"{stage.id}.opened")
    if begun is None or not command.happened_on < begun <= was:
        return None
    what = "本轮" if begins else f"“{stage.title}”"
    return Refusal(f"更正后的日期早于{what}开始的{full(begun)}，请核对。")


def _runs_from(process: Process, case: CaseState, reference: str, item: str) -> date | None:
    """The day from which an item's own deadline runs that this event started."""
    for found in process.arms.get(reference, ()):
        deadline = case.deadlines.get(deadline_key(found.stage, found.name, item))
        if deadline is not None:
            return deadline.start
    return None


def _receive(
    process: Process, context: Context, case: CaseState, command: w.ReceiveIssues
) -> Decided:
    if not any(state.open and state.kind == "issue_list" for state in case.stages.values()):
        return Refusal("本案的问题清单已经结束，不能再接收移交的问题，请督导室另行安排。")
    if refusal := context.doubtful_findings(command.findings):
        return refusal
    words = {"payload": context.payload}  # of this command, unless they came with another case's
    findings = tuple(f if f.payload else f.model_copy(update=words) for f in command.findings)
    return _received(context, command.source, findings)


_DECISIONS = {
    w.OpenCase: _open,
    w.AnswerPlan: _answer,
    w.EndRound: lambda process, context, case, command: (
        [] if "round.ended" in case.dates else [w.RoundEnded(happened_on=context.happened_on)]
    ),
    w.MergeCase: _merge,
    w.ReceiveIssues: _receive,
    w.KeepTime: lambda process, context, case, command: keep(
        context, process, case, command.deadline
    ),
    w.ExtendDeadline: _extend,
    w.CorrectDate: _correct,
    w.RenewCalendar: lambda process, context, case, command: renewed(
        context, process, case, command
    ),
}
