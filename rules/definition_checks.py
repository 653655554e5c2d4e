"""What can be wrong with a definition's stages: how they begin and end, whom they tell of what."""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from rules.clauses import ClauseError, DateIn, Repeat, parse_clause
from rules.definition import KINDS, Definition
from rules.mistakes import Path, meant
from rules.process import Anchor, Process, UnknownReference
from rules.stages import StageFields

SPOKEN = ("reminder", "overdue", "escalation", "moved")  # messages every kind's deadlines need
ANSWERS = ("selected", "deferred", "shifted")  # what a plan of the round says in each case
OF = {"round": "整轮", "case": "单个学校的案卷"}
NOBODY = ("system", "public", "schools")  # roles that cannot be asked for anything
FINDERS = ("process_guidance", "on_site_review", "follow_up_visit")  # kinds that find problems

Flaw = tuple[Path, str]


class Library(NamedTuple):
    """What a definition may refer to: names of message templates, letters and standards."""

    messages: Collection[str] = ()
    letters: Collection[str] = ()
    standards: Collection[str] = ()


class References:
    """Resolves event words of a definition that may still have mistakes."""

    def __init__(self, definition: Definition) -> None:
        self.kinds = {stage.id: KINDS[stage.kind] for stage in definition.stages}
        self.stages = {stage.id: stage for stage in definition.stages}

    anchor = Process.anchor
    references = Process.references
    start = Process.start

    def resolve(self, stage: StageFields, text: str, clause: object = None) -> Anchor | str:
        """What the words mean to this stage, or why they cannot be used by it."""
        try:
            date_in = isinstance(clause, DateIn)
            anchor = self.start(stage, clause, text) if date_in else self.anchor(stage, text)
        except UnknownReference as unknown:
            return str(unknown)
        owner = self.stages.get(anchor.event.partition(".")[0])
        name = anchor.event.partition(".")[2]
        if owner is None:
            return anchor
        happens = "case" if owner.kind == "planning" and name in ANSWERS else owner.of
        if happens != stage.of:
            return f"“{text}”发生在{OF[happens]}，{OF[stage.of]}的环节不能用它起算"
        return anchor


def attempt(parse: Callable[[str], object], text: str) -> tuple[object | None, str]:
    """What the text says, or why it cannot be read."""
    try:
        return parse(text), ""
    except ClauseError as mistake:
        return None, str(mistake)


def openers(stage: StageFields) -> list[str]:
    """The event words a stage's opening names; none where it begins with the round or on a day."""
    if stage.opens.startswith("when "):
        return [text.strip() for text in stage.opens.removeprefix("when ").split(" or ")]
    clause, _ = attempt(parse_clause, stage.opens)
    event = getattr(clause, "event", "")
    return [event] if event else []


def settings_flaws(
    definition: Definition, library: Library, references: References
) -> Iterator[Flaw]:
    """Every stage's ways in and out, messages and letters, and what its kind asks of it."""
    for number, stage in enumerate(definition.stages):
        path = ("stages", number)
        yield from _ways_in_and_out(path, stage, references)
        yield from _told(path, stage, library)
        yield from _drafted(path, stage, library)
        yield from _standard(path, stage, definition, library)
        yield from _of_its_kind(path, stage, references)


def _ways_in_and_out(path: Path, stage: StageFields, references: References) -> Iterator[Flaw]:
    opens, here = stage.opens, (*path, "opens")
    if opens != "with the round" and stage.kind == "issue_list":
        yield here, "问题随时可能发现，问题清单的 opens 应为 with the round"
    clause = None
    if opens != "with the round" and not opens.startswith("when "):
        clause, reason = attempt(parse_clause, opens)
        if clause is None or isinstance(clause, Repeat):
            hint = "应写成 with the round、when 某事、on 1 March 或某事之后多少天"
            yield here, reason or f"“{opens}”不能用来开始一个环节，{hint}"
    for text in openers(stage):
        if isinstance(flaw := references.resolve(stage, text, clause), str):
            yield here, flaw
    for number, text in enumerate(stage.until):
        if isinstance(flaw := references.resolve(stage, text), str):
            yield (*path, "until", number), flaw


def _told(path: Path, stage: StageFields, library: Library) -> Iterator[Flaw]:
    kind = KINDS[stage.kind]
    for key, events in (("tell", stage.tell), ("letters", stage.letters)):
        for event in events:
            if event not in kind.event_names:
                hint = meant(event, list(kind.event_names))
                yield (*path, key, event), f"“{kind.title}”没有“{event}”这个事件{hint}"
    for event in stage.tell:
        if event in kind.event_names and f"{kind.name}.{event}" not in library.messages:
            yield (*path, "tell", event), f"消息 {kind.name}.{event} 没有模板"
    for said in SPOKEN:
        if f"{kind.name}.{said}" not in library.messages:
            yield (*path, "kind"), f"消息 {kind.name}.{said} 没有模板"
    if stage.responsible in NOBODY:
        yield (*path, "responsible"), f"{stage.responsible} 不能负责一个环节：到期没有人可以提醒"


def _drafted(path: Path, stage: StageFields, library: Library) -> Iterator[Flaw]:
    for event, letters in stage.letters.items():
        for number, letter in enumerate(letters):
            if letter not in library.letters:
                hint = meant(letter, sorted(library.letters))
                yield (*path, "letters", event, number), f"没有文书 {letter}{hint}"


def _standard(
    path: Path, stage: StageFields, definition: Definition, library: Library
) -> Iterator[Flaw]:
    scored = getattr(stage, "scored", False) or getattr(stage, "form", "") == "standard"
    if scored and definition.standard not in library.standards:
        here = ("standard",) if definition.standard else (*path, "kind")
        hint = meant(definition.standard, sorted(library.standards))
        yield here, f"没有评估标准“{definition.standard}”{hint}"


def _of_its_kind(path: Path, stage: StageFields, references: References) -> Iterator[Flaw]:
    stages = references.stages
    title = KINDS[stage.kind].title
    if stage.of == "round" and stage.kind in (*FINDERS, "issue_list"):
        yield (*path, "of"), f"“{title}”是单个学校的环节，of 应为 case"
    cover = getattr(stage, "cover", None)
    if cover is not None and bool(cover.each_year) == bool(cover.tiers):
        yield (*path, "cover"), "覆盖要求要写 each_year 或 tiers，二选一"
    for number, source in enumerate(getattr(stage, "sources", ())):
        here = (*path, "sources", number)
        if source not in stages:
            yield here, f"没有环节 {source}{meant(source, list(stages))}"
        elif stages[source].kind not in FINDERS:
            yield here, f"“{stages[source].title}”不会发现问题，不能列入 sources"
    if stage.kind == "follow_up_visit":
        yield from _goes_through_a_list(path, stage, stages)


def _goes_through_a_list(
    path: Path, stage: StageFields, stages: dict[str, StageFields]
) -> Iterator[Flaw]:
    """A follow-up's verdicts change the list it goes through, and reopen issues there."""
    listed, here = stages.get(stage.of_issues), (*path, "of_issues")
    if listed is None or listed.kind != "issue_list":
        lists = [other.id for other in stages.values() if other.kind == "issue_list"]
        yield here, f"{stage.of_issues} 不是问题清单环节{meant(stage.of_issues, lists)}"
        return
    if stage.id not in listed.sources:
        yield here, f"回访结论要记入“{listed.title}”，请在它的 sources 里加上 {stage.id}"
    if "reopened" not in listed.deadlines:
        title = KINDS["issue_list"].deadlines["reopened"].title
        yield here, f"回访可能让问题重新整改，“{listed.title}”缺少期限 reopened（{title}）"


def opening_circles(definition: Definition, references: References) -> Iterator[Flaw]:
    """Stages that open each other in a circle never begin, or never end."""
    edges: dict[str, set[str]] = {}
    for stage in definition.stages:
        anchors = [references.resolve(stage, text) for text in openers(stage)]
        found = {a.event.partition(".")[0] for a in anchors if isinstance(a, Anchor)}
        edges[stage.id] = found - {"round"}
    for number, stage in enumerate(definition.stages):
        if _reaches(edges, stage.id):
            yield (
                ("stages", number, "opens"),
                f"环节“{stage.title}”要等自己结束后才能开始，成了没有出口的循环",
            )


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
