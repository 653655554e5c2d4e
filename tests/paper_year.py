"""The year the county of `tests.paper_county` lives through, step by step, in days of 2026.

One school goes the whole way (guidance, a recusal, a defence, an issue for a department that comes
to accountability after three follow-ups), another is vetoed, one merges into the first.
"""

from datetime import date
from typing import Any

from rules import case_words as c
from rules import follow_up_visit as f
from rules import planning as p
from rules import process_guidance as g
from rules import self_assessment as s
from rules.issue_list import words as i
from rules.messages import Finding
from rules.on_site_review import words as w
from tests.paper_county import FIRST, MERGED, SCHOOLS, SECOND, County, answers


def live_through_2026(county: County) -> County:
    """The whole year, step by step."""
    for school in SCHOOLS:
        assess(county, school)
    plan(county)
    guide(county)
    review_first(county)
    review_second(county)
    rectify(county)
    follow_up(county)
    account(county)
    return county


def assess(county: County, school: str) -> None:
    case, kind = county.case(school), SCHOOLS[school][1]
    areas = county.standard.areas_for(kind)
    form = {
        "answers": answers(county.standard, kind),
        "report": {
            "organised": "成立自评工作组，逐项自查，全体教师参与",
            "areas": {
                a.code: {"strengths": f"{a.title}扎实", "problems": "记录不全", "causes": "检查少"}
                for a in areas
            },
            "improvement": "按月检查整改进度",
        },
        "plan": [
            {
                "problem": "功能室使用记录不全",
                "cause": "管理员兼职",
                "measure": "明确专人，每周核对",
                "person": "教务主任",
                "date": "2026年3月31日",
            }
        ],
    }
    submit = s.SubmitSelfAssessment(stage="self_assessment", form=form)
    county.do(case, submit, "school", (1, 30))
    if school == FIRST:
        back = s.ReturnSelfAssessment(
            stage="self_assessment", indicators=("A1.1.1",), form={"reason": "请补充依据"}
        )
        county.do(case, back, "inspector", (2, 2))
        county.do(case, submit, "school", (2, 4))
    county.do(case, s.AcceptSelfAssessment(stage="self_assessment"), "office", (2, 6))


def plan(county: County) -> None:
    week = date(2026, 5, 11)
    county.keep_time((3, 2), *SCHOOLS)
    chosen = (
        p.Planned(subject=FIRST, week=week, inspectors=("I1", "I2", "I3"), why="多年未督导"),
        p.Planned(subject=SECOND, week=date(2026, 5, 18), why="新任校长"),
    )
    plan = {"stage": "planning"}
    county.do(county.round, p.ProposePlan(**plan, selected=chosen), "office", (3, 3))
    form = {"contact": "督导室主任"}
    county.do(county.round, p.PublishPlan(**plan, form=form), "office", (3, 5))
    for day in ((3, 13), (3, 16)):
        county.keep_time(day)
    county.do(county.round, p.AdoptPlan(**plan), "office", (3, 17))
    for school in SCHOOLS:
        found = [each for each in chosen if each.subject == school]
        answer = {"answer": "deferred"} if not found else {"answer": "selected", "week": week}
        command = c.AnswerPlan(**plan, number=1, **answer)
        county.do(county.case(school), command, "system", (3, 17))
    merge = c.MergeCase(successor=county.case(FIRST))
    county.do(county.case(MERGED), merge, "office", (3, 20))


def guide(county: County) -> None:
    findings = (
        Finding(basis="A2.1.1", severity="at_once", outcome="advice", text="a"),
        Finding(basis="A6.1.1", nature="common", text="b"),
    )
    form = {
        "time": "上午8:00至11:30",
        "content": "作业管理和功能室使用",
        "observations": "随机查看三个班作业",
        "strengths": "常规扎实",
        "problems": "作业分层不够",
        "advice": "教研组每月研讨一次作业设计",
        "findings": {"a": "课后服务点名册缺两天", "b": "科学实验室使用记录不全"},
    }
    stage = {"stage": "process_guidance"}
    visit = g.RecordGuidance(**stage, methods=("听", "查", "看"), findings=findings, form=form)
    county.do(county.case(FIRST), visit, "inspector", (3, 18))
    report = g.FileGuidanceReport(**stage, item="1", form={"summary": "总体良好，两处需改"})
    county.do(county.case(FIRST), report, "inspector", (3, 20))


def review_first(county: County) -> None:
    case, stage = county.case(FIRST), {"stage": "on_site_review"}
    kind = SCHOOLS[FIRST][1]
    team = {"lead": "I1", "members": ("I1", "I2", "I3")}
    day = lambda command, *on, **who: county.do(case, command, who.get("role", "office"), on)  # noqa: E731
    day(w.AppointTeam(**stage, **team), 3, 23)
    recusal = {"inspector": "I3", "form": {"reason": "亲属在校任教"}}
    away = w.DeclareRecusal(**stage, **recusal)
    county.do(case, away, "inspector", (3, 24), "I3")
    team["members"] = ("I1", "I2", "I4")
    day(w.AppointTeam(**stage, **team), 3, 25)
    day(w.ScheduleVisit(**stage, starts=date(2026, 5, 11), ends=date(2026, 5, 12)), 3, 26)
    day(w.AnnounceVisit(**stage, form={"content": "办学行为、课程实施和安全管理"}), 4, 20)
    notice = {"contact": "督导室主任", "materials": ["学校章程", "本学期课程表"]}
    day(w.ServeNotice(**stage, form=notice), 4, 20)
    day(w.StartVisit(**stage), 5, 11)
    samples = {"lessons": 12, "teachers": 20, "questionnaires_parents": 186}
    day(w.EndVisit(**stage, form={"samples": samples}), 5, 12)
    lost = {"answers": answers(county.standard, kind, "A1.1.1 A1.2.1", "review")}
    day(w.EnterScores(**stage, form=lost), 5, 14)
    opinion = {
        "overall": "学校办学方向端正",
        "strengths": ["班子团结", "课程开齐开足"],
        "problems": ["党组织议事记录不全"],
    }
    day(w.GivePreliminaryOpinion(**stage, form=opinion), 5, 20)
    defence = {"indicators": ("A1.1.1",), "form": {"text": "记录存放在党建室，入校时未调阅"}}
    day(w.StateDefence(**stage, **defence), 5, 22, role="school")
    better = {"answers": answers(county.standard, kind, "A1.2.1", "review"), "reason": "经核对属实"}
    day(w.ConsiderDefence(**stage, upheld=True, form=better), 5, 25)
    findings = (
        Finding(basis="A1.2.1", text="x", rectify_by=date(2026, 6, 26)),
        Finding(basis="A6.1.1", unit="CZ", outcome="consultation", nature="common", text="y"),
        Finding(basis="《教育法》第四十五条", severity="long_term", text="z"),
    )
    letter = {
        "overall": "学校办学行为规范，质量稳步提升",
        "achievements": ["党建引领有力", "课堂常规扎实"],
        "findings": {"x": "德育工作体系不完整", "y": "图书经费不足", "z": "运动场地面积不足"},
        "demands": {"x": "补齐德育工作计划并实施", "y": "把图书经费列入下年度预算"},
        "suggestions": ["加强骨干教师示范", "用好校外场馆"],
    }
    command = w.IssueOpinionLetter(
        **stage, findings=findings, rectify_by=date(2026, 6, 30), form=letter
    )
    day(command, 5, 28)


def review_second(county: County) -> None:
    """No objection, one common problem, and a veto on evidence."""
    case, stage = county.case(SECOND), {"stage": "on_site_review"}
    team = w.AppointTeam(**stage, lead="I2", members=("I2", "I3", "I4"))
    steps: list[tuple[Any, tuple[int, int], str]] = [
        (team, (3, 23), "office"),
        (
            w.ScheduleVisit(**stage, starts=date(2026, 5, 18), ends=date(2026, 5, 19)),
            (3, 24),
            "office",
        ),
        (w.AnnounceVisit(**stage), (4, 20), "office"),
        (w.ServeNotice(**stage), (4, 20), "office"),
        (w.StartVisit(**stage), (5, 18), "office"),
        (w.EndVisit(**stage), (5, 19), "office"),
        (
            w.EnterScores(
                **stage, form={"answers": answers(county.standard, "primary", "A1.2.1", "review")}
            ),
            (5, 20),
            "office",
        ),
        (
            w.ConfirmVeto(**stage, item="V5", form={"evidence": "伪造听课记录，已核实"}),
            (5, 21),
            "office",
        ),
        (w.GivePreliminaryOpinion(**stage, form={"overall": "基础较好"}), (5, 22), "office"),
        (w.WaiveDefence(**stage), (5, 25), "school"),
        (
            w.IssueOpinionLetter(
                **stage,
                findings=(Finding(basis="A6.1.1", nature="common", text="x"),),
                rectify_by=date(2026, 6, 30),
                form={"findings": {"x": "实验室未开放"}},
            ),
            (5, 29),
            "office",
        ),
    ]
    for command, day, role in steps:
        county.do(case, command, role, day, "H2" if role == "school" else "")


def rectify(county: County) -> None:
    case, stage = county.case(FIRST), {"stage": "issue_list"}
    keys = ("issue", "cause", "measure", "person", "date")
    rows = [
        ("1", "点名员漏记", "每日核对", "德育主任", "2026年3月20日"),
        ("3", "计划缺专题", "重订德育计划", "副校长", "2026年6月20日"),
    ]
    form = {
        "items": [dict(zip(keys, row, strict=True)) for row in rows],
        "safeguards": "校长每周调度一次",
    }
    county.do(case, i.SubmitRectificationPlan(**stage, form=form), "school", (6, 4))
    done = {"done": "已补齐并装订", "evidence": ["点名册照片.jpg", "整改说明.pdf"]}
    done["not_done"] = "两名教师尚未培训，六月底前完成"
    county.do(case, i.ReportRectification(**stage, item="1", form=done), "school", (6, 8))
    looked = {"looked": "现场查看点名册"}
    county.do(
        case,
        i.VerifyRectification(**stage, item="1", passed=True, form=looked),
        "inspector",
        (6, 10),
    )
    longer = {"reason": "教材到货推迟", "approver": "督导室主任"}
    extend = c.ExtendDeadline(deadline="issue_list/dated/3", due_on=date(2026, 7, 10), form=longer)
    county.do(case, extend, "office", (6, 22))
    county.do(case, i.ReportRectification(**stage, item="3", form=done), "school", (6, 29))


def follow_up(county: County) -> None:
    case, stage = county.case(FIRST), {"stage": "follow_up_visit"}
    new = Finding(basis="A2.1.1", severity="at_once", text="n")
    form = {
        "how": "现场查看、访谈",
        "items": {"3": "新计划已实施", "4": "尚未列入预算"},
        "findings": {"n": "消防通道堆物"},
    }
    verdicts = {"2": "done", "3": "mostly", "4": "not", "5": "mostly"}
    visit = f.RecordFollowUp(**stage, verdicts=verdicts, findings=(new,), form=form)
    county.do(case, visit, "inspector", (7, 14))
    report = {"summary": "多数已整改", "suggestions": "请财政局尽快落实经费"}
    county.do(case, f.FileFollowUpReport(**stage, form=report), "inspector", (7, 16))
    for number, day, filed in ((2, (8, 13), (8, 14)), (3, (9, 10), (9, 11))):
        form = {"how": "电话核实", "items": {"4": f"第{number}次回访仍未列入预算"}}
        open_ = county.state(case).stages["issue_list"].data.open()
        verdicts = {no: "not" if no == "4" else "done" for no in open_}
        again = f.RecordFollowUp(**stage, verdicts=verdicts, form=form)
        county.do(case, again, "inspector", day)
        county.do(case, f.FileFollowUpReport(**stage, form=report), "inspector", filed)


def account(county: County) -> None:
    for day in ((11, 16), (12, 1)):
        county.keep_time(day)
    county.do(
        county.round,
        s.SubmitSelfAssessment(
            stage="special_report",
            form={
                "background": "按照年度工作安排",
                "overall": "总体向好",
                "suggestions": {"县财政局": "保障图书经费"},
            },
        ),
        "office",
        (11, 25),
    )
    county.do(
        county.round,
        s.SubmitSelfAssessment(
            stage="bulletin",
            form={
                "overall": "各校自评认真",
                "accountability": "对整改不力的约谈负责人",
                "next_year": "继续按三分之一以上安排",
            },
        ),
        "office",
        (12, 10),
    )
