"""实地督导 until the team leaves the school: who goes, when, announced how, and for how long."""

from datetime import date, timedelta
from typing import Any

from rules.clauses import due, parse_clause
from rules.explanation import full
from rules.kinds import Context, Decided
from rules.messages import Command
from rules.on_site_review import words as w
from rules.values import Refusal

LONGEST_VISIT = 60  # days; more is a slip
GUARDS = {"announcement": "发布督导公告", "notice": "送达通知书"}


def at(context: Context) -> dict:
    return {"stage": context.stage.id, "happened_on": context.happened_on}


def appoint(context: Context, case: Any, data: Any, command: w.AppointTeam) -> Decided:
    members = command.members
    if len(set(members)) != len(members) or command.lead not in members:
        return Refusal("督导组成员不能重复，组长须是成员之一。")
    least = context.stage.team.at_least
    if len(members) < least:
        return Refusal(f"督导组至少{least}名督学（《教育督导条例》），现在只有{len(members)}名。")
    recusals = {*context.facts["recusals"], *data.recused}
    if recused := sorted(recusals & set(members)):
        return Refusal(f"{context.named(recused)}与该校有利害关系，应当回避，不能进入督导组。")
    if strangers := sorted(set(members) - set(context.facts["inspectors"])):
        return Refusal(f"{context.named(strangers)}不是在任督学，不能进入督导组。")
    consulted = tuple(sorted(recusals))
    return [w.TeamAppointed(**at(context), lead=command.lead, members=members, consulted=consulted)]


def recuse(context: Context, case: Any, data: Any, command: w.DeclareRecusal) -> Decided:
    """Whoever must step back says so; the office also for somebody else."""
    if context.actor.role != "office" and context.actor.person != command.inspector:
        return Refusal("申报回避由本人或督导室办理，不能替别的督学申报。")
    if command.inspector in data.recused:
        return Refusal("这位督学已经申报过回避。")
    if command.inspector not in data.team:
        return Refusal("这位督学不在本校督导组里，不用申报回避。")
    return [w.RecusalDeclared(**at(context), inspector=command.inspector, payload=context.payload)]


def days_between(context: Context, first: date, last: date) -> int:
    """How many of the days first..last count for a visit: teaching or working days."""
    teaching = "teaching" in context.stage.visit.at_least
    counts = context.calendar.is_teaching_day if teaching else context.calendar.is_working_day
    return sum(counts(first + timedelta(n)) for n in range((last - first).days + 1))


def _long_enough(context: Context, first: date, last: date) -> Refusal | None:
    text = context.stage.visit.at_least
    least, kind = int(text.split()[0]), _kind_of_day(context)
    if last < first:
        return Refusal("结束日期早于开始日期，请核对。")
    if (last - first).days > LONGEST_VISIT:
        return Refusal(f"入校时间超过{LONGEST_VISIT}天，请核对日期。")
    if (counted := days_between(context, first, last)) < least:
        days = full(first) if first == last else f"{full(first)}至{full(last)}"
        return Refusal(f"实地督导至少{least}个{kind}，{days}只有{counted}个{kind}。")
    return None


def _kind_of_day(context: Context) -> str:
    return "教学日" if "teaching" in context.stage.visit.at_least else "工作日"


def schedule(context: Context, case: Any, data: Any, command: w.ScheduleVisit) -> Decided:
    """Days on which the school teaches, far enough off that everybody still gets their notice."""
    if refusal := context.doubtful(command.starts, "入校日期"):
        return refusal
    if refusal := _long_enough(context, command.starts, command.ends):
        return refusal
    for what, day in (("入校", command.starts), ("离校", command.ends)):
        if not days_between(context, day, day):
            return Refusal(f"{what}日期{full(day)}不是{_kind_of_day(context)}，请另选日期。")
    for name, doing in GUARDS.items():
        if clause := context.stage.deadlines.get(name):
            latest = due(parse_clause(clause), command.starts, context.calendar).due
            if latest < context.happened_on:
                return Refusal(
                    f"{full(command.starts)}入校，最迟应于{full(latest)}{doing}，"
                    "已经来不及，请把入校日期往后安排。"
                )
    return [w.VisitScheduled(**at(context), starts=command.starts, ends=command.ends)]


def served(event: type[Any], flag: str, guard: str):
    """A notice given in time for the days as scheduled; too late a one moves the visit instead."""

    def decision(context: Context, case: Any, data: Any, command: Command) -> Decided:
        if data.starts is None:
            return Refusal("还没有确定入校日期，请先安排日期。")
        if getattr(data, flag):
            return Refusal("已经办理过了，不用重复办理。")
        latest = case.due_on(context.stage.id, guard)
        if latest and context.happened_on > latest:
            return Refusal(
                f"{full(data.starts)}入校，最迟应于{full(latest)}{GUARDS[guard]}，"
                "现已超过，请先改期再办理。"
            )
        return [event(**at(context), payload=context.payload)]

    return decision


def start(context: Context, case: Any, data: Any, command: w.StartVisit) -> Decided:
    """No visit starts unannounced, unnoticed, early, or with too small a team."""
    if data.starts is None:
        return Refusal("还没有确定入校日期，不能开始。")
    if context.happened_on < data.starts:
        return Refusal(f"入校日期定在{full(data.starts)}，不能提前开始；如需提前请改期。")
    if context.happened_on > data.ends:
        return Refusal(f"原定{full(data.ends)}前入校，日期已过，请先改期并重新公告、通知。")
    missing = [
        doing
        for (name, doing), served in zip(
            GUARDS.items(), (data.announced, data.noticed), strict=True
        )
        if name in context.stage.deadlines and not served
    ]
    if missing:
        return Refusal(f"还没有{'、'.join(missing)}，不能入校；请先办理，来不及的请改期。")
    least = context.stage.team.at_least
    if len(data.team) < least or not data.lead:
        return Refusal(f"督导组须有组长和至少{least}名督学，现有{len(data.team)}名，请先补足。")
    return [w.VisitStarted(**at(context))]


def end(context: Context, case: Any, data: Any, command: w.EndVisit) -> Decided:
    if refusal := _long_enough(context, data.started_on, context.happened_on):
        return refusal
    return [w.VisitEnded(**at(context), payload=context.payload)]
