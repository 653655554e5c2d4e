"""A template that Word or WPS has saved: in pieces, under other names, with much beside it - it is
accepted, gives the text the built-in one gives, and what is wrong with it is named where it stands.
"""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from documents.papers import Paper, Text
from documents.template_check import problems_of_parts, problems_of_sources
from documents.template_rendering import OfficeTemplate, UnfitTemplate
from documents.template_specimen import bare, specimen, tried
from documents.template_tags import Sandbox
from documents.word import built_in, compile_sources, to_word
from documents.word_reading import read_word
from documents.word_sources import sources_of
from documents.word_view import WordView
from tests.template_files import replaced, with_header, with_paragraph
from tests.template_saved import as_saved, pieces_of, with_box

PROGRAMS = ("word", "wps")
LETTER = Paper(
    "关于示例小学的督评意见书",
    date(2026, 5, 12),
    (Text("意见<一>与“二”。"),),
    number="示教督〔2026〕　　号",
    mark="示例县人民政府教育督导室文件",
    addressee="示例小学：",
    signature=("示例县人民政府教育督导室",),
)
PAPERS = (specimen("督评意见书"), specimen("问题清单", landscape=True), bare("记录"), LETTER)


def rendered(content: bytes, paper: Paper) -> bytes:
    """A paper in a template, here and not in a process of its own."""
    sources = sources_of(content)
    view = WordView(sources.page, escaped=False).of(paper, "某室")
    return compile_sources(sources, Sandbox()).fill(view)


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_is_accepted_and_gives_the_text_the_built_in_one_gives(program: str) -> None:
    saved = as_saved(built_in(), program)
    assert max(pieces_of(saved)) > 2 and tried(saved, "督评意见书")
    with OfficeTemplate(saved) as template:
        for paper in PAPERS:
            word, _ = template.to_word(paper, "某室")
            assert read_word(word) == read_word(to_word(paper, "某室")[0])


@settings(max_examples=60)
@given(st.sampled_from(PROGRAMS), st.integers(0, 10**6))
def test_wherever_the_lines_are_cut(program: str, seed: int) -> None:
    saved = as_saved(built_in(), program, seed)
    assert [*problems_of_parts(saved), *problems_of_sources(sources_of(saved))] == []
    assert read_word(rendered(saved, LETTER)) == read_word(to_word(LETTER, "某室")[0])


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_rendered_is_whole_and_repeats_no_mark_of_editing(program: str) -> None:
    with zipfile.ZipFile(io.BytesIO(rendered(as_saved(built_in(), program), PAPERS[0]))) as file:
        tree = etree.fromstring(file.read("word/document.xml"))
    names = [etree.QName(one).localname for one in tree.iter(etree.Element)]
    assert not {"proofErr", "smartTag", "lastRenderedPageBreak"} & set(names)
    assert names.count("bookmarkStart") == names.count("bookmarkEnd") == 0
    assert not [one for one in tree.iter() if any("paraId" in key for key in one.attrib)]


# what somebody typed, and how the mistake is named
MISTAKES = [
    (
        "抄报{{ titel }}有关情况",
        "没有“titel”这个字段，是不是“title”（所在段落：“抄报{{ titel }}有关情况”）",
    ),
    ("{{ number|lenght }}", "不能使用“lenght”，只能用："),
    ("请{{ addressee 办理", "标签没有写完，缺少“}}”或“%}”：“{{ addressee 办理”"),
    ("{% set x = title %}", "没有“set”这种标签"),
    ("前{{p blocks }}后", "须独占一段"),
]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(("said", "why"), MISTAKES, ids=[said for said, _ in MISTAKES])
def test_a_mistake_in_pieces_is_named_with_its_paragraph(program: str, said: str, why: str) -> None:
    with pytest.raises(UnfitTemplate) as refused:
        tried(as_saved(with_paragraph(said), program, 7), "督评意见书")
    assert why in "；".join(refused.value.problems)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_header_in_pieces_is_in_every_letter(program: str) -> None:
    saved = as_saved(with_header("示例县教育督导　{{ number }}"), program, 3)
    lines = read_word(tried(saved, "督评意见书"))
    assert ("示例县教育督导　示教督样〔2026〕1号",) in lines


def test_a_box_is_filled_in_for_new_readers_and_for_old_ones() -> None:
    word = tried(with_box(as_saved(built_in(), "word")), "督评意见书")
    assert ("份号：示教督样〔2026〕1号",) in read_word(word)
    with zipfile.ZipFile(io.BytesIO(word)) as file:
        assert file.read("word/document.xml").decode().count("份号：示教督样〔2026〕1号") == 2


def test_a_tag_keeps_the_looks_it_begins_with_and_the_words_around_it_theirs() -> None:
    line = (
        '<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">甲{{ ti</w:t></w:r><w:r><w:rPr>'
        '<w:i/></w:rPr><w:t xml:space="preserve">tle }}乙</w:t></w:r></w:p><w:sectPr'
    )
    content = replaced("word/document.xml", "<w:sectPr", line)
    with zipfile.ZipFile(io.BytesIO(rendered(content, LETTER))) as file:
        text = file.read("word/document.xml").decode()
    assert f'<w:b/></w:rPr><w:t xml:space="preserve">甲{LETTER.title}</w:t>' in text
    assert '<w:i/></w:rPr><w:t xml:space="preserve">乙</w:t>' in text


def test_changes_of_the_looks_still_under_review_are_refused_too() -> None:
    mark = '<w:pPr><w:pPrChange w:id="9" w:author="甲"><w:pPr/></w:pPrChange></w:pPr>'
    line = f"<w:p>{mark}<w:r><w:t>甲</w:t></w:r></w:p><w:sectPr"
    content = replaced("word/document.xml", "<w:sectPr", line)
    assert "正文：还有修订痕迹，请先接受或拒绝全部修订" in list(problems_of_parts(content))
