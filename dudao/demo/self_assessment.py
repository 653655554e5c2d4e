"""自查自评 in the demo: schools submit, some late; the office returns some and accepts the rest."""

from datetime import date

from dudao.demo.answers import CAUSES, MEASURES, PROBLEMS, answers, report
from dudao.demo.scene import Act, Scene
from rules.self_assessment import (
    AcceptSelfAssessment,
    ReturnSelfAssessment,
    SubmitSelfAssessment,
)
from rules.state import Deadline
from rules.values import Actor


def day(scene: Scene, deadline: Deadline) -> date:
    """When somebody gets round to it."""
    if scene.case == scene.roles.very_late and deadline.name == "submit":
        return scene.calendar.add_working_days(deadline.due_on, 12)
    early = {"submit": 18, "resubmit": 3, "review": 4}[deadline.name]
    return scene.day_to_act(deadline, early, 0.1)


def act(scene: Scene, deadline: Deadline) -> list[Act]:
    """What is done about a deadline of this stage."""
    if deadline.name in ("submit", "resubmit"):
        return _submit(scene, deadline)
    data = scene.data(deadline.stage)
    if scene.state.of == "round":
        return [Act(AcceptSelfAssessment(stage=deadline.stage), Actor("U1", "superior"))]
    sent_back = scene.luck.happens(0.15, "return", scene.case) or (
        scene.case == scene.roles.returned
    )
    if sent_back and data.returns == 0:
        form = {
            "reason": "部分指标缺少佐证，请补充后重新提交。",
            "reasons": {"A1.1.1": "未附党组织会议记录。"},
        }
        command = ReturnSelfAssessment(stage=deadline.stage, indicators=("A1.1.1",), form=form)
        return [Act(command, scene.office)]
    return [Act(AcceptSelfAssessment(stage=deadline.stage), scene.office)]


def _submit(scene: Scene, deadline: Deadline) -> list[Act]:
    if scene.state.of == "round":
        return [Act(SubmitSelfAssessment(stage=deadline.stage, form=ACCOUNT), scene.office)]
    kind, who, luck = scene.state.subject_kind, scene.case, scene.luck
    form = {
        "answers": answers(scene.standard, kind, luck, who, "self"),
        "report": report(scene.standard, kind, luck, who),
        "plan": [
            {
                "problem": luck.one_of(PROBLEMS, "own", who, n),
                "cause": luck.one_of(CAUSES, "own", who, n),
                "measure": luck.one_of(MEASURES, "own", who, n),
                "person": "教导处负责人",
                "date": scene.calendar.add_working_days(scene.today, 40 + 20 * n).isoformat(),
            }
            for n in range(2)
        ],
    }
    return [Act(SubmitSelfAssessment(stage=deadline.stage, form=form), scene.school)]


# The office's own accounts: only what cannot be counted; every figure comes from the round.
ACCOUNT = {
    "overall": "本年度督导评估工作按计划完成，学校规范办学水平总体提升。",
    "background": "依据年度计划，对纳入评估的学校开展了实地督导，现将主要问题专题报告。",
    "improved": "各校对照问题清单整改，责任落实较好。",
    "accountability": "对整改不力的单位将依规约谈问责。",
    "next_year": "下一年度继续按周期计划推进，突出问题整改与回访。",
    "suggestions": {
        "县财政局": "统筹安排校舍安全和图书更新经费。",
        "县教育局": "加强教研指导和骨干教师培养。",
    },
}
