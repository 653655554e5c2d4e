"""回访督导 in the demo: the inspector goes through the list issue by issue."""

from datetime import date

from dudao.demo.scene import Act, Scene
from rules.follow_up_visit import FileFollowUpReport, RecordFollowUp
from rules.state import Deadline


def day(scene: Scene, deadline: Deadline) -> date:
    """A little before it is due."""
    return scene.day_to_act(deadline, 6 if deadline.name != "report" else 3, 0.05)


def act(scene: Scene, deadline: Deadline) -> list[Act]:
    """What is done about a deadline of this stage."""
    if deadline.name == "report":
        form = {
            "summary": "对问题清单逐条回访。",
            "suggestions": "对未完成事项倒排工期，按期再报。",
        }
        return [Act(FileFollowUpReport(stage=deadline.stage, form=form), scene.inspector)]
    if not scene.calendar.is_teaching_day(scene.today):
        return []
    listed = scene.data(scene.stage_of("issue_list"))
    times = scene.data(deadline.stage).visits
    verdicts = {
        no: _verdict(scene, no, issue.state, times)
        for no, issue in listed.issues.items()
        if issue.state not in ("carried", "accountable")
    }
    form = {"how": "查看台账、实地核验、随机访谈", "items": dict.fromkeys(verdicts, "现场核验。")}
    command = RecordFollowUp(stage=deadline.stage, verdicts=verdicts, form=form)
    return [Act(command, scene.inspector)]


def _verdict(scene: Scene, no: str, state: str, times: int) -> str:
    """Closed issues mostly stand; open ones often are not done at the first follow-up."""
    bad = 0.05 if state == "closed" else 0.45 / (times + 1)
    if scene.luck.happens(bad, "follow up", scene.case, no, times):
        return "not"
    return scene.luck.one_of(("done", "done", "mostly"), "follow up well", scene.case, no, times)
