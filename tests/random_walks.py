"""People who do anything at all, in any order, sensible or not, on a story of any definition."""

from datetime import date, timedelta
from random import Random
from typing import Any, get_args

from rules import case_words
from rules.definition import KINDS
from rules.letter_words import PrintLetter
from rules.messages import Command, Event, StageCommand
from rules.values import Refusal, Role
from rules.vocabulary import COMMANDS, read_command
from tests.people import answers
from tests.story import DRAFTED, Story

INSPECTORS = [f"inspector_{n}" for n in range(1, 7)]
CASE_COMMANDS = [c for c in COMMANDS if not issubclass(c, StageCommand)]
FORM = {
    "reason": "理由",
    "text": "情况",
    "evidence": "证据",
    "approver": "主任",
    "late_reason": "忙",
}
ROLES = get_args(Role)
LETTERS, TEXTS = ("00002.0", "00002.1", "00002.0-2"), (DRAFTED, "b" * 64)
DAY = timedelta(1)


def walk(story: Story, seed: int, steps: int) -> Story:
    """So many steps: the days go by, or somebody does something; until the case is over."""
    chance = Random(seed)
    for _ in range(steps):
        if not story.state.live:
            break
        if chance.random() < 0.35:
            story.until(_some_day_on(story, chance))
        else:
            act(story, chance)
        waits_for_somebody(story)
    return story


def waits_for_somebody(story: Story) -> None:
    """Law 3: an unfinished case has a clock running, or waits for its round, which has one."""
    state = story.state
    waits = state.of == "case" and "round.ended" not in state.dates
    assert not state.live or state.deadlines or waits, f"nobody is asked for {story.open}"


def _some_day_on(story: Story, chance: Random) -> date:
    """Tomorrow, or a day something is fixed for: visits begin on their day or not at all."""
    visits = [getattr(state.data, "starts", None) for state in story.state.stages.values()]
    due = [deadline.due_on for deadline in story.state.deadlines.values()]
    near = [day for day in visits * 9 + due if day and DAY <= day - story.today <= 40 * DAY]
    return chance.choice([story.today + DAY, story.today + chance.choice((1, 2, 5)) * DAY, *near])


def act(story: Story, chance: Random) -> list[Event] | Refusal:
    """Mostly what could be meant now, by whom it befits; sometimes anything by anybody."""
    sensible = chance.random() < 0.85
    word, stage = _choice(story, chance, sensible)
    command = read_command({"type": word.__name__, **fields(story, chance, word, stage)})
    responsible = story.process.stages[stage]
    roles = [
        getattr(responsible, role) if role in ("responsible", "reviewer") else role
        for role in word.roles
    ]
    role = chance.choice(roles if sensible else ROLES)
    on = story.today - timedelta(chance.choice((0,) * 12 + (1, 5, 70)))
    team = getattr(story.data(stage), "team", ()) if stage in story.state.stages else ()
    stands_back = getattr(command, "inspector", "") if sensible else ""
    person = stands_back or chance.choice((sensible and team) or INSPECTORS)
    told = story.tell(command, role, on, person=person)
    taken = bool(told) and not isinstance(told, Refusal)
    assert not taken or role != "team" or person in team, f"{person} is in no team of {stage}"
    return told


def _choice(story: Story, chance: Random, sensible: bool) -> tuple[type[Command], str]:
    """A command and the stage it goes to: one that is open, in a phase where it makes sense."""
    stages = story.process.stages
    plans = [stage for stage in stages if stages[stage].kind == "planning"]
    if plans and story.state.of == "case" and chance.random() < (0.05 if story.state.plan else 0.3):
        return case_words.AnswerPlan, plans[0]
    if not sensible or not story.open:
        words = COMMANDS if chance.random() < 0.7 else CASE_COMMANDS
        return chance.choice(words), chance.choice(list(stages))
    if chance.random() < 0.6 and (asked := _asked_for(story, chance)):
        return asked
    stage = chance.choice(story.open)
    phase = story.data(stage).phase
    words = [w for w in KINDS[stages[stage].kind].commands if not w.phases or phase in w.phases]
    return (chance.choice(words), stage) if words else (case_words.CorrectDate, stage)


def _asked_for(story: Story, chance: Random) -> tuple[type[Command], str] | None:
    """What would meet one of the deadlines that run: people mostly do what they are asked for."""
    asked = [
        (_MEETS[met_by], deadline.stage)
        for deadline in story.state.deadlines.values()
        if deadline.stage in story.process.kinds and deadline.name != "opens"
        for met_by in story.process.rule(deadline.stage, deadline.name).met_by
        if met_by in _MEETS
    ]
    for stage in story.open:
        starts = getattr(story.data(stage), "starts", None)
        if starts and story.today >= starts and story.data(stage).phase == "preparing":
            late = story.today > story.data(stage).ends
            asked += [(_MEETS["visit.scheduled" if late else "visit.started"], stage)] * 4
        if story.data(stage).phase in ("visiting", "visited"):
            asked.append((_MEETS["scores.entered"], stage))
    return chance.choice(asked) if asked else None


def fields(story: Story, chance: Random, word: type[Command], stage: str) -> dict[str, Any]:
    """Fields for a command, half of them such as a person might really enter."""
    made: dict[str, Any] = {}
    for name, field in word.model_fields.items():
        if name in ("type", "v"):
            continue
        made[name] = stage if name == "stage" else _FIELDS[name](story, chance, stage)
        if field.default is not None and not field.is_required() and chance.random() < 0.2:
            del made[name]
    if word in CASE_COMMANDS and "form" in made:
        made["form"].pop("answers", None)
    if "starts" in made:
        starts, days = date.fromisoformat(made["starts"]), chance.choice((0, 1, 3))
        made["ends"] = story.calendar.add_teaching_days(starts, days) if days else starts
    if word is PrintLetter:
        made["pdf_sha256"] = made.get("pdf_sha256") or TEXTS[0]  # a print is never of nothing
    if word is case_words.OpenCase:
        made |= {"of": story.state.of, "period_ends": date(2026, 12, 31)}
    return made


def _form(story: Story, chance: Random, stage: str) -> dict[str, Any]:
    keep = chance.random() < 0.9
    given = {key: text for key, text in FORM.items() if keep or chance.random() < 0.5}
    return {**given, "answers": answers()} if stage and _scored(story, stage) else given


def _scored(story: Story, stage: str) -> bool:
    return bool(getattr(story.process.stages[stage], "scored", False))


def _ahead(story: Story, chance: Random, stage: str) -> str:
    return (story.today + timedelta(chance.choice((-3, 2, 9, 16, 20, 30, 45, 9000)))).isoformat()


def _item(story: Story, chance: Random, stage: str) -> str:
    data = story.data(stage) if stage in story.state.stages else None
    known = [*getattr(data, "issues", {}), *getattr(data, "unreported", ())]
    return chance.choice([*known, *known, "1", "V5", "99"])


def _finding(story: Story, chance: Random, stage: str) -> dict[str, Any]:
    return {
        "basis": "A1.1.1",
        "severity": chance.choice(("at_once", "dated", "long_term")),
        "unit": chance.choice(("school", "school", "BUREAU")),
        "rectify_by": chance.choice((None, None, _ahead(story, chance, stage))),
    }


def _verdicts(story: Story, chance: Random, stage: str) -> dict[str, str]:
    listed = getattr(story.process.stages[stage], "of_issues", "")
    issues = story.data(listed).open() if listed in story.state.stages else {}
    return {number: chance.choice(("done", "mostly", "not", "not")) for number in issues}


def _planned(story: Story, chance: Random, stage: str) -> list[dict[str, Any]]:
    known = sorted(story.facts["subjects"])
    chosen = chance.sample(known, min(len(known), chance.randint(0, 3)))
    return [{"subject": code, "week": _ahead(story, chance, stage)} for code in chosen]


def _members(story: Story, chance: Random, stage: str) -> list[str]:
    return chance.sample(INSPECTORS, chance.choice((2, 3, 3, 4)))


_WORDS = {command.__name__: command for command in COMMANDS}
# Which command leads to the event that a deadline waits for.
_MEETS = {
    event: _WORDS[word]
    for event, word in {
        "submitted": "SubmitSelfAssessment",
        "accepted": "AcceptSelfAssessment",
        "returned": "ReturnSelfAssessment",
        "proposed": "ProposePlan",
        "published": "PublishPlan",
        "adopted": "AdoptPlan",
        "team.appointed": "AppointTeam",
        "visit.scheduled": "ScheduleVisit",
        "visit.announced": "AnnounceVisit",
        "visit.noticed": "ServeNotice",
        "visit.started": "StartVisit",
        "visit.ended": "EndVisit",
        "scores.entered": "EnterScores",
        "preliminary_opinion.given": "GivePreliminaryOpinion",
        "defence.stated": "StateDefence",
        "defence.waived": "WaiveDefence",
        "defence.considered": "ConsiderDefence",
        "opinion_letter.issued": "IssueOpinionLetter",
        "review.requested": "RequestReview",
        "review.answered": "AnswerReview",
        "second_review.requested": "RequestSecondReview",
        "second_review.decided": "DecideSecondReview",
        "plan.submitted": "SubmitRectificationPlan",
        "issue.reported": "ReportRectification",
        "issue.closed": "VerifyRectification",
        "issue.refused": "VerifyRectification",
    }.items()
}

# A way to make every field any command has; the name of a field means the same in all of them.
_FIELDS = {
    "form": _form,
    "of": lambda story, chance, stage: "case",
    "subject": lambda story, chance, stage: "510101001",
    "subject_kind": lambda story, chance, stage: "primary",
    "tier": lambda story, chance, stage: "一层",
    "round": lambda story, chance, stage: "R2026",
    "period_ends": lambda story, chance, stage: "2026-12-31",
    "carried": lambda story, chance, stage: [_finding(story, chance, stage)],
    "number": lambda story, chance, stage: chance.randint(1, 9),
    "answer": lambda story, chance, stage: chance.choice(("selected", "selected", "deferred")),
    "week": _ahead,
    "inspectors": _members,
    "successor": lambda story, chance, stage: "R2026/510101002",
    "source": lambda story, chance, stage: "R2026/510101003",
    "findings": lambda story, chance, stage: [
        _finding(story, chance, stage) for _ in range(chance.randint(0, 2))
    ],
    "finding": _finding,
    "deadline": lambda story, chance, stage: chance.choice([*story.state.deadlines, "x/y"]),
    "due_on": _ahead,
    "event": lambda story, chance, stage: chance.choice(
        [name.partition(".")[2] for name in story.state.dates if name.startswith(f"{stage}.")]
        or ["opened"]
    ),
    "happened_on": lambda story, chance, stage: (
        story.today - timedelta(chance.choice((0, 1, 5, 100)))
    ).isoformat(),
    "item": _item,
    "indicators": lambda story, chance, stage: ["A1.1.1"],
    "methods": lambda story, chance, stage: ["看"],
    "selected": _planned,
    "add": _planned,
    "remove": lambda story, chance, stage: [chance.choice(("S0", "S1", "S2", "S9"))],
    "lead": lambda story, chance, stage: chance.choice(INSPECTORS[:3]),
    "members": _members,
    "inspector": lambda story, chance, stage: chance.choice(INSPECTORS),
    "starts": lambda story, chance, stage: story.calendar.add_teaching_days(
        story.today, chance.choice((1, 5, 15, 25, 30))
    ).isoformat(),
    "ends": _ahead,
    "upheld": lambda story, chance, stage: chance.random() < 0.5,
    "rectify_by": _ahead,
    "passed": lambda story, chance, stage: chance.random() < 0.5,
    "verdicts": _verdicts,
    "letter": lambda story, chance, stage: chance.choice(LETTERS),
    "by": lambda story, chance, stage: chance.choice(("", *LETTERS)),
    "office": lambda story, chance, stage: chance.choice(("O", "X")),
    "kind": lambda story, chance, stage: chance.choice(("*", "opinion_letter")),
    "message": lambda story, chance, stage: chance.choice(
        ("planning.reminder", "letter.withdrawn")
    ),
    "over": lambda story, chance, stage: chance.choice((None, 0, 1)),
    "wording": lambda story, chance, stage: {
        "text": chance.choice(("【原文】", "【期限】谢谢", "好"))
    },
    "text": lambda story, chance, stage: chance.choice(TEXTS),
    "sha256": lambda story, chance, stage: chance.choice(TEXTS),
    "pdf_sha256": lambda story, chance, stage: chance.choice(("", *TEXTS)),
    "code": lambda story, chance, stage: "示教督",
    "year": lambda story, chance, stage: story.today.year,
    "because": lambda story, chance, stage: chance.choice(("calendar", "terms", "closure")),
    "table": lambda story, chance, stage: chance.choice(story.calendar.tables).model_dump(),
    "terms": lambda story, chance, stage: [term.model_dump() for term in story.calendar.terms],
    "name": lambda story, chance, stage: "台风",
    "first": _ahead,
    "last": _ahead,
    "closes": lambda story, chance, stage: chance.choice(("schools", "offices")),
    "closure": lambda story, chance, stage: chance.choice(("1", "2")),
}
