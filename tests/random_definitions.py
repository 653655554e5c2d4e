"""Processes nobody has thought of, built from the vocabulary of the six kinds, all of them valid.

Whatever the loader accepts must obey the laws; so this asks of a definition only what the loader
asks, and draws everything else: which stages, how often, when they open, every clause, reminder
and ladder.
"""

import json
from typing import Any

from hypothesis import strategies as st

from rules.definition import KINDS
from rules.kinds import DeadlineRule

FINDERS = ("process_guidance", "on_site_review", "follow_up_visit")
IDS = ("a", "b", "visit", "issue", "plan_2", "planning", "deadline", "x9", "case", "opened", "next")
LENGTHS = st.builds(
    lambda n, unit: f"{n} {unit}{'' if n == 1 else 's'}",
    st.integers(1, 25),
    st.sampled_from(["working day", "day", "teaching day"]),
)
INSISTING = st.sampled_from(["every working day after", "every 3 working days after"]) | st.builds(
    lambda n: f"every {n} days after", st.integers(2, 5)
)
REMINDERS = st.builds(
    lambda before, insisting: [*before, insisting],
    st.lists(
        st.sampled_from(["1 working day before", "10 days before", "on the day", "2 days after"]),
        max_size=3,
        unique=True,
    ),
    INSISTING,
)
LADDERS = st.builds(
    lambda steps, roles: [
        {"after": f"{days} working days", "to": to}
        for days, to in zip(sorted(steps), roles, strict=True)
    ],
    st.lists(st.integers(2, 30), min_size=2, max_size=2, unique=True),
    st.permutations(["office", "superior", "government"]).map(lambda roles: roles[:2]),
)
OPENINGS = st.sampled_from(
    ["with the round", "with the round", "on 1 March", "10 working days after round.opened"]
)


@st.composite
def definitions(draw: st.DrawFn, ids: tuple[str, ...] = IDS) -> dict[str, Any]:
    """A definition as plain values; ``as_yaml`` makes the text of it."""
    names = iter(draw(st.permutations(ids)))
    plan = next(names) if draw(st.booleans()) else ""
    kinds = draw(
        st.lists(st.sampled_from(["self_assessment", "on_site_review", *FINDERS]), max_size=4)
    )
    lists = [next(names) for _ in range(draw(st.integers(1, 2)))]
    stages: list[dict[str, Any]] = []
    if plan:
        stages.append(draw(_stage("planning", plan, [], "")))
    if draw(st.booleans()):
        stages.append({**draw(_stage("self_assessment", next(names), [], "")), "of": "round"})
    for kind in kinds:
        stage = draw(_stage(kind, next(names), stages, plan))
        if kind == "follow_up_visit":
            stage["of_issues"] = draw(st.sampled_from(lists))
        stages.append(stage)
    found = [stage for stage in stages if stage["kind"] in FINDERS]
    for name in lists:
        stage = draw(_stage("issue_list", name, [], plan))
        needed = [s["id"] for s in found if s.get("of_issues") == name]
        others = [s["id"] for s in found if s["id"] not in needed and draw(st.booleans())]
        stages.append({**stage, "opens": "with the round", "sources": [*needed, *others]})
    return {
        "process": "random",
        "title": "随机流程",
        "version": "1",
        "subjects": ["primary"],
        "period": "year",
        "standard": "example-1000",
        "remind": draw(REMINDERS),
        "escalate": draw(LADDERS),
        "stages": draw(st.permutations(stages)),
    }


@st.composite
def _stage(draw: st.DrawFn, kind: str, name: str, before: list[dict], plan: str) -> dict[str, Any]:
    """One stage; it may open when something happens in a stage made before it."""
    stage: dict[str, Any] = {"id": name, "kind": kind, "title": KINDS[kind].title}
    rules = KINDS[kind].deadlines
    stage["opens"], opener = draw(_opening(before, plan))
    wanted = [n for n in rules if n in KINDS[kind].required or draw(st.booleans())]
    for n in wanted:  # what a need needs is needed too
        wanted += [other for other in KINDS[kind].needs.get(n, ()) if other not in wanted]
    if kind == "issue_list":
        wanted = list(dict.fromkeys([*wanted, "reopened"]))
    stage["deadlines"] = {n: draw(_clause(rules[n], opener)) for n in dict.fromkeys(wanted)}
    movable = [n for n in stage["deadlines"] if not rules[n].guard and n != "opinion_letter"]
    stage["extendable"] = [n for n in movable if draw(st.booleans())]
    stage["remind"] = {n: draw(REMINDERS) for n in movable if draw(st.integers(0, 3)) == 0}
    if kind == "planning":
        stage |= {"of": "round", "cover": {"each_year": "1/3"}}
    if draw(st.booleans()):
        ends = ["round.ended", *KINDS[kind].event_names]
        if kind == "planning":
            ends = [end for end in ends if end not in ("selected", "deferred", "shifted")]
        elif plan:
            ends.append(f"{plan}.deferred")
        stage["until"] = draw(st.lists(st.sampled_from(ends), min_size=1, max_size=3, unique=True))
    return stage | draw(_settings(kind))


@st.composite
def _settings(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """The fields a kind has of its own."""
    match kind:
        case "self_assessment":
            return {"returns_at_most": draw(st.integers(0, 3))}
        case "on_site_review":
            return {"scored": draw(st.booleans()), "visit": {"at_least": "1 teaching day"}}
        case "issue_list":
            return {"reopen_at_most": draw(st.integers(0, 2))}
        case "follow_up_visit":
            return {"visits_at_most": draw(st.integers(1, 3))}
    return {}


@st.composite
def _opening(draw: st.DrawFn, before: list[dict], plan: str) -> tuple[str, str]:
    """When a stage opens and, where one event opens it, which."""
    events = [
        f"{stage['id']}.{name}"
        for stage in before
        if stage.get("of") != "round"
        for name in KINDS[stage["kind"]].event_names
    ]
    if plan:
        events += [f"{plan}.selected"] * 3
    if not events or draw(st.integers(0, 2)):
        return draw(OPENINGS), ""
    chosen = draw(st.lists(st.sampled_from(events), min_size=1, max_size=2, unique=True))
    if len(chosen) == 1 and draw(st.integers(0, 3)) == 0:
        return f"{draw(LENGTHS)} after {chosen[0]}", chosen[0]
    return f"when {' or '.join(chosen)}", chosen[0] if len(chosen) == 1 else ""


@st.composite
def _clause(draw: st.DrawFn, rule: DeadlineRule, opener: str) -> str:
    """A clause the loader will take: from what the kind says a duty may be counted from."""
    way = "before" if rule.guard else "after"
    if rule.after:
        latest = draw(st.sampled_from(["", "latest "]))
        return f"{draw(LENGTHS)} {way} {latest}{draw(st.sampled_from(rule.after))}"
    plain = rule.per_item or rule.window
    repeated = st.sampled_from(["2 times a semester", "once a month", "on 10 December", "on 1 May"])
    if not plain and draw(st.integers(0, 3)) == 0:
        return draw(repeated)
    events = ["opened", "opened", "round.opened", "first round.opened"]
    events += [opener, f"first {opener}"] if opener else []
    return f"{draw(LENGTHS)} {way} {draw(st.sampled_from(events))}"


def as_yaml(definition: dict[str, Any]) -> str:
    """JSON is YAML; one stage a line, so that a mistake in it names its line."""
    return json.dumps(definition, ensure_ascii=False, indent=1)


def renamed(definition: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The same definition under other stage ids and titles; references in clauses follow."""

    def words(text: str) -> str:
        return " ".join(
            ".".join([names.get(word.split(".")[0], word.split(".")[0]), *word.split(".")[1:]])
            if "." in word
            else word
            for word in text.split(" ")
        )

    stages = []
    for number, stage in enumerate(definition["stages"]):
        new = {**stage, "id": names[stage["id"]], "title": f"第{number}步"}
        if "opens" in stage:
            new["opens"] = words(stage["opens"])
        new["deadlines"] = {name: words(text) for name, text in stage["deadlines"].items()}
        if "until" in stage:
            new["until"] = [words(text) for text in stage["until"]]
        if "sources" in stage:
            new["sources"] = [names[source] for source in stage["sources"]]
        if "of_issues" in stage:
            new["of_issues"] = names[stage["of_issues"]]
        stages.append(new)
    return {**definition, "process": "renamed", "title": "改名流程", "stages": stages}
