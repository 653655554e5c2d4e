"""How far a story's on-site review has come: told once, for all stories that begin there."""

from typing import Any

from tests.people import REASON
from tests.story import Story


def finding(basis: str = "A1.1.1", **fields: Any) -> dict:
    """A problem found, citing an indicator."""
    return {"basis": basis, "text": "finding-1", **fields}


def selected(on: str = "2026-08-24", **more: Any) -> Story:
    """The plan chose this school; its review is being prepared."""
    story = Story(**more)
    story.on(on).system.answers_plan(answer="selected", number=1, week="2026-09-14")
    return story


def scheduled(starts: str = "2026-09-17", ends: str = "2026-09-18", **more: Any) -> Story:
    """The team is named and the days are fixed."""
    story = selected(**more)
    story.on("2026-08-25").office.appoints()
    story.on("2026-08-25").office.schedules(starts=starts, ends=ends)
    return story


def announced(starts: str = "2026-09-17", ends: str = "2026-09-18", **more: Any) -> Story:
    """Notice is served and the public knows."""
    story = scheduled(starts, ends, **more)
    story.on("2026-08-31").office.notifies()
    story.on("2026-08-31").office.announces()
    return story


def visited(**more: Any) -> Story:
    """The team was in the school on 17 and 18 September and has scored."""
    story = announced(**more)
    story.on("2026-09-17").team.starts()
    story.on("2026-09-18").team.ends()
    story.on("2026-09-20").team.scores()
    return story


def heard(**more: Any) -> Story:
    """The school knows the preliminary opinion."""
    story = visited(**more)
    story.on("2026-09-22").office.opines()
    return story


def lettered(*findings: dict, rectify_by: str = "2026-11-16", **more: Any) -> Story:
    """The opinion letter is out, with its findings."""
    story = heard(**more)
    story.on("2026-09-23").school.waives()
    story.on("2026-09-28").office.issues(
        findings=[dict(one) for one in findings], rectify_by=rectify_by
    )
    return story


def followed_up(story: Story, on: str, verdicts: dict[str, str]) -> None:
    """A follow-up visit, and its report on the same day."""
    story.on(on).inspector.follows_up(verdicts=verdicts)
    story.on(on).inspector.reports_follow_up()


__all__ = [
    "REASON",
    "announced",
    "finding",
    "followed_up",
    "heard",
    "lettered",
    "scheduled",
    "selected",
    "visited",
]
