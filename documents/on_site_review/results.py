"""实地督导: what both opinions quote - the visit's facts, the scores side by side, the grade."""

from documents.case_view import CaseView
from documents.papers import Annex, Block, Table, Text, facts
from documents.payloads import Form, form_of
from documents.score_tables import (
    Sheet,
    area_radar,
    area_table,
    named_standard,
    points_of,
    reasons,
    score_annex,
    sheet_of,
    unofficial,
)
from documents.wording import days, listed, plain_number, sentence
from engine.dossier import Told
from rules.on_site_review import OnSiteReviewData

SAMPLES = {
    "lessons": ("听课", "节"),
    "teachers": ("访谈教师", "人"),
    "parents": ("访谈家长", "人"),
    "students": ("访谈学生（幼儿）", "人"),
    "files": ("查阅资料", "份"),
    "questionnaires_teachers": ("教师问卷", "份"),
    "questionnaires_parents": ("家长问卷", "份"),
    "questionnaires_students": ("学生问卷", "份"),
}


def review_of(view: CaseView) -> OnSiteReviewData:
    """What the stage remembered of the review at that moment."""
    return view.data


def visit_facts(view: CaseView) -> Table:
    """Days, team, what was looked at and how much of it."""
    review = review_of(view)
    samples = form_of(view.own("visit.ended")).part("samples")
    counted = [f"{title}{samples.text(key)}{unit}" for key, (title, unit) in _asked(samples)]
    members = [m for m in review.team if m != review.lead]
    return facts(
        [
            ("督导对象", view.subject.name),
            ("督导时间", days(review.started_on, review.ended_on)),
            ("督导组组长", view.name(review.lead) if review.lead else ""),
            ("督导组成员", view.names(tuple(members))),
            ("回避情况", f"{view.names(review.recused)}已回避" if review.recused else ""),
            ("工作方法和样本", "；".join(counted)),
        ],
        "督导基本情况",
    )


def _asked(samples: Form) -> list[tuple[str, tuple[str, str]]]:
    return [(key, shown) for key, shown in SAMPLES.items() if samples.text(key)]


def overall(form: Form) -> list[Block]:
    """The overall evaluation in the team's words."""
    return [Text(sentence(form.text("overall")))] if form.text("overall") else []


def many(form: Form, key: str) -> list[Block]:
    """Several texts as numbered paragraphs."""
    texts = form.texts(key)
    return [Text(listed(texts))] if texts else []


def scored_by(view: CaseView) -> Told | None:
    """The event whose scores stand: the defence's consideration if it came later."""
    entered, considered = view.own("scores.entered"), view.own("defence.considered")
    return considered if considered and considered.event.scored.total else entered


Sheets = tuple[Sheet | None, Sheet | None]


def result(view: CaseView, total: str, grade: str, which: str, sheets: Sheets) -> list[Block]:
    """Total, grade and why; the areas with the school's own score beside the review's; what is
    value-added stands apart."""
    told = scored_by(view)
    if told is None or not total:
        return [Text("本次督导不评分。")]
    standard, kind = view.standard, view.state.subject_kind
    sides = (("自评", own_points(view)), ("督评", points_of(told)))
    added = area_table(standard, kind, sides, "增值性评价（单列，不计入总分）", added=True)
    grading = f"，{which}等级{grade}等" if grade else ""
    return [
        Text(
            f"对照{named_standard(standard)}，"
            f"督评总分{total}分（满分{plain_number(standard.full)}分）{grading}；"
            f"增值性评价{told.event.scored.value_added}分，单列，不计入总分。"
        ),
        area_table(standard, kind, sides, "各领域得分"),
        *area_radar(standard, kind, sides, "各领域得分率"),
        *([added] if len(added.rows) > 1 else []),
        *_why(view, sheets[1]),
        *unofficial(standard),
    ]


def _why(view: CaseView, review: Sheet | None) -> list[Block]:
    vetoes = review_of(view).vetoes
    blocks = reasons(view.standard, review, vetoes)
    for told in view.every("on_site_review.veto.confirmed"):
        if told.event.stage == view.stage.id:
            evidence = form_of(told).text("evidence")
            blocks.append(Text(f"一票否决{told.event.item}的证据：{sentence(evidence)}"))
    return blocks


def own_told(view: CaseView) -> Told | None:
    """The school's own last account against the standard."""
    found = [t for t in view.every("self_assessment.submitted") if t.event.total]
    return found[-1] if found else None


def own_points(view: CaseView) -> dict[str, str]:
    """The school's own points by area."""
    return points_of(own_told(view))


def read_sheets(view: CaseView) -> Sheets:
    """The school's own sheet and the review's; None where it was never given or is erased, and
    for both where the review does not score."""
    if scored_by(view) is None:
        return None, None
    standard, kind = view.standard, view.state.subject_kind
    own = own_told(view)
    review = view.own("scores.entered")
    considered = view.own("defence.considered")
    if considered and form_of(considered).raw("answers"):
        review = considered
    return (
        sheet_of(standard, kind, form_of(own), "self") if own else None,
        sheet_of(standard, kind, form_of(review), "review") if review else None,
    )


def score_sheet(view: CaseView, sheets: Sheets) -> tuple[Annex, ...]:
    """The sheet of every indicator, annexed where the review scored."""
    if scored_by(view) is None:
        return ()
    kind = view.state.subject_kind
    return (Annex("督导评估得分表", score_annex(view.standard, kind, *sheets)),)
