"""A definition file read and checked: every mistake with its line and what was probably meant."""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from rules.clauses import ClauseError, Count, Repeat, parse_clause, parse_reminder, parse_span
from rules.definition import KINDS, Definition
from rules.mistakes import Mistakes, Path, meant
from rules.positioned import Positioned, read_yaml, validate
from rules.process import Process, UnknownReference
from rules.stages import Escalation, StageFields

SPOKEN = ("reminder", "overdue", "escalation", "moved")  # messages every kind's deadlines need


class Library(NamedTuple):
    """What a definition may refer to: names of message templates, letters and standards."""

    messages: Collection[str] = ()
    letters: Collection[str] = ()
    standards: Collection[str] = ()


Flaw = tuple[Path, str]


def load_definition(text: str, name: str, library: Library) -> Definition:
    """A definition from its YAML text; raises Mistakes with every mistake's line."""
    positioned = read_yaml(text, name)
    definition = validate(Definition, positioned)
    flaws = [*_duplicates(definition)]
    if not flaws:
        flaws = list(_flaws(definition, library))
    if flaws:
        raise Mistakes(name, [_placed(positioned, path, reason) for path, reason in flaws])
    return definition


def _placed(positioned: Positioned, path: Path, reason: str):
    return positioned.mistake(path, reason)


def _duplicates(definition: Definition) -> Iterator[Flaw]:
    seen: set[str] = set()
    for number, stage in enumerate(definition.stages):
        if stage.id in seen or stage.id == "round":
            reserved = "是保留的名字" if stage.id == "round" else "重复了"
            yield ("stages", number, "id"), f"环节编号“{stage.id}”{reserved}，请换一个"
        seen.add(stage.id)


def _flaws(definition: Definition, library: Library) -> Iterator[Flaw]:
    references = _References(definition)
    yield from _ladder(("escalate",), definition.escalate)
    yield from _reminders(("remind",), definition.remind)
    for number, stage in enumerate(definition.stages):
        path = ("stages", number)
        yield from _clauses(path, stage, references)
        yield from _ways_in_and_out(path, stage, references)
        yield from _speaking(path, stage)
        yield from _told(path, stage, library)
        yield from _kind_settings(path, stage, definition, library)
    yield from _circles(definition, references)


class _References:
    """Resolves event words of a definition that may still have mistakes."""

    def __init__(self, definition: Definition) -> None:
        self.kinds = {stage.id: KINDS[stage.kind] for stage in definition.stages}
        self.stages = {stage.id: stage for stage in definition.stages}

    anchor = Process.anchor
    references = Process.references

    def flaw(self, stage: StageFields, text: str) -> str:
        """Why the words cannot be used by this stage, or nothing."""
        try:
            reference, _ = self.anchor(stage, text)
        except UnknownReference as unknown:
            return str(unknown)
        owner = self.stages.get(reference.partition(".")[0])
        name = reference.partition(".")[2]
        if owner and owner.of != stage.of and name not in ("selected", "deferred"):
            return f"“{text}”发生在{_OF[owner.of]}，{_OF[stage.of]}的环节不能用它起算"
        return ""


_OF = {"round": "整轮", "case": "单个学校的案卷"}


def _try(parse: Callable[[str], object], text: str) -> tuple[object | None, str]:
    try:
        return parse(text), ""
    except ClauseError as mistake:
        return None, str(mistake)


def _clauses(path: Path, stage: StageFields, references: _References) -> Iterator[Flaw]:
    kind = KINDS[stage.kind]
    for missing in (name for name in kind.required if name not in stage.deadlines):
        title = kind.deadlines[missing].title
        yield (*path, "deadlines"), f"“{stage.title}”缺少期限 {missing}（{title}）"
    for name, text in stage.deadlines.items():
        here = (*path, "deadlines", name)
        rule = kind.deadlines.get(name)
        if rule is None:
            hint = meant(name, list(kind.deadlines))
            yield here, f"“{kind.title}”没有期限 {name}{hint}"
            continue
        clause, reason = _try(parse_clause, text)
        if clause is None:
            yield here, reason
            continue
        if isinstance(clause, Repeat):
            if rule.per_item or rule.window or rule.guard:
                yield here, f"“{rule.title}”不能按周期重复，应写成某事之后多少天"
            continue
        event = getattr(clause, "event", "")
        if event and (flaw := references.flaw(stage, event)):
            yield here, flaw
        elif isinstance(clause, Count) and (clause.direction == "before") != rule.guard:
            if rule.guard:
                yield here, f"“{rule.title}”须在事前完成，应写成 15 days before visit.starts 这样"
            else:
                yield here, f"“{rule.title}”的期限不能早于它自己的起算日，before 应为 after"


def _ways_in_and_out(path: Path, stage: StageFields, references: _References) -> Iterator[Flaw]:
    opens = stage.opens
    if opens.startswith("when "):
        for text in opens.removeprefix("when ").split(" or "):
            if flaw := references.flaw(stage, text.strip()):
                yield (*path, "opens"), flaw
    elif opens != "with the round":
        clause, reason = _try(parse_clause, opens)
        event = getattr(clause, "event", "")
        if clause is None or isinstance(clause, Repeat):
            hint = "应写成 with the round、when 某事、on 1 March 或某事之后多少天"
            yield (*path, "opens"), reason or f"“{opens}”不能用来开始一个环节，{hint}"
        elif event and (flaw := references.flaw(stage, event)):
            yield (*path, "opens"), flaw
    for number, text in enumerate(stage.until):
        if flaw := references.flaw(stage, text):
            yield (*path, "until", number), flaw


def _speaking(path: Path, stage: StageFields) -> Iterator[Flaw]:
    for key, texts in stage.remind.items():
        yield from _known_deadline((*path, "remind", key), stage, key)
        yield from _reminders((*path, "remind", key), texts)
    for key, steps in stage.escalate.items():
        yield from _known_deadline((*path, "escalate", key), stage, key)
        yield from _ladder((*path, "escalate", key), steps)
    for number, key in enumerate(stage.extendable):
        yield from _known_deadline((*path, "extendable", number), stage, key)


def _known_deadline(path: Path, stage: StageFields, name: str) -> Iterator[Flaw]:
    if name not in stage.deadlines:
        yield path, f"“{stage.title}”没有写期限 {name}{meant(name, list(stage.deadlines))}"


def _reminders(path: Path, texts: list[str]) -> Iterator[Flaw]:
    for number, text in enumerate(texts):
        _, reason = _try(parse_reminder, text)
        if reason:
            yield (*path, number), reason


def _ladder(path: Path, steps: list[Escalation]) -> Iterator[Flaw]:
    before = 0
    for number, step in enumerate(steps):
        span, reason = _try(parse_span, step.after)
        if span is None or span.unit != "working day":
            yield (*path, number, "after"), reason or "逐级上报按工作日算，例如 5 working days"
        elif span.n <= before:
            yield (*path, number, "after"), "逐级上报的时间应一级比一级晚"
        else:
            before = span.n


def _told(path: Path, stage: StageFields, library: Library) -> Iterator[Flaw]:
    kind = KINDS[stage.kind]
    for event in stage.tell:
        here = (*path, "tell", event)
        if event not in kind.event_names:
            yield here, f"“{kind.title}”没有“{event}”这个事件{meant(event, list(kind.event_names))}"
        elif f"{kind.name}.{event}" not in library.messages:
            yield here, f"消息 {kind.name}.{event} 没有模板"
    for event, letters in stage.letters.items():
        here = (*path, "letters", event)
        if event not in kind.event_names:
            yield here, f"“{kind.title}”没有“{event}”这个事件{meant(event, list(kind.event_names))}"
        for number, letter in enumerate(letters):
            if letter not in library.letters:
                yield (*here, number), f"没有文书 {letter}{meant(letter, sorted(library.letters))}"
    for said in SPOKEN:
        if f"{kind.name}.{said}" not in library.messages:
            yield (*path, "kind"), f"消息 {kind.name}.{said} 没有模板"


def _kind_settings(
    path: Path, stage: StageFields, definition: Definition, library: Library
) -> Iterator[Flaw]:
    ids = {other.id: other for other in definition.stages}
    for number, source in enumerate(getattr(stage, "sources", ())):
        if source not in ids:
            yield (*path, "sources", number), f"没有环节 {source}{meant(source, list(ids))}"
    listed = getattr(stage, "of_issues", None)
    if listed is not None and (listed not in ids or ids[listed].kind != "issue_list"):
        lists = [other.id for other in definition.stages if other.kind == "issue_list"]
        yield (*path, "of_issues"), f"{listed} 不是问题清单环节{meant(listed, lists)}"
    scored = getattr(stage, "scored", False) or getattr(stage, "form", "") == "standard"
    if scored and definition.standard not in library.standards:
        here = ("standard",) if definition.standard else (*path, "kind")
        yield (
            here,
            f"没有评估标准“{definition.standard}”{meant(definition.standard, sorted(library.standards))}",
        )
    cover = getattr(stage, "cover", None)
    if cover is not None and bool(cover.each_year) == bool(cover.tiers):
        yield (*path, "cover"), "覆盖要求要写 each_year 或 tiers，二选一"
    if stage.of == "round" and stage.kind in ("process_guidance", "issue_list", "follow_up_visit"):
        yield (*path, "of"), f"“{KINDS[stage.kind].title}”是单个学校的环节，of 应为 case"


def _circles(definition: Definition, references: _References) -> Iterator[Flaw]:
    """Stages that open each other in a circle never begin, or never end."""
    opened_by = {
        stage.id: [word.strip().rsplit("or ")[-1] for word in _openers(stage)]
        for stage in definition.stages
    }
    edges: dict[str, set[str]] = {}
    for stage in definition.stages:
        found = set()
        for word in opened_by[stage.id]:
            try:
                found.add(references.anchor(stage, word)[0].partition(".")[0])
            except UnknownReference:
                continue
        edges[stage.id] = found - {"round"}
    for number, stage in enumerate(definition.stages):
        if _reaches(edges, stage.id):
            yield (
                ("stages", number, "opens"),
                f"环节“{stage.title}”要等自己结束后才能开始，成了没有出口的循环",
            )


def _openers(stage: StageFields) -> list[str]:
    if stage.opens.startswith("when "):
        return stage.opens.removeprefix("when ").split(" or ")
    clause, _ = _try(parse_clause, stage.opens)
    event = getattr(clause, "event", "")
    return [event] if event else []


def _reaches(edges: dict[str, set[str]], start: str) -> bool:
    seen: set[str] = set()
    open_ends = list(edges[start])
    while open_ends:
        at = open_ends.pop()
        if at == start:
            return True
        if at not in seen:
            seen.add(at)
            open_ends += edges.get(at, ())
    return False
