"""What an office may write into a template and what Word makes of it: every mistake is named, and a
good one gives whole letters."""

import io
from hashlib import sha256
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm

from documents.template_rendering import OfficeTemplate, UnfitTemplate
from documents.template_specimen import bare, specimen, tried
from documents.template_tags import problems_of_tags
from documents.word import built_in, built_in_hash, to_word
from documents.word_fields import FIELDS, PIECES, Field, described
from documents.word_sources import piece_names, sources_of
from documents.word_view import WordView
from tests.paper_reading import read
from tests.template_files import edited, saved_by_libreoffice, with_header, with_paragraph

# -- what a template may say ---------------------------------------------------------------------


def fits(field: Field, value: Any, where: str) -> None:
    """A value has the shape that is declared, and every name of it."""
    if field.holds is not None:
        assert set(value) <= set(field.holds), where
        for name, one in value.items():
            fits(field.holds[name], one, f"{where}.{name}")
    elif field.parts:
        assert len(value) == len(field.parts), where
        for one, part in zip(value, field.parts, strict=True):
            fits(part, one, where)
    elif field.each is not None:
        for one in value:
            fits(field.each, one, f"{where}[]")
    else:
        assert isinstance(value, str | int | float), where


@pytest.mark.parametrize("paper", [specimen("督评意见书"), bare("督评意见书")])
def test_what_is_declared_is_what_a_template_gets(paper: Any) -> None:
    view = WordView().of(paper, "某室")
    assert set(view) == set(FIELDS)
    fits(Field("", holds=FIELDS), view, "")


def test_every_piece_is_explained() -> None:
    assert set(piece_names()) == set(PIECES)
    assert dict(described())["annexes[].blocks[].lines"].startswith("各段文字")


HEADED = with_header("示例县教育督导　{{ number }}")

# a tag, and what is said of it; nothing for one that may stand
TAGS = [
    ("{{ title }}", ""),
    ("{{ signed[0].text }}{{ imprint.lines[0].0 }}", ""),
    ("{% for a in annexes %}{{ loop.index }}{{ a.title }}{% else %}无{% endfor %}", ""),
    ("{% for w, align, lines in blocks[0].head %}{{ w }}{% endfor %}", ""),
    ("{{ number|default('无')|trim }}{{ 2 * annexes|length + 1 }}", ""),
    ("{% if mark and not (number == '') %}甲{% elif day %}乙{% endif %}", ""),
    ("{{ schoolname }}", "没有“schoolname”这个字段"),
    ("{{ adressee }}", "没有“adressee”这个字段，是不是“addressee”"),
    ("{{ page.width }}", "“page”下面没有“width”"),
    ("{{ title.text }}", "“title”下面没有“text”"),
    ("{% for a in title %}{% endfor %}", "for后面的不是清单"),
    ("{% for a, b in blocks[0].head %}{% endfor %}", "for后面应写3个名称"),
    ("{{ blocks }}", "“blocks”是一组内容，不能直接写出"),
    ("{{ title", "标签没有写完"),
    ("{{ title | }}", "写法有误"),
    ("{% if title %}甲", "没有结束，缺少{%p endif %}"),
    ("甲{% endif %}", "多出了“endif”"),
    ("{% foo %}", "没有“foo”这种标签"),
    ("{{ title|upcase }}", "不能使用“upcase”，只能用：default"),
    ("{% if title is foo %}{% endif %}", "不能使用“foo”"),
]


@pytest.mark.parametrize(("tag", "why"), TAGS)
def test_a_tag_may_stand_or_is_named(tag: str, why: str) -> None:
    found = list(problems_of_tags(f"<w:p><w:t>前文</w:t></w:p><w:p><w:t>{tag}</w:t></w:p>"))
    assert bool(found) == bool(why)
    assert why in "；".join(found)


# -- what people do in Word ----------------------------------------------------------------------


def test_the_built_in_template_opens_and_shows_its_tags() -> None:
    document = docx.Document(io.BytesIO(built_in()))
    assert [p.text for p in document.paragraphs] == [
        *("{{p head }}", "{{ title }}", "{%p if addressee %}", "{{ addressee }}", "{%p endif %}"),
        *("{{p blocks }}", "{{p listed }}", "{{p signed }}", "{{p annexes }}", "{{p imprint }}"),
    ]
    page = document.sections[0]
    assert abs(page.top_margin - Mm(37)) < Mm(0.1) and abs(page.left_margin - Mm(28)) < Mm(0.1)
    assert sha256(built_in()).hexdigest() == built_in_hash()


def test_rendered_apart_the_built_in_template_gives_the_same_bytes() -> None:
    paper = specimen("督评意见书")
    with OfficeTemplate(built_in()) as template:
        assert template.to_word(paper, "某室") == to_word(paper, "某室")
        assert template.to_word(paper, "某室") == template.to_word(paper, "某室")


def test_a_header_and_new_words_are_in_every_letter() -> None:
    content = with_paragraph("（本件依法公开，{{ author }}）")
    with OfficeTemplate(content) as template:
        letter = read(template.to_word(specimen("督评意见书"), "某室")[0])
    assert "（本件依法公开，某室）" in letter.paragraphs
    assert letter.table("样张表头")[0][0] == "样张单元格1"
    with OfficeTemplate(HEADED) as template:
        document = docx.Document(io.BytesIO(template.to_word(specimen("督评意见书"))[0]))
    assert document.sections[0].header.paragraphs[0].text.endswith("示教督样〔2026〕1号")


def test_styles_are_found_by_name_when_word_has_renamed_them() -> None:
    """Chinese Word calls the style 公文正文 by an id of its own, as “a5”."""

    def as_word_saves(document: docx.document.Document) -> None:
        for number, style in enumerate(document.styles.element.findall(qn("w:style"))):
            before, after = style.get(qn("w:styleId")), f"a{number}"
            for one in (document.element, document.styles.element):
                for named in one.iter(*map(qn, ("w:pStyle", "w:basedOn", "w:next"))):
                    if named.get(qn("w:val")) == before:
                        named.set(qn("w:val"), after)
            style.set(qn("w:styleId"), after)

    with OfficeTemplate(edited(as_word_saves)) as template:
        letter = read(template.to_word(specimen("督评意见书"))[0])
    assert letter.title.startswith("样张标题") and letter.sections == ["样张一级标题"]


def test_margins_of_ones_own_are_kept_and_a_wide_paper_still_lies_down() -> None:
    def wider(document: docx.document.Document) -> None:
        document.sections[0].left_margin = Mm(40)

    with OfficeTemplate(edited(wider)) as template:
        upright = docx.Document(io.BytesIO(template.to_word(specimen("清单"))[0])).sections[0]
        lying = docx.Document(io.BytesIO(template.to_word(specimen("清单", True))[0])).sections[0]
    assert abs(upright.left_margin - Mm(40)) < Mm(0.1)
    assert lying.page_width > lying.page_height


def test_a_template_saved_by_another_program_gives_the_same_letter(tmp_path: Path) -> None:
    saved = saved_by_libreoffice(HEADED, tmp_path)
    assert saved != HEADED
    letter, ours = read(tried(saved, "督评意见书")), read(tried(HEADED, "督评意见书"))
    assert (letter.title, letter.sections) == (ours.title, ours.sections)
    assert letter.paragraphs == ours.paragraphs
    assert (letter.tables, letter.imprint) == (ours.tables, ours.imprint)


def removed(text: str) -> bytes:
    """The template without a paragraph."""

    def change(document: docx.document.Document) -> None:
        for paragraph in document.paragraphs:
            if paragraph.text == text:
                paragraph._p.getparent().remove(paragraph._p)

    return edited(change)


def in_a_table(document: docx.document.Document) -> None:
    document.add_table(1, 1).cell(0, 0).paragraphs[0].text = "{{p blocks }}"


# what somebody left in a template, and what they are told
UNFIT = [
    (removed("{{p blocks }}"), "样张中没有出现正文段落（{{p blocks }}）"),
    (removed("{{p signed }}"), "样张中没有出现落款（{{p signed }}）"),
    (with_paragraph("{{ annexes[0].title }}"), "试排样张没有成功：模板中有标签在这份文书里取不到"),
    (with_paragraph("{{p block }}"), "没有“block”这个版块，是不是“blocks”？"),
    (with_paragraph("正文：{{p blocks }}"), "须独占一段"),
    (edited(in_a_table), "只能放在正文里单独成段"),
    (with_header("{{p blocks }}"), "页眉：“{{p blocks }}”只能放在正文里"),
    (with_paragraph("｛｛ title ｝｝"), "花括号和百分号须用半角"),
]


@pytest.mark.parametrize(("content", "why"), UNFIT, ids=[why for _, why in UNFIT])
def test_what_would_spoil_a_letter_is_found_before(content: bytes, why: str) -> None:
    with pytest.raises(UnfitTemplate) as refused:
        tried(content, "督评意见书")
    assert any(why in problem for problem in refused.value.problems), refused.value.problems


def test_a_template_s_parts_without_tags_stay_as_they_are() -> None:
    assert "word/theme/theme1.xml" not in sources_of(built_in()).parts
