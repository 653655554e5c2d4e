"""回访督导: the report on one follow-up, issue by issue."""

from documents.addressing import from_office
from documents.case_view import CaseView
from documents.papers import Block, Paper, Text, facts, sections, table
from documents.payloads import Form, form_of
from documents.provenance import joined
from documents.reckoned import notes
from documents.wording import SEVERITY, STATES, VERDICTS, listed, percent, said, sentence, weekday
from engine.dossier import Told


def follow_up_report(view: CaseView) -> Paper:
    """Basis; how; item by item; completion rate; what happens to the rest; suggestions."""
    visited = view.own("visited", view.item) or view.told
    form = form_of(visited)
    return from_office(
        view,
        title=f"关于{view.subject.name}的回访督导报告",
        addressee=f"{view.subject.name}：",
        blocks=(
            *sections(
                ("依据", [Text(_basis(view))]),
                ("回访方式", _how(view, visited, form)),
                ("逐项情况", _items(view, visited, form)),
                ("新发现的问题", _new(view, visited)),
                ("完成情况", [Text(_rate(view, visited)), *_summary(view)]),
                ("未完成问题的处理", _rest(view, visited)),
                ("意见建议", _suggestions(view)),
            ),
            Text("特此反馈。"),
        ),
    )


def _basis(view: CaseView) -> str:
    issued = view.last("on_site_review.opinion_letter.issued")
    basis = joined(view.basis())
    if issued is None:
        return f"根据{basis}，对问题清单所列问题的整改情况进行回访。"
    return (
        f"根据{basis}和{weekday(issued.event.happened_on)}印发的督评意见书"
        f"（整改期限{weekday(issued.event.rectify_by)}），对整改情况进行回访。"
    )


def _how(view: CaseView, visited: Told, form: Form) -> list[Block]:
    event = visited.event
    return [
        facts(
            [
                ("回访时间", weekday(event.happened_on)),
                ("回访督学", view.name(event.inspector)),
                ("次数", f"第{event.item}次（最多{view.stage.visits_at_most}次）"),
                ("方式", form.text("how")),
            ]
        )
    ]


def _items(view: CaseView, visited: Told, form: Form) -> list[Block]:
    """Each issue with its verdict, and what was seen."""
    seen = form.part("items")
    rows = []
    for number, verdict in visited.event.verdicts.items():
        issue, armed = view.issues[number], view.issue_due(number)
        rows.append(
            [
                number,
                view.issue_text(number),
                f"{view.unit_name(issue.unit)}\n{SEVERITY[issue.severity]}",
                VERDICTS[verdict],
                seen.text(number) or "—",
                STATES[issue.state]
                + (f"\n期限{said(armed.due_on)}" if armed and issue.state == "reopened" else ""),
            ]
        )
    columns = [
        ("编号", 9, "center"),
        ("问题", 36),
        ("责任单位\n程度", 24, "center"),
        ("结论", 18, "center"),
        ("现场情况", 25),
        ("现状", 41, "center"),
    ]
    return [table(columns, rows, "逐项核查情况")] if rows else []


def _new(view: CaseView, visited: Told) -> list[Block]:
    rows = [
        [
            str(number),
            view.finding_text(visited, finding.text),
            view.basis_text(finding.basis),
            view.unit_name(finding.unit),
            SEVERITY[finding.severity],
        ]
        for number, finding in enumerate(visited.event.findings, 1)
    ]
    columns = [
        ("序号", 9, "center"),
        ("问题", 44),
        ("依据", 34),
        ("责任单位", 24, "center"),
        ("程度", 16, "center"),
    ]
    return [table(columns, rows, "新发现的问题（已列入问题清单）")] if rows else []


def _rate(view: CaseView, visited: Told) -> str:
    verdicts = list(visited.event.verdicts.values())
    counted = {key: view.counted(verdicts.count(key), visited) for key in VERDICTS}
    told = "，".join(f"{VERDICTS[key]}{count}个" for key, count in counted.items())
    done = view.counted(counted["done"] + counted["mostly"], visited)
    seen = view.counted(len(verdicts), visited)
    new = view.counted(len(visited.event.findings), visited)
    return (
        f"回访核查{seen}个问题：{told}；新发现{new}个。"
        f"完成率{percent(done, len(verdicts))}（已完成和基本完成合计）。"
    )


def _summary(view: CaseView) -> list[Block]:
    text = view.form.text("summary")
    return [Text(sentence(text))] if text else []


def _rest(view: CaseView, visited: Told) -> list[Block]:
    undone = [no for no, verdict in visited.event.verdicts.items() if verdict == "not"]
    if not undone:
        return [Text("回访核查的问题均已完成或基本完成，本次回访结束。")]
    lines, told = [], []
    for number in undone:
        issue, armed = view.issues[number], view.issue_due(number)
        by = f"，期限{weekday(armed.due_on)}" if armed and issue.state == "reopened" else ""
        told += [(f"第{number}号问题整改", armed)] if by else []
        lines.append(f"第{number}号问题{STATES[issue.state]}{by}")
    if view.state.due_on(view.stage.id, "again"):
        lines.append(f"在{weekday(view.due(view.stage.id, 'again'))}前再次回访")
        told.append(("再次回访", view.armed(view.stage.id, "again")))
    elif view.own("finished"):
        lines.append("已达回访次数上限，不再组织回访")
    return [Text(listed(lines)), *notes(view, *told)]


def _suggestions(view: CaseView) -> list[Block]:
    texts = view.form.texts("suggestions")
    return [Text(listed(texts))] if texts else []
