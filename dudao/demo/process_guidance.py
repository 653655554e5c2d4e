"""过程指导 in the demo: the responsible inspector comes by, writes it up, and finds problems."""

from datetime import date

from dudao.demo.answers import PROBLEMS, STRENGTHS
from dudao.demo.scene import Act, Scene
from rules.messages import Finding
from rules.process_guidance import FileGuidanceReport, RecordGuidance
from rules.state import Deadline


def day(scene: Scene, deadline: Deadline) -> date:
    """Visits are spread over the weeks before they are due; reports follow at once."""
    return scene.day_to_act(deadline, 28 if deadline.name == "visit" else 2, 0.04)


def act(scene: Scene, deadline: Deadline) -> list[Act]:
    """What is done about a deadline of this stage."""
    if deadline.name == "report":
        form = {"summary": "已当面反馈，学校认可所提问题并明确了整改安排。"}
        command = FileGuidanceReport(stage=deadline.stage, item=deadline.item, form=form)
        return [Act(command, scene.inspector)]
    if not scene.calendar.is_teaching_day(scene.today):
        return []
    return [_visit(scene, deadline)]


def _visit(scene: Scene, deadline: Deadline) -> Act:
    luck, question = scene.luck, (scene.case, deadline.item)
    severity = luck.one_of(("at_once", "at_once", "dated"), "guided", *question)
    outcome = "advice" if severity == "at_once" else "notice"
    finding = Finding(severity=severity, outcome=outcome, basis="A2.1.1", text="1")
    form = {
        "time": "上午8:30至11:30",
        "content": "查看教学常规、随堂听课、巡查安全",
        "observations": "听课2节，查看功能室3间，与教师座谈。",
        "strengths": luck.one_of(STRENGTHS, "guided", *question),
        "problems": luck.one_of(PROBLEMS, "guided", *question),
        "advice": "对照常规要求逐项落实，下次到校复看。",
        "findings": {"1": luck.one_of(PROBLEMS, "guided", *question)},
    }
    command = RecordGuidance(
        stage=deadline.stage,
        methods=("听", "查", "看", "谈"),
        findings=(finding,) if luck.happens(0.5, "found", *question) else (),
        form=form,
    )
    return Act(command, scene.inspector)
