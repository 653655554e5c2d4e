"""Whether a command is allowed: the gate every command passes, and the case's own decisions."""

from dataclasses import replace
from datetime import timedelta

from rules import case_words as w
from rules.clauses import DateIn, due
from rules.clock import keep
from rules.kinds import Context, Decided
from rules.messages import Command, StageCommand
from rules.planning import Deferred, Selected
from rules.process import Process
from rules.state import CaseState
from rules.timekeeping import armed
from rules.values import ROLE_TITLES, Refusal

EARLIEST = 60  # days a fact may be entered after it happened
NEVER_EXTENDED = ("opinion_letter",)  # its fifteen working days are never suspended


def decide(process: Process, context: Context, case: CaseState, command: Command) -> Decided:
    """Gate a command, then let its kind (or the case itself) answer it."""
    refusal = _gate(context, case, command)
    if refusal:
        return refusal
    if not isinstance(command, StageCommand):
        return _DECISIONS[type(command)](process, context, case, command)
    stage = process.stages.get(command.stage)
    if stage is None:
        return Refusal("这个流程没有这个环节，请核对。")
    kind = process.kinds[command.stage]
    if not isinstance(command, kind.commands):
        return Refusal(f"“{stage.title}”环节不能{command.title}。")
    if not case.is_open(command.stage):
        ended = command.stage in case.stages
        return Refusal(
            f"“{stage.title}”环节{'已经结束' if ended else '还没有开始'}，不能{command.title}。"
        )
    roles = [stage.responsible if role == "responsible" else role for role in command.roles]
    if context.actor.role not in roles:
        return _wrong_role(roles, context, command)
    data = case.stages[command.stage].data
    if command.phases and data.phase not in command.phases:
        return Refusal(f"“{stage.title}”{kind.phases[data.phase]}，现在不能{command.title}。")
    return kind.decide(replace(context, stage=stage), case, data, command)


def _gate(context: Context, case: CaseState, command: Command) -> Refusal | None:
    """The case is live, the day believable, and the role right for a command of the case."""
    if isinstance(command, w.OpenCase):
        if case.status != "new":
            return Refusal("本轮已经立案，不用重复立案。")
    elif case.status == "new":
        return Refusal("还没有立案，请先立案。")
    elif not case.live:
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
    if case.plan and (case.plan.answer, case.plan.week) == (command.answer, command.week):
        return []
    where = {
        "stage": command.stage,
        "happened_on": context.happened_on,
        "number": command.number,
    }
    if command.answer == "deferred":
        return [Deferred(**where)]
    return [Selected(**where, week=command.week, inspectors=command.inspectors)]


def _merge(process: Process, context: Context, case: CaseState, command: w.MergeCase) -> Decided:
    if not context.facts.get("successor_live"):
        return Refusal("并入学校在本轮没有进行中的案卷，无法移交问题，请先核对并入学校。")
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
    if command.due_on <= deadline.due_on:
        return Refusal(f"新的期限须晚于现在的期限{deadline.due_on}。")
    if not command.form.get("reason") or not command.form.get("approver"):
        return Refusal("延长期限须写明理由和批准人。")
    reckoning = due(DateIn(event="deadline.extended"), command.due_on, context.calendar)
    moved = deadline.model_copy(
        update={"due_on": command.due_on, "start": command.due_on, "missed": False, "level": 0}
    )
    return [armed(context, process, moved, reckoning, "extended", context.payload)]


def _correct(
    process: Process, context: Context, case: CaseState, command: w.CorrectDate
) -> Decided:
    reference = f"{command.stage}.{command.event}"
    was = case.dates.get(reference)
    if was is None:
        return Refusal("案卷里没有这件事，无法更正日期。")
    if was == command.happened_on:
        return Refusal("日期没有变化，不用更正。")
    if command.happened_on > context.today:
        return Refusal("更正后的日期不能晚于今天。")
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


_DECISIONS = {
    w.OpenCase: _open,
    w.AnswerPlan: _answer,
    w.EndRound: lambda process, context, case, command: (
        [] if "round.ended" in case.dates else [w.RoundEnded(happened_on=context.happened_on)]
    ),
    w.MergeCase: _merge,
    w.ReceiveIssues: lambda process, context, case, command: _received(
        context, command.source, command.findings
    ),
    w.KeepTime: lambda process, context, case, command: keep(
        context, process, case, command.deadline
    ),
    w.ExtendDeadline: _extend,
    w.CorrectDate: _correct,
}
