"""What can be wrong with a definition's deadlines: their clauses, reminders and ladders.

A duty must be counted from something that is sure to have happened when somebody waits for it,
and must speak up again and again once it is late, up to the top: else a case could lie for ever.
"""

from collections.abc import Iterator

from rules.case_decisions import NEVER_EXTENDED
from rules.clauses import Count, Every, FixedDay, Repeat, parse_clause, parse_reminder, parse_span
from rules.definition import KINDS, Definition
from rules.definition_checks import NOBODY, Flaw, References, attempt, openers
from rules.kinds import DeadlineRule
from rules.mistakes import Path, meant
from rules.process import Anchor
from rules.stages import Escalation, StageFields

# A late duty is heard of at least every five working days: the longest pause between reminders.
MOST_SILENCE = {"working day": 5, "teaching day": 0, "day": 5, "week": 0, "month": 0}


def duty_flaws(definition: Definition, references: References) -> Iterator[Flaw]:
    """Every mistake in clauses, reminders, ladders and extensions."""
    yield from _ladder(("escalate",), definition.escalate)
    yield from _reminders(("remind",), definition.remind, duty=True)
    for number, stage in enumerate(definition.stages):
        path = ("stages", number)
        yield from _missing(path, stage)
        for name, text in stage.deadlines.items():
            yield from _clause((*path, "deadlines", name), stage, name, text, references)
        yield from _speaking(path, stage)
        yield from _extendable(path, stage)


def _missing(path: Path, stage: StageFields) -> Iterator[Flaw]:
    kind, here = KINDS[stage.kind], (*path, "deadlines")
    for name in kind.required:
        if name not in stage.deadlines:
            title = kind.deadlines[name].title
            yield here, f"“{stage.title}”缺少期限 {name}（{title}）"
    for name, needed in kind.needs.items():
        for other in needed:
            if name in stage.deadlines and other not in stage.deadlines:
                title = kind.deadlines[other].title
                yield (*here, name), f"写了 {name} 就还要写期限 {other}（{title}）"


def _clause(
    here: Path, stage: StageFields, name: str, text: str, references: References
) -> Iterator[Flaw]:
    kind = KINDS[stage.kind]
    rule = kind.deadlines.get(name)
    if rule is None:
        yield here, f"“{kind.title}”没有期限 {name}{meant(name, list(kind.deadlines))}"
        return
    clause, reason = attempt(parse_clause, text)
    if clause is None:
        yield here, reason
        return
    if isinstance(clause, (Repeat, FixedDay)):
        if rule.per_item or rule.window or rule.guard or rule.after:
            how = "按周期重复" if isinstance(clause, Repeat) else "定在某一天"
            yield here, f"“{rule.title}”不能{how}，应写成某事之后多少天"
        return
    anchor = references.resolve(stage, clause.event, clause)
    if isinstance(anchor, str):
        yield here, anchor
    elif isinstance(clause, Count) and (clause.direction == "before") != rule.guard:
        if rule.guard:
            yield here, f"“{rule.title}”须在事前完成，应写成 15 days before visit.starts 这样"
        else:
            yield here, f"“{rule.title}”的期限不能早于它自己的起算日，before 应为 after"
    elif flaw := _uncertain(stage, rule, anchor, clause.occurrence == "first", references):
        yield here, flaw


def _uncertain(
    stage: StageFields, rule: DeadlineRule, anchor: Anchor, first: bool, references: References
) -> str:
    """Why nothing would start this clock when the duty begins, or nothing."""
    if rule.free:
        return ""
    owner, _, name = anchor.day.partition(".")
    if first and (rule.after or owner == stage.id):
        return f"“{rule.title}”每次都要重新起算，不能写 first"
    if rule.after:
        if owner == stage.id and name in rule.after:
            return ""
        return f"“{rule.title}”只能从 {'、'.join(rule.after)} 起算"
    begins = {anchor.event for text in openers(stage) if _is(references, stage, text, anchor)}
    one_way = len(openers(stage)) == 1
    if anchor.event in (f"{stage.id}.opened", "round.opened") or (begins and one_way):
        return ""
    return f"“{rule.title}”应从本环节开始（opened）或使它开始的事起算，否则可能永远不到期"


def _is(references: References, stage: StageFields, text: str, anchor: Anchor) -> bool:
    opener = references.resolve(stage, text)
    return isinstance(opener, Anchor) and opener.event == anchor.event


def _speaking(path: Path, stage: StageFields) -> Iterator[Flaw]:
    rules = KINDS[stage.kind].deadlines
    for key, texts in stage.remind.items():
        yield from _known_deadline((*path, "remind", key), stage, key)
        duty = key in rules and not rules[key].window
        yield from _reminders((*path, "remind", key), texts, duty)
    for key, steps in stage.escalate.items():
        yield from _known_deadline((*path, "escalate", key), stage, key)
        yield from _ladder((*path, "escalate", key), steps)


def _extendable(path: Path, stage: StageFields) -> Iterator[Flaw]:
    rules = KINDS[stage.kind].deadlines
    for number, key in enumerate(stage.extendable):
        here = (*path, "extendable", number)
        yield from _known_deadline(here, stage, key)
        if key in rules and (rules[key].guard or key in NEVER_EXTENDED):
            yield here, f"“{rules[key].title}”的期限依规定不能延长"


def _known_deadline(path: Path, stage: StageFields, name: str) -> Iterator[Flaw]:
    if name not in stage.deadlines:
        yield path, f"“{stage.title}”没有写期限 {name}{meant(name, list(stage.deadlines))}"


def _reminders(path: Path, texts: list[str], duty: bool) -> Iterator[Flaw]:
    """Each can be read; a duty's keep on speaking when it is late."""
    read = [attempt(parse_reminder, text) for text in texts]
    for number, (_, reason) in enumerate(read):
        if reason:
            yield (*path, number), reason
    insists = any(
        isinstance(reminder, Every) and reminder.n <= MOST_SILENCE[reminder.unit]
        for reminder, _ in read
    )
    if duty and not insists and not any(reason for _, reason in read):
        yield path, "逾期后要反复提醒，至少五个工作日一次，请加上 every 2 working days after"


def _ladder(path: Path, steps: list[Escalation]) -> Iterator[Flaw]:
    if not steps:
        yield path, "逐级上报至少要有一级，例如 {after: 5 working days, to: office}"
    before = 0
    for number, step in enumerate(steps):
        span, reason = attempt(parse_span, step.after)
        if span is None or span.unit != "working day":
            yield (*path, number, "after"), reason or "逐级上报按工作日算，例如 5 working days"
        elif span.n <= before:
            yield (*path, number, "after"), "逐级上报的时间应一级比一级晚"
        else:
            before = span.n
        if step.to in NOBODY:
            yield (*path, number, "to"), f"不能上报给 {step.to}：要报给能处理的人"
