"""A case full of what people really send: every word of it stands in its papers."""

from collections.abc import Iterator
from datetime import date

import pytest

from documents.catalogue import write_letter
from rules import case_words as c
from rules import process_guidance as g
from rules import self_assessment as s
from rules.issue_list import words as i
from rules.messages import Finding
from tests.paper_county import FIRST, County, answers, found_county
from tests.paper_reading import read

# texts a database can hold; the others never get so far and are tried on the paper itself
NASTY = [
    "甲 & 乙 < 丙 > 丁",
    "{{ 7*7 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "😀👩‍🏫𠮷",
    "控制\x01字符",
    "一行\r\n又一行",
    "超长名称" * 200,
]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """One guidance visit with 300 findings, each with a text nobody would wish for."""
    county = found_county(tmp_path_factory.mktemp("bad") / "county.db")
    case = county.case(FIRST)
    county.keep_time((3, 2), FIRST)
    findings = tuple(Finding(basis="A1.2.1", text=f"k{n}") for n in range(300))
    texts = {f"k{n}": f"第{n}处：{NASTY[n % len(NASTY)]}" for n in range(300)}
    form = {
        "findings": texts,
        "content": NASTY,
        "observations": None,
        "strengths": [],
        "problems": {"形状": ["不对"]},
        "advice": "长" * 1_000_000,
        "time": 9,
    }
    visit = g.RecordGuidance(stage="process_guidance", methods=(), findings=findings, form=form)
    county.do(case, visit, "inspector", (3, 4))
    yield county
    county.database.close()


def shown(text: str) -> str:
    """How a text stands in a paper."""
    return text.replace("\x01", "\ufffd").replace("\r\n", "\n")


def test_nothing_is_dropped_and_nothing_runs(county: County):
    written = county.write("process_guidance_record", FIRST)
    record = read(written)
    rows = record.table("问题", "整改期限")
    assert [row[1] for row in rows] == [
        shown(f"第{n}处：{NASTY[n % len(NASTY)]}") for n in range(300)
    ]
    assert "长" * 1_000_000 + "。" in record.paragraphs
    assert "形状：不对。" in record.paragraphs
    assert record.fact("时间") == "2026年3月4日（周三） 9"
    assert "49" not in record.paragraphs and "uid=" not in record.text
    assert written.mended == ("有38个控制字符无法写入文书，已用“\ufffd”代替。",)


def test_a_ledger_of_three_hundred_issues_has_three_hundred_rows(county: County):
    with county.database.reading() as connection:
        dossier = county.dossier(connection, FIRST)
        last = len(dossier.story)
        visited = next(t.seq for t in dossier.story if t.event.type == "process_guidance.visited")
        ledger = read(write_letter(dossier, "issue_ledger", {}, visited))
        assert len(dossier.story) == last
    rows = ledger.table("编号", "问题描述")
    assert [row[0] for row in rows] == [str(n) for n in range(1, 301)]
    assert rows[7][3] == shown(f"第7处：{NASTY[7]}")
    assert "共300个问题：待整改300个。整改完成率0.0%。" in ledger.text


def test_one_demand_among_many_speaks_of_its_own_issue(county: County):
    demand = read(county.write("issue_demand", FIRST, "258"))
    assert demand.fact("问题") == shown(f"第257处：{NASTY[257 % len(NASTY)]}")


def test_a_report_with_nothing_but_answers_is_written(county: County):
    form = {"answers": answers(county.standard, "primary"), "report": [], "plan": "没有"}
    submit = s.SubmitSelfAssessment(stage="self_assessment", form=form)
    county.do(county.case(FIRST), submit, "school", (3, 5))
    report = read(county.write("self_assessment_report", FIRST))
    assert report.paragraphs.count("（未填写）") == 10
    assert report.table("编码", "领域", "自评")[-1][-1] == "100.0"


def test_a_plan_that_leaves_out_everything_is_written(county: County):
    extend = c.ExtendDeadline(
        deadline="issue_list/dated/1",
        due_on=date(2026, 5, 29),
        form={"reason": "{{ x }}", "approver": "<b>"},
    )
    county.do(county.case(FIRST), extend, "office", (3, 6))
    plan = i.SubmitRectificationPlan(stage="issue_list", form={"items": [{}, {"issue": 2}, None]})
    county.do(county.case(FIRST), plan, "school", (3, 9))
    written = read(county.write("rectification_plan", FIRST))
    assert [row[0] for row in written.table("编号")] == ["", "2"]
    assert written.table("编号")[1][1] == shown(f"第1处：{NASTY[1]}")
