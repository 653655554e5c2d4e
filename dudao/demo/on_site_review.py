"""实地督导 in the demo: teams are named, visits announced and made, opinions given and answered."""

from collections.abc import Callable
from datetime import date, timedelta

from dudao.demo.answers import PROBLEMS, STRENGTHS, answers
from dudao.demo.scene import Act, Scene
from rules.messages import Finding
from rules.on_site_review import words as w
from rules.state import Deadline
from rules.values import Actor

EARLY = {"team": 8, "schedule": 6, "announcement": 4, "notice": 4, "preliminary_opinion": 3}


def day(scene: Scene, deadline: Deadline) -> date:
    """Guards are never met late; a visit is recorded on its days, once three days after."""
    name = deadline.name
    if name == "record":
        return _visit_day(scene, deadline)
    if name == "announcement" and scene.case == scene.roles.rescheduled:
        moved = scene.data(deadline.stage).starts != _planned_days(scene)[0]
        return deadline.due_on if moved else deadline.due_on + timedelta(1)
    if name in ("announcement", "notice"):
        return scene.day_to_act(deadline, EARLY[name], 0.0)
    return scene.day_to_act(deadline, EARLY.get(name, 2), 0.04)


def _visit_day(scene: Scene, deadline: Deadline) -> date:
    if scene.case == scene.roles.typed_late:
        return deadline.due_on
    data = scene.data(deadline.stage)
    return data.starts if data.phase == "preparing" else data.ends


def act(scene: Scene, deadline: Deadline) -> list[Act]:
    """What is done about a deadline of this stage."""
    return _ACTS[deadline.name](scene, deadline.stage)


def _team(scene: Scene, stage: str) -> list[Act]:
    """Three inspectors, the responsible one first; once, one who must recuse is named by mistake
    and refused."""
    data = scene.data(stage)
    shift = scene.luck.whole(0, len(scene.all_inspectors) - 1, "team", scene.case)
    others = scene.all_inspectors[shift:] + scene.all_inspectors[:shift]
    away = {*scene.barred, *data.recused}
    free = [i for i in dict.fromkeys((*scene.inspectors[:1], *others)) if i not in away]
    members = tuple(free[:3])
    acts = []
    if scene.barred and not data.team:
        wrong = (scene.barred[0], *members[1:])
        command = w.AppointTeam(stage=stage, lead=wrong[0], members=wrong)
        acts.append(Act(command, scene.office))
    command = w.AppointTeam(stage=stage, lead=members[0], members=members)
    return [*acts, Act(command, scene.office)]


def _schedule(scene: Scene, stage: str) -> list[Act]:
    data = scene.data(stage)
    if scene.case == scene.roles.recusal and not data.recused and data.team:
        who = data.team[-1]
        form = {"reason": "本人配偶在该校任教，申请回避。"}
        command = w.DeclareRecusal(stage=stage, inspector=who, form=form)
        return [Act(command, Actor(who, "inspector"))]
    starts, ends = _planned_days(scene)
    return [Act(w.ScheduleVisit(stage=stage, starts=starts, ends=ends), scene.office)]


def _planned_days(scene: Scene, weeks: int = 0) -> tuple[date, date]:
    """Two teaching days in the planned week, or in the first week that leaves time to announce."""
    state = scene.state
    opened = state.dates[f"{scene.stage_of('on_site_review')}.opened"]
    earliest = max(state.plan.week, opened + timedelta(56))
    earliest += timedelta(weeks=weeks)
    starts = scene.calendar.add_teaching_days(earliest - timedelta(1), 1)
    return starts, scene.calendar.add_teaching_days(starts, 1)


def _announce(scene: Scene, stage: str) -> list[Act]:
    form = {
        "content": "依法规范办学、教育质量、校园安全等七个方面",
        "phone": "0000-0000000",
        "mail": "dudao@county.example",
    }
    acts = [Act(w.AnnounceVisit(stage=stage, form=form), scene.office)]
    data = scene.data(stage)
    if scene.case == scene.roles.rescheduled and data.starts == _planned_days(scene)[0]:
        starts, ends = _planned_days(scene, weeks=3)
        command = w.ScheduleVisit(stage=stage, starts=starts, ends=ends)
        acts.append(Act(command, scene.office))  # announced too late: refused, so moved
    return acts


def _notice(scene: Scene, stage: str) -> list[Act]:
    form = {
        "contact": "督导室干事",
        "phone": "0000-0000000",
        "materials": ["自查自评报告", "课程表与作息时间表", "安全工作台账"],
    }
    return [Act(w.ServeNotice(stage=stage, form=form), scene.office)]


def _visit(scene: Scene, stage: str) -> list[Act]:
    """On its days; the one typed in later says on which days it was."""
    data = scene.data(stage)
    if scene.today < data.starts:
        return []
    if data.phase == "preparing" and not (data.announced and data.noticed):
        weeks = (scene.today - scene.state.plan.week).days // 7 + 4
        starts, ends = _planned_days(scene, weeks)
        return [Act(w.ScheduleVisit(stage=stage, starts=starts, ends=ends), scene.office)]
    lead = Actor(data.lead, "team")
    acts = []
    if data.phase == "preparing":
        acts.append(Act(w.StartVisit(stage=stage), lead, data.starts))
    if scene.today >= data.ends:
        acts += [
            Act(w.EndVisit(stage=stage, form={"samples": _samples(scene)}), lead, data.ends),
            Act(w.EnterScores(stage=stage, form={"answers": _answers(scene)}), lead),
        ]
    return acts


def _answers(scene: Scene) -> dict:
    kind = scene.state.subject_kind
    return answers(scene.standard, kind, scene.luck, scene.case, "review")


def _samples(scene: Scene) -> dict[str, int]:
    luck, case = scene.luck, scene.case
    return {
        "lessons": luck.whole(8, 16, "lessons", case),
        "teachers": luck.whole(10, 20, "teachers", case),
        "parents": luck.whole(12, 30, "parents", case),
        "students": luck.whole(20, 50, "students", case),
        "files": luck.whole(30, 60, "files", case),
        "questionnaires_teachers": luck.whole(20, 60, "qt", case),
        "questionnaires_parents": luck.whole(80, 300, "qp", case),
        "questionnaires_students": luck.whole(60, 200, "qs", case),
    }


def _opinion(scene: Scene, stage: str) -> list[Act]:
    luck, case = scene.luck, scene.case
    form = {
        "overall": "学校办学方向正确，管理规范，质量稳定，特色初显。",
        "strengths": [luck.one_of(STRENGTHS, "opinion", case, n) for n in range(2)],
        "problems": [luck.one_of(PROBLEMS, "opinion", case, n) for n in range(3)],
    }
    acts = []
    if case == scene.roles.veto and not scene.data(stage).vetoes:
        evidence = {"evidence": "市场监管部门行政处罚决定书，食堂食品安全责任事故属实。"}
        command = w.ConfirmVeto(stage=stage, item="V2", form=evidence)
        acts.append(Act(command, Actor("O1", "office")))
    return [*acts, Act(w.GivePreliminaryOpinion(stage=stage, form=form), scene.office)]


def _defend(scene: Scene, stage: str) -> list[Act]:
    if scene.case == scene.roles.defence:
        form = {"text": "A3.1.1所扣分数依据的台账已于检查前补齐，请予复核。"}
        command = w.StateDefence(stage=stage, indicators=("A3.1.1",), form=form)
        return [Act(command, scene.school)]
    if scene.luck.happens(0.6, "waive", scene.case):
        return [Act(w.WaiveDefence(stage=stage), scene.school)]
    return []


def _consider(scene: Scene, stage: str) -> list[Act]:
    changed = _answers(scene)
    first = next(iter(changed))
    kind = scene.state.subject_kind
    changed[first] = answers(scene.standard, kind, scene.luck, scene.case, "self")[first]
    changed[first]["reason"] = "采纳申辩，酌情调整。"
    form = {"reason": "经复核，部分采纳，相应指标得分已调整。", "answers": changed}
    return [Act(w.ConsiderDefence(stage=stage, upheld=True, form=form), scene.office)]


def _letter(scene: Scene, stage: str) -> list[Act]:
    luck, case = scene.luck, scene.case
    findings, texts, demands = [], {}, {}
    for n in range(luck.whole(2, 5, "findings", case)):
        key = str(n + 1)
        severity = luck.one_of(("at_once", "dated", "dated", "long_term"), "severity", case, n)
        elsewhere = severity == "long_term" and luck.happens(0.6, "unit", case, n)
        findings.append(
            Finding(
                severity=severity,
                outcome="consultation" if elsewhere else "notice",
                nature=luck.one_of(("individual", "individual", "common"), "nature", case, n),
                basis=luck.one_of(("A2.1.1", "A3.1.1", "A4.1.1", "A6.1.1"), "basis", case, n),
                unit=luck.one_of(("CZ", "RS", "JY"), "which", case, n) if elsewhere else "school",
                text=key,
            )
        )
        texts[key] = luck.one_of(PROBLEMS, "found", case, n)
        demands[key] = "查明原因，按期整改，建立长效机制。"
    form = {
        "overall": "学校办学方向正确，管理规范，质量稳定，特色初显。",
        "achievements": [luck.one_of(STRENGTHS, "achieved", case, n) for n in range(3)],
        "findings": texts,
        "demands": demands,
        "suggestions": ["加强校本教研，提升课堂质量。", "完善安全隐患排查闭环管理。"],
    }
    latest = scene.state.due_on(stage, "opinion_letter")
    if latest and scene.today > latest:
        form["late_reason"] = "督导组成员因公外出，会签延迟。"
    rectify_by = scene.calendar.working_day_from(scene.today + timedelta(30))
    command = w.IssueOpinionLetter(
        stage=stage, findings=tuple(findings), rectify_by=rectify_by, form=form
    )
    return [Act(command, Actor("O1", "office"))]


def _request(scene: Scene, stage: str) -> list[Act]:
    if scene.case != scene.roles.review:
        return []
    form = {"text": "对教育质量部分得分有异议，申请复查。"}
    return [Act(w.RequestReview(stage=stage, form=form), scene.school)]


def _answer(scene: Scene, stage: str) -> list[Act]:
    form = {"reason": "经复查，原评分依据充分，维持原结论。"}
    return [Act(w.AnswerReview(stage=stage, upheld=False, form=form), scene.office)]


def _nothing(scene: Scene, stage: str) -> list[Act]:
    return []


_ACTS: dict[str, Callable[[Scene, str], list[Act]]] = {
    "team": _team,
    "replacement": _team,
    "schedule": _schedule,
    "announcement": _announce,
    "notice": _notice,
    "record": _visit,
    "preliminary_opinion": _opinion,
    "defence": _defend,
    "consider": _consider,
    "opinion_letter": _letter,
    "review_request": _request,
    "review_answer": _answer,
    "second_review_request": _nothing,
    "second_review_decision": _nothing,
}
