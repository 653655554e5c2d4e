"""实地督导, before the team comes: told to the public, and to the school in writing."""

from datetime import date, timedelta

from documents.addressing import contacts, from_office
from documents.case_view import CaseView
from documents.papers import Annex, Block, Paper, Text, facts, sections, table
from documents.provenance import alike, joined
from documents.score_tables import named_standard, unofficial
from documents.wording import ASKED, days, length, listed, plain_number, sentence, weekday
from rules.on_site_review import OnSiteReviewData


def _review(view: CaseView) -> OnSiteReviewData:
    return view.data


def visit_announcement(view: CaseView) -> Paper:
    """Object, dates, content, channels, until when."""
    review, form = _review(view), view.form
    content = form.texts("content") or [_content(view)]
    return from_office(
        view,
        title=f"关于对{view.subject.name}开展实地督导的公告",
        blocks=(
            Text(
                f"根据{joined(view.basis())}，我们将对{view.subject.name}开展实地督导，"
                "现予公告，欢迎社会各界、师生和家长反映情况。"
            ),
            *sections(
                ("督导对象", [Text(sentence(view.subject.name))]),
                ("督导时间", [Text(sentence(days(review.starts, review.ends)))]),
                ("主要内容", [Text(listed(content))]),
                ("反映渠道", [facts(contacts(view, "phone", "mail"))]),
                ("受理时间", [Text(f"自公告之日起至{weekday(review.ends)}止。")]),
            ),
            Text("注：反映情况请写明具体时间、事项和您的联系方式，我们依法为您保密。", "note"),
        ),
    )


def visit_notice(view: CaseView) -> Paper:
    """Basis; content and standard; days; team and recusal; procedure; material; discipline;
    contact; a receipt."""
    review = _review(view)
    return from_office(
        view,
        title=f"关于对{view.subject.name}开展实地督导的通知书",
        addressee=f"{view.subject.name}：",
        blocks=(
            *sections(
                ("依据", [Text(listed([*view.basis(), _plan(view)], "；"))]),
                ("内容和标准", _by_standard(view)),
                ("时间", [Text(sentence(days(review.starts, review.ends)))]),
                ("督导组", _team(view)),
                ("程序和日程", _procedure(view)),
                ("需要准备的材料", _materials(view)),
                ("工作纪律", [Text(listed(_discipline()))]),
                ("联系方式", [facts(contacts(view, "contact", "phone"))]),
            ),
            Text("特此通知。"),
        ),
        annexes=(Annex("送达回证", _receipt(view)),),
    )


def _plan(view: CaseView) -> str:
    """The plan the visit stands in; the process itself where nothing is planned."""
    planned = any(stage.kind == "planning" for stage in view.dossier.process.stages.values())
    return f"{view.round_title}{view.process_title}计划" if planned else view.process_title


def _content(view: CaseView) -> str:
    standard = view.measure
    if standard is None:
        return f"按照{view.process_title}要求了解办学情况"
    areas = standard.areas_for(view.state.subject_kind)
    titles = joined(area.title for area in areas if area.owner != "value_added")
    return f"{titles}等方面的情况，以及上次督导发现问题的整改情况"


def _by_standard(view: CaseView) -> list[Block]:
    standard = view.measure
    if standard is None or not view.stage.scored:
        return [Text(sentence(_content(view)))]
    return [
        Text(
            f"{_content(view)}。按{named_standard(standard)}评分，满分{plain_number(standard.full)}分。"
        ),
        *unofficial(standard),
    ]


def _team(view: CaseView) -> list[Block]:
    review, appointed = _review(view), view.own("team.appointed")
    people = [review.lead, *(m for m in review.team if m != review.lead)]
    rows = [
        [str(n), view.name(person), "组长" if person == review.lead else "成员"]
        for n, person in enumerate((p for p in people if p), 1)
    ]
    least = view.stage.team.at_least
    consulted = view.counted(len(appointed.event.consulted), appointed) if appointed else 0
    checked = f"组建时核对了{consulted}条回避登记，" if consulted else "组建时核对了回避登记，"
    stepped = f"；已回避的督学：{view.names(review.recused)}" if review.recused else ""
    return [
        table([("序号", 10, "center"), ("姓名", 50, "center"), ("职责", 30, "center")], rows),
        Text(
            f"督导组共{alike(review.lead, len(rows))}人（不少于{least}人）。{checked}"
            f"以上人员与你校没有应当回避的关系{stepped}。"
            "你校认为有人员应当回避的，请在收到本通知后、督导组入校前书面提出。"
        ),
    ]


def _procedure(view: CaseView) -> list[Block]:
    review, deadlines = _review(view), view.stage.deadlines
    asked = "、".join(ASKED[who] for who in view.stage.questionnaires)
    looks = "随机听课、查阅资料、察看校园、个别访谈、随堂测试"
    last = "补充查看，督导组汇总，与学校交换意见"
    first = f"听取学校自评汇报；{looks}"
    whole = _days(review.starts, review.ends)
    rows = []
    for number, day in enumerate(whole):
        doing = first if number == 0 else looks
        if number == len(whole) - 1:
            doing = f"{doing}；{last}" if number == 0 else f"{looks}；{last}"
        rows.append([f"第{alike(day, number + 1)}天", weekday(day), doing])
    steps = [f"问卷和座谈：{asked}，对象由督导组随机确定"] if asked else []
    for name, doing in (
        ("preliminary_opinion", "督导结束后{}内反馈初步意见"),
        ("defence", "收到初步意见后{}内，你校可以书面申辩"),
        ("opinion_letter", "督导结束后{}内印发督评意见书"),
    ):
        if given := length(deadlines.get(name, "")):
            steps.append(doing.format(given))
    columns = [("日程", 12, "center"), ("日期", 36, "center"), ("安排", 68)]
    return [table(columns, rows), Text(listed(steps))]


def _days(first: date | None, last: date | None) -> list[date]:
    if first is None or last is None:
        return []
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def _materials(view: CaseView) -> list[Block]:
    """What the notice asks for, else what the standard calls indispensable: nothing more."""
    asked = view.form.texts("materials")
    if not asked and view.measure is not None:
        leaves = view.measure.for_school(view.state.subject_kind)
        needed = [e.name for leaf in leaves for e in leaf.evidence if e.required]
        asked = [joined(dict.fromkeys(needed))] if needed else []
    only = "仅限以下材料，学校已有的原件即可，不另行制作，不要求装订成册："
    return [Text(only), Text(listed(asked))] if asked else [Text("不需要专门准备材料。")]


def _discipline() -> list[str]:
    return [
        "督导组廉洁自律，不接受宴请和礼品，工作餐按规定缴费，不干扰正常教学",
        "学校如实反映情况，不停课迎检，不弄虚作假，不组织师生迎送",
        "督导组成员对了解到的个人信息和举报内容保密",
    ]


def _receipt(view: CaseView) -> tuple[Block, ...]:
    rows = [
        ("文书名称", f"关于对{view.subject.name}开展实地督导的通知书"),
        ("受送达单位", view.subject.name),
        ("送达日期", "　　　　年　　月　　日"),
        ("签收人（签字）", "　"),
        ("单位（盖章）", "　"),
        ("备注", "　"),
    ]
    return (facts(rows),)
