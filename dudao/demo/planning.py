"""制定计划 in the demo: the office publishes the proposal, hears a comment, and adopts it."""

from datetime import date

from dudao.demo.scene import Act, Scene
from rules.planning import AdoptPlan, CommentOnPlan, PublishPlan
from rules.state import Deadline
from rules.values import Actor

CONTACT = {"contact": "示例县人民政府教育督导室，电话0000-0000000"}


def day(scene: Scene, deadline: Deadline) -> date:
    """The office works within its days; the public speaks on the third of theirs."""
    if deadline.name == "comments":
        return scene.calendar.add_working_days(deadline.due_on, -2)
    return scene.day_to_act(deadline, 3, 0.0)


def act(scene: Scene, deadline: Deadline) -> list[Act]:
    """What is done about a deadline of this stage."""
    data = scene.data(deadline.stage)
    match deadline.name:
        case "publish":
            return [Act(PublishPlan(stage=deadline.stage, form=CONTACT), scene.office)]
        case "comments" if data.comments == 0:
            form = {
                "name": "学生家长",
                "contact": "督导信箱",
                "text": "建议把校车安全列入督导内容。",
            }
            return [Act(CommentOnPlan(stage=deadline.stage, form=form), Actor("public", "public"))]
        case "adopt":
            return [Act(AdoptPlan(stage=deadline.stage), Actor("O1", "office"))]
    return []
