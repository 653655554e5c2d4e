"""Every figure and every sentence of a letter says where it comes from, and nobody can make it say
anything else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from documents.catalogue import LETTERS, write_letter
from documents.letter_tracing import Item, Trace, trace
from documents.payloads import ERASED
from documents.provenance import CLOSING, Marks, Origin, Span, sourced
from documents.word import to_word
from models.evidence import Evidence, EvidenceUse
from models.organisations import Organisation
from models.people import Person
from rules import self_assessment as s
from tests.paper_county import FIRST, SCHOOLS, SECOND, County, answers, found_county
from tests.paper_week import live_through_a_week
from tests.paper_year import live_through_2026

# What is numbered by the paper itself: rows, paragraphs of a list, annexes.
ROWS = ("序号", "问题")
NUMERAL = re.compile(r"^\d+．")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    county = live_through_2026(found_county(tmp_path_factory.mktemp("year") / "county.db"))
    yield county
    county.database.close()


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    path = tmp_path_factory.mktemp("week") / "county.db"
    county = live_through_a_week(found_county(path, "tiered_visits.yaml"))
    yield county
    county.database.close()


def traces(county: County) -> Iterator[tuple[str, Trace, bytes]]:
    """Every letter the log owes, traced, and its file as it is drafted."""
    for school in ("", *SCHOOLS):
        with county.database.reading() as connection:
            dossier = county.dossier(connection, school)
            for seq, order in county.letters(school):
                asked = (dossier, order.name, order.about, seq)
                yield order.name, trace(*asked), write_letter(*asked).content


def traced(county: County, kind: str, school: str = FIRST, item: str = "") -> Trace:
    """The last letter of a kind, traced."""
    owed = [
        (seq, order)
        for seq, order in county.letters(school)
        if order.name == kind and item in ("", order.about.get("item"))
    ]
    with county.database.reading() as connection:
        seq, order = owed[-1]
        return trace(county.dossier(connection, school), kind, order.about, seq)


def origin_of(found: Trace, text: str, where: str = "") -> str:
    """Where a piece of text comes from, in words."""
    for item in found.items:
        for cell in item.cells if where in item.where else ():
            for span in cell.spans:
                if span.text == text and span.origin is not None:
                    return span.origin.in_chinese()
    raise AssertionError(f"{text} has no origin at “{where}”")


def fixed_wording(item: Item) -> Iterator[str]:
    """What an item says of its own, without the numbers that papers give their rows."""
    for cell in item.cells:
        if cell.what in ROWS and cell.text.isdigit():
            continue
        for place, span in enumerate(cell.spans):
            if span.origin is None:
                yield NUMERAL.sub("", span.text) if place == 0 else span.text


# -- everything has an origin --------------------------------------------------------------------


def test_every_figure_of_every_letter_has_an_origin(year: County, week: County) -> None:
    kinds = set()
    for county in (year, week):
        for kind, found, _ in traces(county):
            kinds.add(kind)
            for item in found.items:
                if item.where.startswith("附件") and "第" not in item.where:
                    continue  # 附件1, 1．…: annexes are numbered by the paper
                for words in fixed_wording(item):
                    assert not re.search(r"\d", words), (kind, item.where, item.texts)
    assert kinds == set(LETTERS)


def test_every_text_of_a_person_and_every_name_has_an_origin(year: County, week: County) -> None:
    for county in (year, week):
        known = {text for text in told(county) if len(text) >= 4}
        assert len(known) > 20
        quoted = 0
        for kind, found, _ in traces(county):
            for item in found.items:
                quoted += sum(text in "".join(item.texts) for text in known)
                for words in fixed_wording(item):
                    assert not [text for text in known if text in words], (kind, item.where, words)
        assert quoted > 20


def told(county: County) -> set[str]:
    """All that was typed into forms, and who is who."""
    found: set[str] = set()
    with county.database.reading() as connection:
        for table in (Organisation.__table__, Person.__table__):
            found |= set(connection.execute(select(table.c.name)).scalars())
        for school in ("", *SCHOOLS):
            for event in county.dossier(connection, school).story:
                found |= set(typed(event.form))
    return found


def typed(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from typed(each)
    elif isinstance(value, list):
        for each in value:
            yield from typed(each)


def test_the_letter_that_is_traced_is_the_letter_that_was_drafted(year: County) -> None:
    """Byte by byte; what it says with its origins is what it says without (else no trace)."""
    for kind, found, drafted in traces(year):
        assert to_word(found.paper, found.author)[0] == drafted, kind


# -- and it is the right one ---------------------------------------------------------------------


def test_an_origin_is_the_event_the_form_the_rule_or_the_register(year: County) -> None:
    letter = traced(year, "opinion_letter")
    total = origin_of(letter, "989.5")
    assert "印发督评意见书（2026-05-28，督导室主任，督导室）" in total and "第64条" in total
    words = origin_of(letter, "党建引领有力")
    assert "填报内容“achievements”" in words and re.search(r"［[0-9a-f]{64}］", words)
    assert "“实地督导”离校（2026-05-12" in origin_of(letter, "2026年5月12日（周二）", "基本情况")
    assert origin_of(letter, "督学甲") == "人员名册（现行）：I1"
    assert origin_of(letter, "示例第一小学", "标题") == "单位名册（现行）：S1"
    assert "指标A1.1.1" in origin_of(letter, "A1.1.1", "A1 办学方向")
    assert "评估标准《" in origin_of(letter, "1000")


def test_a_date_says_by_which_rule_and_calendar_it_was_reckoned(year: County) -> None:
    letter = traced(year, "preliminary_opinion")
    due = next(i for i in letter.items if "申辩" in i.where and i.texts[0].startswith("你校"))
    came = "".join(origin.in_chinese() for origin in due.origins)
    assert "规则“5 working days after" in came and "日历" in came and "截止日为" in came


def test_a_score_comes_from_the_answer_that_was_handed_in(year: County) -> None:
    with year.database.writing() as connection:
        file = {"sha256": "e" * 64, "name": "德育工作体系材料.pdf", "media_type": "application/pdf"}
        file |= {"organisation": FIRST, "size": 9, "added_at": "2026-01-20T00:00:00Z"}
        connection.execute(insert(Evidence.__table__), [file])
        use = {"sha256": "e" * 64, "case": year.case(FIRST), "indicator": "A1.2.1"}
        connection.execute(insert(EvidenceUse.__table__), [use])
    report = traced(year, "self_assessment_report")
    row = next(i for i in report.items if i.texts[0] == "A1.2.1" and len(i.cells) > 3)
    assert "填报内容“answers/A1.2.1”" in row.cells[3].spans[0].origin.in_chinese()
    named = origin_of(report, "德育工作体系材料.pdf")
    assert "填报内容“answers/A1.2.1/evidence”" in named and f"佐证文件［{'e' * 64}］" in named


def test_a_round_s_figures_come_from_the_logs_of_its_schools(year: County) -> None:
    bulletin = traced(year, "annual_bulletin", "")
    assert "本轮5个案卷" in origin_of(bulletin, "5")
    row = next(i for i in bulletin.items if "示例第二小学" in i.texts and len(i.texts) == 9)
    assert year.case(SECOND) in "".join(origin.case for origin in row.origins)


def test_what_was_erased_is_traced_as_erased(tmp_path: Path) -> None:
    county = live_through_2026(found_county(tmp_path / "erased.db"))
    county.erase(FIRST)
    letter = traced(county, "issue_demand", item="3")
    assert "（已依法删除）" in origin_of(letter, ERASED)
    county.database.close()


# -- and nobody can forge one --------------------------------------------------------------------


def test_what_people_type_is_never_taken_for_a_mark(tmp_path: Path) -> None:
    """Every character that could be one, before, within and behind the text."""
    county = found_county(tmp_path / "hostile.db")
    private = "".join(map(chr, range(0xF0000, 0xF0040)))
    marks = "".join(sorted(CLOSING)[:40]) + private
    typed_in = f"{marks[3]}请校长{marks}签字{marks[40]}{marks[0]}。"
    form = {
        "answers": answers(county.standard, "primary"),
        "report": {"improvement": typed_in, "organised": "全体教师参与"},
    }
    submit = s.SubmitSelfAssessment(stage="self_assessment", form=form)
    county.do(county.case(FIRST), submit, "school", (1, 30))
    letter = traced(county, "self_assessment_report")
    item = next(i for i in letter.items if "签字" in i.texts[0])
    spans = [span for span in item.cells[0].spans if span.origin]
    assert [span.text for span in spans] == [typed_in]
    assert "填报内容“report/improvement”" in spans[0].origin.in_chinese()
    county.database.close()


def test_marks_are_taken_from_what_the_paper_does_not_hold() -> None:
    taken = "".join(sorted(CLOSING)[:-1]) + "\U000f0000\U000f0001"
    marks = Marks(taken)
    origin = Origin("来源")
    text = f"甲{sourced(taken, marks.of(origin))}乙"
    assert marks.spans(text) == (Span("甲", None), Span(taken, origin), Span("乙", None))
