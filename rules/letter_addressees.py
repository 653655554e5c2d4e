"""To whom each kind of letter goes, and from whom it comes: who signs for it, who may open it, who
is told when it holds no longer."""

from rules.letter_words import LetterSuperseded, LetterWithdrawn
from rules.state import CaseState

TO_SUBJECT = frozenset(
    {
        "self_assessment_handbook",
        "visit_notice",
        "preliminary_opinion",
        "opinion_letter",
        "follow_up_report",
    }
)
TO_UNIT = frozenset({"issue_demand"})  # whoever can solve the issue: the subject or another unit
FROM_UNIT = frozenset({"rectification_report"})
OF_UNIT = TO_UNIT | FROM_UNIT
FROM_SUBJECT = frozenset({"self_assessment_report", "rectification_plan"})
ON_FILE = frozenset({"process_guidance_record", "visit_announcement", "issue_ledger"})
TO_TOWNSHIP = frozenset({"visit_bulletin"})  # every school of the subject's township
TO_ALL = frozenset({"annual_plan_notice", "annual_bulletin"})
TO_ABOVE = frozenset({"special_report"})  # party and government
OF_ROUND = TO_ALL | TO_ABOVE

ADDRESSED = TO_SUBJECT | TO_UNIT  # one unit gets it, and signs for it


def reached_by(case: CaseState, event: LetterWithdrawn | LetterSuperseded) -> tuple[str, ...]:
    """The roles a letter of that kind has reached; none, where it was only filed."""
    if event.kind in TO_UNIT:
        return (_unit(case, event),)
    if event.kind in TO_SUBJECT:
        return (_subject(case),)
    if event.kind in TO_TOWNSHIP:
        return ("schools",)
    if event.kind in TO_ALL:
        return ("school",)
    return ("government",) if event.kind in TO_ABOVE else ()


def _subject(case: CaseState) -> str:
    other = case.subject_kind in ("township", "department", "office")
    return f"unit:{case.subject}" if other else "school"


def _unit(case: CaseState, event: LetterWithdrawn | LetterSuperseded) -> str:
    """Whoever can solve the issue that the letter speaks of."""
    stage = case.stages.get(event.called_in)
    issue = getattr(stage.data, "issues", {}).get(event.about) if stage else None
    unit = issue.unit if issue is not None else "school"
    return _subject(case) if unit == "school" else f"unit:{unit}"
