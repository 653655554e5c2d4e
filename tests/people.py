"""The people of a story, and what they do in the words of the six stages."""

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules.definition import KINDS
from rules.standard import Standard, parse_standard
from rules.values import Refusal
from rules.vocabulary import COMMANDS

if TYPE_CHECKING:
    from tests.story import Story

PROCESSES = Path(__file__).parent.parent / "processes"


_WORDS = {command.__name__: command for command in COMMANDS}


class People:
    """Everybody who may act on one day: ``people.school``, ``people.office``, ``people.team``."""

    def __init__(self, story: "Story", happened_on: date, refused: bool) -> None:
        self._story, self._on, self._refused = story, happened_on, refused

    def __getattr__(self, role: str) -> "Person":
        return Person(self._story, self._on, self._refused, role)


class Person:
    """One role acting: ``person.does("SubmitSelfAssessment", stage="self_assessment", form={…})``.

    The verbs of the six stages are listed in VERBS: ``school.submits()`` is the same.
    """

    def __init__(self, story: "Story", on: date, refused: bool, role: str) -> None:
        self.story, self.on, self.refused, self.role = story, on, refused, role
        self.person, self.organisation = TEAM[0] if role == "team" else f"{role}_1", ""

    def of(self, organisation: str) -> "Person":
        """The same person, acting for an organisation."""
        self.organisation = organisation
        return self

    def named(self, person: str) -> "Person":
        """Another person in the same role."""
        self.person = person
        return self

    def does(self, word: str, **fields: Any) -> Any:
        """Give a command by its name; answers the case's new events, or the reason refused."""
        command = _WORDS[word].model_validate({"type": word, **fields})
        result = self.story.tell(command, self.role, self.on, self.person, self.organisation)
        if self.refused:
            assert isinstance(result, Refusal), f"{word} was not refused: {result}"
            return result.reason
        assert not isinstance(result, Refusal), f"{word}: {result.reason}"
        return result

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        word, stage, defaults = VERBS[verb]

        def act(*, at: str = stage, **fields: Any) -> Any:
            made = {key: value() if callable(value) else value for key, value in defaults.items()}
            if at:
                fields.setdefault("stage", at)
            return self.does(word, **{**made, **fields})

        return act


@cache
def standard() -> Standard:
    """The example standard that is shipped."""
    path = PROCESSES / "standards" / "example_1000.yaml"
    return parse_standard(path.read_text("utf-8"), path.name)


def answers(school_kind: str = "primary", lost: str = "") -> dict[str, Any]:
    """Full marks on every indicator, but for one whose code is ``lost``: nothing there."""
    best = {
        "points": lambda leaf: {"points": str(leaf.points)},
        "levels": lambda leaf: {"level": leaf.scoring.choices[0]},
        "deductions": lambda leaf: {"taken": []},
        "measure": lambda leaf: (
            {"value": str(leaf.scoring.full)}
            if leaf.scoring.of == "number"
            else {"part": "1", "whole": "1"}
            if leaf.scoring.direction == "at_least"
            else {"part": "0", "whole": "1"}
        ),
    }
    found = {}
    for leaf in standard().for_school(school_kind):
        if leaf.code == lost:
            found[leaf.code] = {"points": "0", "reason": "现场未见"}
        else:
            found[leaf.code] = best[leaf.scoring.way](leaf)
    return found


REASON = {"form": {"reason": "理由如附件"}}
TEXT = {"form": {"text": "详见附件"}}
TEAM = ["inspector_1", "inspector_2", "inspector_3"]
VISIT = "on_site_review"

# What people do, in the words of the stories: command, stage, and what they usually say.
VERBS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "submits": (
        "SubmitSelfAssessment",
        "self_assessment",
        {"form": lambda: {"answers": answers()}},
    ),
    "returns": ("ReturnSelfAssessment", "self_assessment", REASON),
    "accepts": ("AcceptSelfAssessment", "self_assessment", {}),
    "excuses": ("ExcuseSelfAssessment", "self_assessment", REASON),
    "proposes": ("ProposePlan", "planning", {}),
    "publishes": ("PublishPlan", "planning", {}),
    "comments": ("CommentOnPlan", "planning", TEXT),
    "adopts": ("AdoptPlan", "planning", {}),
    "amends": ("AmendPlan", "planning", REASON),
    "answers_plan": ("AnswerPlan", "planning", {}),
    "guides": ("RecordGuidance", "process_guidance", {}),
    "reports_guidance": ("FileGuidanceReport", "process_guidance", {}),
    "appoints": ("AppointTeam", VISIT, {"lead": TEAM[0], "members": TEAM}),
    "recuses": ("DeclareRecusal", VISIT, {}),
    "schedules": ("ScheduleVisit", VISIT, {}),
    "announces": ("AnnounceVisit", VISIT, {}),
    "notifies": ("ServeNotice", VISIT, {}),
    "starts": ("StartVisit", VISIT, {}),
    "ends": ("EndVisit", VISIT, {}),
    "scores": ("EnterScores", VISIT, {"form": lambda: {"answers": answers()}}),
    "vetoes": ("ConfirmVeto", VISIT, {"form": {"evidence": "通报文件"}}),
    "opines": ("GivePreliminaryOpinion", VISIT, TEXT),
    "defends": ("StateDefence", VISIT, TEXT),
    "waives": ("WaiveDefence", VISIT, {}),
    "considers": ("ConsiderDefence", VISIT, {"upheld": False, **REASON}),
    "issues": ("IssueOpinionLetter", VISIT, {}),
    "asks_review": ("RequestReview", VISIT, TEXT),
    "answers_review": ("AnswerReview", VISIT, {"upheld": True, **REASON}),
    "asks_second_review": ("RequestSecondReview", VISIT, TEXT),
    "decides_second_review": ("DecideSecondReview", VISIT, {"upheld": True, **REASON}),
    "raises": ("RaiseIssue", "issue_list", {}),
    "plans_rectification": ("SubmitRectificationPlan", "issue_list", TEXT),
    "rectifies": ("ReportRectification", "issue_list", TEXT),
    "verifies": ("VerifyRectification", "issue_list", {"passed": True}),
    "rejects": ("VerifyRectification", "issue_list", {"passed": False, **REASON}),
    "follows_up": ("RecordFollowUp", "follow_up_visit", TEXT),
    "reports_follow_up": ("FileFollowUpReport", "follow_up_visit", {}),
    "ends_round": ("EndRound", "", {}),
    "merges": ("MergeCase", "", {}),
    "receives": ("ReceiveIssues", "", {}),
    "extends": ("ExtendDeadline", "", {"form": {"reason": "停课", "approver": "主任"}}),
    "corrects": ("CorrectDate", "", REASON),
    "renews_calendar": ("RenewCalendar", "", {}),
}
assert set(KINDS) == {"self_assessment", "planning", "process_guidance", VISIT} | {
    "issue_list",
    "follow_up_visit",
}
