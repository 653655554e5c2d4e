"""Every message there is, told by a real case: short plain Chinese, by when, whom to ask."""

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from engine.library import shipped_names
from notifications.catalogue import (
    MESSAGES,
    PARTS,
    SHORT_AT_MOST,
    SUBJECT_AT_MOST,
    TEXT_AT_MOST,
)
from rules.case_words import AnswerPlan
from rules.definition import KINDS
from rules.messages import Finding
from rules.process_guidance import FileGuidanceReport, RecordGuidance
from rules.values import Actor
from tests.told_story import told_all
from tests.told_year import INSPECTOR, TOLD_TO_ALL, WORDS, ToldYear


def test_there_is_a_folder_for_every_event_and_every_word_of_a_deadline():
    needed = {
        f"{kind.name}.{name}" for kind in KINDS.values() for name in (*kind.event_names, *WORDS)
    }
    assert needed | {"letter.withdrawn", "letter.superseded"} == MESSAGES


def test_every_folder_has_all_four_parts_and_nothing_else():
    root = Path(str(files("notifications") / "messages"))
    folders = {file.parent for file in root.rglob("*.*") if file.parent.name != "_shared"}
    assert {".".join(folder.relative_to(root).parts) for folder in folders} == MESSAGES
    odd = {str(f): sorted(p.name for p in f.glob("*.*")) for f in sorted(folders)}
    assert {f: found for f, found in odd.items() if found != sorted(PARTS)} == {}


def test_every_shipped_process_loads_against_the_messages_on_disk(tmp_path):
    for number, file in enumerate(shipped_names()):
        office = "O" if file.startswith("shaanxi") else "OT"
        ToldYear(str(tmp_path / f"{number}.db"), file, office, date(2026, 3, 2))


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Iterator[ToldYear]:
    yield from told_all(tmp_path_factory.mktemp("told"))


def test_everything_that_can_be_told_was_told(told):
    assert {row.name for row in told.messages()} == MESSAGES


def test_the_processes_own_orders_found_their_people(told):
    named = {f"{stage.kind}.{event}" for stage in told.definition.stages for event in stage.tell}
    owed = [row for row in told.messages() if int(row.order.rpartition(".")[2]) < TOLD_TO_ALL]
    assert named <= {row.name for row in owed}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_is_short_plain_chinese(told, name):
    for row in told.messages(name):
        said = f"{row.subject}\n{row.text}\n{row.short}"
        assert 0 < len(row.subject) <= SUBJECT_AT_MOST, row.subject
        assert 0 < len(row.text) <= TEXT_AT_MOST, row.text
        assert 0 < len(row.short) <= SHORT_AT_MOST, row.short
        assert "\n" not in row.subject + row.short
        assert not re.search(r"[{}%]|None|undefined|\[\]", said), said
        assert not re.search(r"[A-Za-z]{2,}|(?<![A-Z])[a-z_]", said), said
        assert "…" not in row.subject + row.short, row.subject
        assert "。。" not in said and "，。" not in said and "（）" not in said, said


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_says_which_process_and_whom_to_ask(told, name):
    for row in told.messages(name):
        assert "学校督导评估“316工程”（2026年度）" in row.text
        assert "0000-0000000" in row.text or row.role == "office", row.text
        if "school" in row.role and not row.case.endswith("2026"):
            assert re.search("马蹄小学|民新小学|沿河初级中学", row.text), row.text


@pytest.mark.parametrize("word", WORDS)
def test_a_deadline_says_the_day_with_its_weekday_how_long_still_and_why(told, word):
    spoken = [row for row in told.messages() if row.name.endswith(f".{word}")]
    assert spoken
    for row in spoken:
        assert re.search(r"2\d{3}年\d+月\d+日（周[一二三四五六日]）前", row.text), row.text
        assert re.search(r"还有\d+个工作日|今天到期|已超过\d+个工作日|不足1个|已经过期", row.text)
        assert "期限说明：" in row.text, row.text


def test_no_message_quotes_what_was_confided(told):
    confided = (
        "13900000000",
        "示例家长",
        "家属在该校任教",
        "处罚决定书",
        "台账已补齐",
        "请关注校车",
    )
    for row in told.messages():
        assert not any(text in row.text for text in confided), row.text


def test_a_returned_account_says_why_and_by_when(told):
    returned = [r for r in told.messages("self_assessment.returned") if r.person == "school-1"]
    row = max(returned, key=lambda row: int(row.order.rpartition(".")[2]))  # told on that day
    assert row.subject == "马蹄小学：自评报告已退回，请修改"
    assert row.text == (
        "示例校长甲，您好！\n"
        "马蹄小学的自评报告已退回，需要修改后重新提交。\n"
        "退回理由：教师队伍部分数据与年报不一致，请核对后重新填报。\n"
        "重点核对退回时标出的1项指标，其他内容不用重填。\n"
        "期限：2026年1月12日（周一）前（含当日）重新提交自评报告，还有5个工作日。\n"
        "期限说明：自1月5日次日起算5个工作日，跳过周末，截止日为2026年1月12日（周一）。\n"
        "所属工作：学校督导评估“316工程”（2026年度）。\n"
        "请登录督导评估系统办理；如有疑问，请联系示例县督导室，电话0000-0000000。"
    )


def test_a_moved_deadline_says_the_day_before_the_new_one_and_why(told):
    moved = [row for row in told.messages("self_assessment.moved") if row.case.endswith("/S3")]
    row = min(
        (row for row in moved if int(row.order.rpartition(".")[2]) < TOLD_TO_ALL),
        key=lambda row: row.owed_on,
    )
    assert row.subject == "沿河初级中学：提交自评报告的期限改为3月6日前"
    assert (
        "原定2026年2月14日（周六），现改为2026年3月6日（周五）前（含当日）完成，还有40个工作日。\n"
        "调整原因：经批准延长。" in row.text
    )


# of an event's date: whose duty it is, and the message it stands in
DUTIES = [
    ("self_assessment.returned", "school", "马蹄小学"),
    ("process_guidance.visited", "inspector", "责任督学"),
    ("on_site_review.review.requested", "office", "示例县督导室"),
    ("issue_list.issue.refused", "school", "马蹄小学"),
    ("issue_list.issue.reported", "inspector", "责任督学"),
    ("follow_up_visit.failed", "inspector", "责任督学"),
]


@pytest.mark.parametrize(("name", "bearer", "called"), DUTIES)
def test_a_date_is_a_term_only_to_whoever_has_to_keep_it(told, name, bearer, called):
    dated = [row for row in told.messages(name) if re.search("期限：|下一步：", row.text)]
    assert {bearer, "township"} <= {row.role for row in dated}
    for row in dated:
        if row.role == bearer:
            assert "\n期限：" in row.text, row.text
        elif row.role == "township":
            assert f"\n下一步：{called}应在" in row.text and "\n期限：" not in row.text, row.text


@pytest.mark.parametrize(
    ("name", "role", "asked"),
    [
        ("issue_list.reminder", "inspector", "核查，合格的销号"),
        ("issue_list.overdue", "school", "请尽快整改并报告"),
        ("self_assessment.reminder", "office", "属实的予以通过"),
        ("self_assessment.overdue", "school", "可申请延期"),
        ("issue_list.issue.raised", "department", "研究解决"),
    ],
)
def test_whoever_has_to_act_is_told_what_to_do(told, name, role, asked):
    texts = [row.text for row in told.messages(name) if row.role == role]
    assert any(asked in text for text in texts), texts


def test_only_whoever_has_to_act_is_sent_to_the_portal_to_do_it(told):
    for row in told.messages():
        mine = re.search(r"^期限：|[按尽][期快]办理：|如需|已经逾期：|立即办理", row.text, re.M)
        if row.name.rpartition(".")[2] != "moved":
            assert ("请登录督导评估系统办理" in row.text) == bool(mine), row.text
        assert row.role != "office" or "如有疑问" not in row.text, row.text


def test_a_reminder_of_what_is_late_says_so_before_it_is_opened(told):
    reminders = [row for row in told.messages() if row.name.endswith(".reminder")]
    late = [row for row in reminders if row.text.splitlines()[1].startswith("请尽快办理")]
    assert {row.subject for row in late} >= {"沿河初级中学：提交自评报告（已逾期）"}
    for row in reminders:
        assert row.subject.endswith("（已逾期）" if row in late else "前）"), row.subject
    chased = [row.text for row in late if row.name == "self_assessment.reminder"]
    assert all("可申请延期" in text and "提前说明" not in text for text in chased)


def test_on_the_phone_an_issue_is_known_by_its_number_and_the_office_needs_no_name(told):
    subjects = {row.subject for row in told.messages()}
    assert "马蹄小学第1号问题：核查整改（5月26日前）" in subjects
    assert "【督办】马蹄小学第3号问题：限期整改已逾期" in subjects
    assert {"请拟定2026年度评估计划", "提交年度通报（12月22日前）"} <= subjects
    assert not any(subject.startswith("示例县督导室") for subject in subjects)


def test_a_year_is_not_called_a_turn_of_the_cycle(told):
    for row in told.messages():
        assert "本轮" not in row.subject + row.text, row.text


def test_a_visit_by_tier_is_told_to_the_whole_township_with_no_message_of_its_own(tmp_path):
    week = ToldYear(str(tmp_path / "week.db"), "tiered_visits.yaml", "OT", date(2026, 3, 2))
    picked = AnswerPlan(stage="turn", number=1, answer="selected", week=date(2026, 3, 2))
    week.do("S1", picked, Actor("system", "system"))
    found = Finding(severity="at_once", basis="视导标准", text="1")
    form = {"content": "听课", "findings": {"1": "教案检查不及时。"}}
    visit = RecordGuidance(stage="visit", methods=("听",), findings=(found,), form=form)
    week.do("S1", visit, INSPECTOR)
    week.do("S1", FileGuidanceReport(stage="visit", item="1"), INSPECTOR)
    week.place_owed()
    owed = [row for row in week.messages() if int(row.order.rpartition(".")[2]) < TOLD_TO_ALL]
    bulletin = [row for row in owed if row.name == "process_guidance.reported"]
    people = ["clerk-1", "school-1", "school-2", "school-3", "town-1"]
    assert sorted(row.person for row in bulletin) == people
    assert all("所属工作：分层视导（2026年3月2日当周）。" in row.text for row in owed)
    assert all("0000-1111111" in row.text for row in bulletin)
    week.database.close()
