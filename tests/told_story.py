"""The year that ``told_year``'s county lives: whatever can happen to a school happens to one."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rules import planning, process_guidance, self_assessment
from rules.case_words import AnswerPlan, ExtendDeadline, MergeCase
from rules.follow_up_visit import FileFollowUpReport, RecordFollowUp
from rules.issue_list.words import (
    RaiseIssue,
    ReportRectification,
    SubmitRectificationPlan,
    VerifyRectification,
)
from rules.messages import Finding
from rules.on_site_review import words as w
from rules.values import Actor
from tests.told_letters import letters_of_the_year
from tests.told_year import INSPECTOR, OFFICE, STANDARD, ToldYear, answers_of

TEAM = ("inspector-1", "inspector-2", "inspector-3")
SCHOOL = {code: Actor(f"school-{code[1]}", "school") for code in ("S1", "S2", "S3")}


def live(year: ToldYear) -> None:
    """The whole year of three schools."""
    accounts_in_winter(year)
    plan_in_march(year)
    guidance_in_spring(year)
    review_in_may(year)
    follow_ups_in_autumn(year)
    papers_in_december(year)
    letters_of_the_year(year)


def told_all(folder: Path) -> Iterator[ToldYear]:
    """The whole year, every event told to every role; for a fixture, which closes it."""
    year = ToldYear(str(folder / "year.db"), "shaanxi_316.yaml", "O", date(2026, 1, 5))
    live(year)
    year.place_owed()
    ledger = year.messages()
    year.messages = lambda name="": [row for row in ledger if not name or row.name == name]
    yield year
    year.database.close()


def accounts_in_winter(year: ToldYear) -> None:
    """S1 hands in and is sent back; S2 is excused; S3 says nothing and is chased to the top."""
    submit = self_assessment.SubmitSelfAssessment(
        stage="self_assessment", form={"answers": answers_of("S1", "self")}
    )
    year.do("S1", submit, SCHOOL["S1"])
    reason = {"reason": "教师队伍部分数据与年报不一致，请核对后重新填报。"}
    back = self_assessment.ReturnSelfAssessment(
        stage="self_assessment", form=reason, indicators=("A4.1.1",)
    )
    year.do("S1", back, OFFICE)
    year.do("S1", submit, SCHOOL["S1"])
    year.do("S1", self_assessment.AcceptSelfAssessment(stage="self_assessment"), OFFICE)
    excuse = self_assessment.ExcuseSelfAssessment(
        stage="self_assessment", form={"reason": "学校正在整体搬迁。"}
    )
    year.do("S2", excuse, OFFICE)
    extend = ExtendDeadline(
        deadline="self_assessment/submit",
        due_on=date(2026, 3, 6),
        form={"reason": "校舍维修", "approver": "督导室负责人"},
    )
    year.do("S3", extend, OFFICE)


def plan_in_march(year: ToldYear) -> None:
    """Proposed, published, commented, closed, amended, adopted; the cases get their answers."""
    year.until(date(2026, 3, 2))
    chosen = planning.Planned(subject="S1", week=date(2026, 4, 13), inspectors=TEAM)
    year.do("", planning.ProposePlan(stage="planning", selected=(chosen,)), OFFICE)
    year.do("", planning.PublishPlan(stage="planning", form={"contact": "督导室"}), OFFICE)
    comment = {"name": "示例家长", "contact": "13900000000", "text": "请关注校车。"}
    public = Actor("public", "public")
    year.do("", planning.CommentOnPlan(stage="planning", form=comment), public)
    clock = Actor("system", "system")
    picked = AnswerPlan(
        stage="planning", number=1, answer="selected", week=date(2026, 4, 13), inspectors=TEAM
    )
    year.do("S1", picked, clock)
    year.do("S2", AnswerPlan(stage="planning", number=1, answer="deferred"), clock)
    year.do("S3", picked, clock)
    later = date(2026, 4, 20)
    year.do("S1", picked.model_copy(update={"number": 2, "week": later}), clock)
    year.until(date(2026, 3, 12))
    added = planning.Planned(subject="S3", week=later, inspectors=TEAM)
    amend = planning.AmendPlan(stage="planning", add=(added,), form={"reason": "新增一所学校。"})
    year.do("", amend, OFFICE)
    year.do("", planning.AdoptPlan(stage="planning"), OFFICE)


def guidance_in_spring(year: ToldYear) -> None:
    """A visit with one problem, its report; a problem only the treasury can solve."""
    finding = Finding(severity="at_once", basis="A6.1.1", text="1")
    visit = process_guidance.RecordGuidance(
        stage="process_guidance",
        methods=("听", "看"),
        findings=(finding,),
        form={"content": "听课", "findings": {"1": "消防通道堆放课桌椅。"}},
    )
    year.do("S1", visit, INSPECTOR)
    report = process_guidance.FileGuidanceReport(stage="process_guidance", item="1")
    year.do("S1", report, INSPECTOR)
    elsewhere = Finding(
        severity="long_term", outcome="consultation", basis="A6.1.1", unit="CZ", text="1"
    )
    raised = RaiseIssue(
        stage="issue_list",
        finding=elsewhere,
        form={"findings": {"1": "运动场塑胶老化，需要更新。"}},
    )
    year.do("S1", raised, OFFICE)


def review_in_may(year: ToldYear) -> None:
    """The whole review of S1, with everything that can be asked for; S3 has no objection."""
    for school in ("S1", "S3"):
        year.do(school, w.AppointTeam(stage="on_site_review", lead=TEAM[0], members=TEAM), OFFICE)
    away = Actor("inspector-3", "inspector")
    recusal = {"reason": "家属在该校任教。"}
    year.do(
        "S1",
        w.DeclareRecusal(stage="on_site_review", inspector="inspector-3", form=recusal),
        away,
    )
    team = ("inspector-1", "inspector-2", "inspector-4")
    year.do("S1", w.AppointTeam(stage="on_site_review", lead=team[0], members=team), OFFICE)
    for school in ("S1", "S3"):
        days = {"starts": date(2026, 5, 11), "ends": date(2026, 5, 12)}
        year.do(school, w.ScheduleVisit(stage="on_site_review", **days), OFFICE)
        form = {"content": "办学情况", "phone": "0000-0000000", "mail": "a@b.example"}
        year.do(school, w.AnnounceVisit(stage="on_site_review", form=form), OFFICE)
        notice = {"contact": "督导室", "phone": "0000-0000000", "materials": ["课表"]}
        year.do(school, w.ServeNotice(stage="on_site_review", form=notice), OFFICE)
    year.until(date(2026, 5, 11))
    visited(year)
    opinions(year)


def visited(year: ToldYear) -> None:
    """Two days in both schools, scored at once."""
    lead = Actor("inspector-1", "team")
    for school in ("S1", "S3"):
        year.do(school, w.StartVisit(stage="on_site_review"), lead)
    year.until(date(2026, 5, 12))
    for school in ("S1", "S3"):
        year.do(school, w.EndVisit(stage="on_site_review", form={"samples": {"lessons": 8}}), lead)
        form = {"answers": answers_of(school, "review")}
        year.do(school, w.EnterScores(stage="on_site_review", form=form), lead)


def opinions(year: ToldYear) -> None:
    """A veto, the preliminary opinion, the defence or none, the letter, and both reviews of it."""
    opinion = {"overall": "较好", "strengths": ["规范"], "problems": ["台账"]}
    veto = STANDARD.vetoes[-1].code
    proof = {"evidence": "处罚决定书"}
    year.do("S1", w.ConfirmVeto(stage="on_site_review", item=veto, form=proof), OFFICE)
    for school in ("S1", "S3"):
        given = w.GivePreliminaryOpinion(stage="on_site_review", form=opinion)
        year.do(school, given, OFFICE)
    year.do("S3", w.WaiveDefence(stage="on_site_review"), SCHOOL["S3"])
    stated = w.StateDefence(
        stage="on_site_review", indicators=("A3.1.1",), form={"text": "台账已补齐。"}
    )
    year.do("S1", stated, SCHOOL["S1"])
    form = {"reason": "经复核部分采纳。", "answers": answers_of("S1", "review")}
    year.do("S1", w.ConsiderDefence(stage="on_site_review", upheld=True, form=form), OFFICE)
    letter = w.IssueOpinionLetter(
        stage="on_site_review",
        findings=(Finding(basis="A2.1.1", text="1"), Finding(basis="A3.1.1", text="2")),
        rectify_by=date(2026, 6, 15),
        form={
            "overall": "较好",
            "achievements": [],
            "findings": {"1": "安全台账更新不及时。", "2": "功能室使用记录不全。"},
            "demands": {"1": "按月更新。", "2": "按次登记。"},
            "suggestions": [],
        },
    )
    year.do("S1", letter, OFFICE)
    ask = w.RequestReview(stage="on_site_review", form={"text": "对得分有异议。"})
    year.do("S1", ask, SCHOOL["S1"])
    because = {"reason": "评分依据充分，维持原结论。"}
    year.do("S1", w.AnswerReview(stage="on_site_review", upheld=False, form=because), OFFICE)
    again = w.RequestSecondReview(stage="on_site_review", form={"text": "仍有异议。"})
    year.do("S1", again, SCHOOL["S1"])
    decided = w.DecideSecondReview(stage="on_site_review", upheld=True, form=because)
    year.do("S1", decided, Actor("city-1", "superior"))


def follow_ups_in_autumn(year: ToldYear) -> None:
    """S1 rectifies, is refused, does it; what it leaves undone comes back until it is accounted
    for. S3 merges into S2."""
    plan = {"items": [], "safeguards": "校长负总责"}
    year.do("S1", SubmitRectificationPlan(stage="issue_list", form=plan), SCHOOL["S1"])
    done = ReportRectification(stage="issue_list", item="1", form={"done": "已清理。"})
    year.do("S1", done, SCHOOL["S1"])
    reason = {"reason": "仍有杂物。", "looked": "现场"}
    no = VerifyRectification(stage="issue_list", item="1", passed=False, form=reason)
    year.do("S1", no, INSPECTOR)
    year.do("S1", done, SCHOOL["S1"])
    yes = VerifyRectification(stage="issue_list", item="1", passed=True, form={"looked": "现场"})
    year.do("S1", yes, INSPECTOR)
    for day, verdict in (
        (date(2026, 6, 18), "not"),
        (date(2026, 7, 20), "not"),
        (date(2026, 8, 24), "not"),
    ):
        year.until(day)
        verdicts = {"1": "done", "2": "mostly", "3": "done", "4": verdict}
        record = RecordFollowUp(
            stage="follow_up_visit", verdicts=verdicts, form={"how": "实地查看", "items": {}}
        )
        year.do("S1", record, INSPECTOR)
        filed = FileFollowUpReport(stage="follow_up_visit", form={"summary": "逐条查看。"})
        year.do("S1", filed, INSPECTOR)
    left = Finding(severity="long_term", basis="A6.1.1", text="1")
    raised = RaiseIssue(stage="issue_list", finding=left, form={"findings": {"1": "图书更新慢。"}})
    year.do("S3", raised, OFFICE)
    year.do("S3", MergeCase(successor=year.case("S2")), OFFICE)


def papers_in_december(year: ToldYear) -> None:
    """The office's own accounts: special report, bulletin, filing with the city."""
    year.until(date(2026, 12, 2))
    for stage in ("special_report", "bulletin", "filing"):
        form = {"overall": "总体平稳。"}
        year.do("", self_assessment.SubmitSelfAssessment(stage=stage, form=form), OFFICE)
