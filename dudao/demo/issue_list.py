"""问题清单 in the demo: units report what they mended; the inspector looks, and refuses some."""

from datetime import date

from dudao.demo.answers import CAUSES, MEASURES
from dudao.demo.scene import Act, Scene
from rules.issue_list.words import (
    ReportRectification,
    SubmitRectificationPlan,
    VerifyRectification,
)
from rules.state import Deadline
from rules.values import Actor


def day(scene: Scene, deadline: Deadline) -> date:
    """Dated issues are mended in the last days, long-term ones well before."""
    early = {"at_once": 2, "dated": 8, "long_term": 60, "plan": 6, "verify": 6}
    return scene.day_to_act(deadline, early.get(deadline.name, 4), 0.08)


def act(scene: Scene, deadline: Deadline) -> list[Act]:
    """What is done about a deadline of this stage."""
    stage, no = deadline.stage, deadline.item
    if deadline.name == "plan":
        return [Act(SubmitRectificationPlan(stage=stage, form=_plan(scene, stage)), scene.school)]
    if deadline.name == "verify":
        return [_verify(scene, stage, no)]
    issue = scene.data(stage).issues[no]
    if issue.severity == "long_term" and scene.luck.happens(0.5, "long", scene.case, no):
        return []  # goes on into the next round
    form = {"done": "已按要求整改到位，责任人逐项确认。", "evidence": ["整改照片", "会议记录"]}
    who = scene.school
    if issue.unit != "school":
        who = Actor(f"D{issue.unit}", "department", issue.unit)
    return [Act(ReportRectification(stage=stage, item=no, form=form), who)]


def _verify(scene: Scene, stage: str, no: str) -> Act:
    times = scene.data(stage).issues[no].reopened
    passed = not scene.luck.happens(0.12, "verify", scene.case, no, times)
    seen = any(key.startswith(f"{stage}/redo/{no}") for key in scene.state.deadlines)
    form = {"looked": "现场查看并抽查台账"}
    if not passed and not seen and not _refused_before(scene, stage, no):
        form["reason"] = "台账补记不完整，现场仍有同类问题。"
        return Act(
            VerifyRectification(stage=stage, item=no, passed=False, form=form), scene.inspector
        )
    command = VerifyRectification(stage=stage, item=no, passed=True, form=form)
    return Act(command, scene.inspector)


def _refused_before(scene: Scene, stage: str, no: str) -> bool:
    """Whether this issue's rectification ran on a second term: nobody is refused twice here."""
    started = scene.data(stage).issues[no].raised_on
    return (scene.today - started).days > 55


def _plan(scene: Scene, stage: str) -> dict:
    luck = scene.luck
    items = [
        {
            "issue": no,
            "cause": luck.one_of(CAUSES, "plan", scene.case, no),
            "measure": luck.one_of(MEASURES, "plan", scene.case, no),
            "person": "分管副校长",
            "date": scene.calendar.add_working_days(scene.today, 18).isoformat(),
        }
        for no in scene.data(stage).open()
    ]
    return {"items": items, "safeguards": "校长负总责，每周检查一次，结果在校务会上通报。"}
