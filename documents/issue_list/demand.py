"""整改通知书, 协商函, or a short note: what one issue asks of whoever can solve it."""

from documents.addressing import contacts, from_office
from documents.case_view import CaseView
from documents.papers import Annex, Block, Paper, Table, Text, facts, sections
from documents.payloads import form_of
from documents.wording import NATURE, SEVERITY, length, said, sentence, weekday
from rules.issue_list.words import Raised

_DEMANDS = {
    "at_once": "立即整改",
    "dated": "查明原因，制定措施，限期整改到位",
    "long_term": "制定长期措施，明确阶段目标，按期推进并报告进展",
}


def issue_demand(view: CaseView) -> Paper:
    """The paper an issue's outcome calls for."""
    raised = view.told if isinstance(view.told.event, Raised) else view.raised(view.item)
    outcome = raised.event.outcome if raised else "notice"
    return {"advice": _advice, "consultation": _consultation}.get(outcome, _notice)(view)


def _notice(view: CaseView) -> Paper:
    """整改通知书: the issue, the demand, how long, a receipt."""
    event: Raised = view.told.event
    name = view.unit_name(event.unit)
    title = f"关于{view.subject.name}第{event.item}号问题的整改通知书"
    return from_office(
        view,
        title=title,
        addressee=f"{name}：",
        blocks=(
            Text(f"{_origin(view)}，请按要求整改。"),
            *sections(
                ("问题", [_issue(view)]),
                ("整改要求", [Text(_demand(view))]),
                ("整改期限", _limit(view, "完成整改并提交整改报告")),
                ("报告内容", [Text("整改报告写明做了什么、附哪些证据；未完成的写明原因和打算。")]),
                ("联系方式", [facts(contacts(view))]),
            ),
            Text("特此通知。"),
        ),
        annexes=(Annex("送达回证", _receipt(title, name)),),
    )


def _consultation(view: CaseView) -> Paper:
    """协商函 to the department that can solve it: what is asked, and until when."""
    event: Raised = view.told.event
    return from_office(
        view,
        ends="",
        title=f"关于协商解决{view.subject.name}有关问题的函",
        addressee=f"{view.unit_name(event.unit)}：",
        blocks=(
            Text(f"{_origin(view)}，学校自身难以解决，需要贵单位支持。"),
            *sections(
                ("问题", [_issue(view)]),
                ("商请事项", [Text(_demand(view))]),
                ("期限", _limit(view, "研究解决并函复办理情况")),
                ("联系方式", [facts(contacts(view))]),
            ),
            Text("专此函商，请予支持。"),
        ),
    )


def _advice(view: CaseView) -> Paper:
    """A short note: said on the spot, mended at once or by its day."""
    event: Raised = view.told.event
    return Paper(
        title="改进建议单",
        signed_on=view.day,
        addressee=f"{view.unit_name(event.unit)}：",
        blocks=(
            Text(f"{_origin(view)}，请改进。"),
            _issue(view),
            *_limit(view, "改好，并告知责任督学"),
        ),
        signature=(view.office.name,),
    )


def _origin(view: CaseView) -> str:
    """Where the issue came from: the stage and the day it was found; else who entered it when."""
    event: Raised = view.told.event
    stage = view.dossier.process.stages.get(event.source)
    day = said(event.happened_on)
    if stage is not None:
        return f"{view.office.name}在对{view.subject.name}的{stage.title}中，于{day}发现以下问题"
    return f"以下问题于{day}{_entered(view)}{view.subject.name}问题清单"


def _entered(view: CaseView) -> str:
    """Entered by hand, or carried on from another case (its id ends with its subject)."""
    if not view.told.event.source:
        return "登记在"
    received = view.last("case.received")
    code = received.event.source.rpartition("/")[2] if received else ""
    before = view.organisation(code)
    return f"由{before.name}转入" if before and code != view.subject.code else "由上期转入"


def _issue(view: CaseView) -> Table:
    event: Raised = view.told.event
    return facts(
        [
            ("编号", f"第{event.item}号"),
            ("学校", view.subject.name),
            ("问题", view.issue_text(event.item)),
            ("依据", view.basis_text(event.basis)),
            ("性质", NATURE[event.nature]),
            ("程度", SEVERITY[event.severity]),
            ("责任单位", view.unit_name(event.unit)),
            ("联系人", view.person_of(event.unit)),
        ]
    )


def _demand(view: CaseView) -> str:
    event: Raised = view.told.event
    written = form_of(view.told).part("demands").text(event.text)
    return sentence(written or _DEMANDS[event.severity])


def _limit(view: CaseView, doing: str) -> list[Block]:
    """The date, and in words how long that is."""
    event: Raised = view.told.event
    armed = view.issue_due(event.item)
    if armed is None:
        return [Text(f"请尽快{doing}。")]
    given = length(view.stage.deadlines.get(event.severity, ""))
    own = event.rectify_by is None and given
    span = f"自{said(event.happened_on)}次日起{given}内" if own else "按督导意见确定的期限"
    return [
        Text(f"请在{weekday(armed.due_on)}前（含当日，{span}）{doing}。"),
        Text(f"期限推算：{view.explained(armed)}。", "note"),
    ]


def _receipt(title: str, name: str) -> tuple[Block, ...]:
    rows = [
        ("文书名称", title),
        ("受送达单位", name),
        ("送达日期", "　　　　年　　月　　日"),
        ("签收人（签字）", "　"),
        ("单位（盖章）", "　"),
    ]
    return (facts(rows),)
