"""Templates made to do harm: refused with the reason, or stopped, and whoever asked goes on."""

import io
import os
import re
import resource
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from jinja2.exceptions import SecurityError

from documents.papers import Paper, Text
from documents.template_check import problems_of_parts, problems_of_sources
from documents.template_rendering import OfficeTemplate, TemplateFailed, UnfitTemplate
from documents.template_specimen import tried
from documents.template_tags import Sandbox
from documents.word import built_in, to_word
from documents.word_safety import UnsafeWord, safe_docx
from documents.word_sources import sources_of
from tests.template_files import (
    edited,
    replaced,
    with_footer,
    with_footnote,
    with_header,
    with_paragraph,
    with_parts,
    with_relation,
    with_title_property,
)

PAPER = Paper("关于示例小学的督评意见书", date(2026, 5, 12), (Text("意见。"),), signature=("某室",))
PLACES = {
    "body": with_paragraph,
    "header": with_header,
    "footer": with_footer,
    "footnote": with_footnote,
    "title property": with_title_property,
}
# what a template says, and a word of the reason
CODE = [
    ("{{ ''.__class__.__mro__ }}", "只能取字段里的内容"),
    ("{{ title.__class__.__base__.__subclasses__() }}", "不能调用函数或方法"),
    ("{{ title.__class__ }}", "不能使用以下划线开头的名称“__class__”"),
    ("{{ title['__class__'] }}", "不能使用以下划线开头的名称“__class__”"),
    ("{{ title|attr('__class__') }}", "不能使用“attr”"),
    ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "不能调用函数或方法"),
    ("{{ joiner.__init__ }}", "没有“joiner”这个字段"),
    ("{{ lipsum.__globals__['os'] }}", "没有“lipsum”这个字段"),
    ("{{ self }}", "没有“self”这个字段"),
    ("{{ range(10) }}", "不能调用函数或方法"),
    ("{{ '%1000000000d' % 1 }}{{ 'x' * 10**8 }}", "不能用乘方"),
    ("{% include 'x' %}", "没有“include”这种标签"),
    ("{% import 'os' as os %}", "没有“import”这种标签"),
    ("{% macro f() %}x{% endmacro %}", "没有“macro”这种标签"),
    ("{% set x = title %}", "没有“set”这种标签"),
    ("{% extends 'x' %}", "没有“extends”这种标签"),
]


def told(content: bytes) -> list[str]:
    """What the check says, here and not in a process of its own."""
    return [*problems_of_parts(content), *problems_of_sources(sources_of(content))]


def problems_of(content: bytes) -> list[str]:
    with pytest.raises(UnfitTemplate) as refused:
        tried(content, "督评意见书")
    return refused.value.problems


@pytest.mark.parametrize(("code", "why"), CODE)
def test_code_in_the_text_is_refused_and_named(code: str, why: str) -> None:
    assert why in "；".join(told(with_paragraph(code)))


@pytest.mark.parametrize("place", PLACES)
def test_code_is_refused_wherever_a_template_has_text(place: str, tmp_path: Path) -> None:
    mark = tmp_path / "was here"
    code = f"{{{{ cycler.__init__.__globals__.os.popen('touch \"{mark}\"').read() }}}}"
    where = {"title property": "文档属性", "footnote": "脚注", "body": "正文"}
    where |= {"header": "页眉", "footer": "页脚"}
    found = problems_of(PLACES[place](code.replace('"', "")))
    assert any(one.startswith(where[place]) for one in found)
    assert not mark.exists()


def test_every_problem_is_named_at_once() -> None:
    typed = "{% foo %}{{ titel }}{{ lipsum }}{{ blocks.x }}"
    found = told(with_paragraph(typed))
    assert len(found) == 4
    assert found[0].startswith("正文：不能使用“{% foo %}”")
    assert found[1].startswith("正文：没有“titel”这个字段，是不是“title”")
    assert f"（所在段落：“{typed}”）" in found[1]


def test_the_sandbox_knows_no_globals_and_multiplies_numbers_alone() -> None:
    """What the check would have let through."""
    assert not Sandbox().globals
    for code in ("{{ t * 100000000 }}", "{{ 100000000 * t }}", "{{ t % 1 }}", "{{ l * 9 }}"):
        with pytest.raises(SecurityError):
            Sandbox().from_string(code).render(t="x", l=[1])
    assert Sandbox().from_string("{{ 6 * n }}").render(n=7) == "42"


# -- what takes too long or too much -------------------------------------------------------------


def nested(loops: int, inside: str) -> str:
    opened = "".join(f"{{% for a{n} in blocks %}}" for n in range(loops))
    return opened + inside + "{% endfor %}" * loops


def test_a_loop_without_end_is_ended_and_the_next_letter_is_written() -> None:
    many = Paper("题", date(2026, 5, 12), (Text("段"),) * 9)
    with OfficeTemplate(with_paragraph(nested(15, "")), seconds=4) as template:
        template.start()
        with pytest.raises(TemplateFailed, match="模板渲染超过4秒，已停止"):
            template.to_word(many)
    with OfficeTemplate(built_in()) as template:
        assert template.to_word(PAPER) == to_word(PAPER)


def test_loops_without_measure_are_refused() -> None:
    with pytest.raises(UnfitTemplate, match="嵌套太深"):
        tried(with_paragraph(nested(40, "x")), "督评意见书")


def test_a_flood_of_text_is_stopped_before_it_fills_the_memory() -> None:
    many = Paper("题", date(2026, 5, 12), (Text("段"),) * 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with OfficeTemplate(with_paragraph(nested(12, "x" * 999))) as template:
        with pytest.raises(TemplateFailed, match="内容过大，已停止"):
            template.to_word(many)
        assert template.to_word(PAPER)[0]  # one block: 999 characters, and the process is alive
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KB


def test_a_process_that_dies_takes_nobody_along() -> None:
    with OfficeTemplate(built_in()) as template:
        template.start()
        assert template._process is not None
        template._process.kill()
        with pytest.raises(TemplateFailed, match="已停止"):
            template.to_word(PAPER)
        assert template.to_word(PAPER) == to_word(PAPER)


def test_the_process_can_write_no_file_and_hold_no_more_than_its_memory() -> None:
    with OfficeTemplate(built_in()) as template:
        template.start()
        assert template._process is not None
        limits = Path(f"/proc/{template._process.pid}/limits")
        if limits.exists():
            told = limits.read_text()
            assert re.search(r"Max file size +0 +0", told)
            assert re.search(rf"Max address space +{768 * 1024 * 1024}", told)
            assert re.search(r"Max cpu time +300 +300", told)
        environment = Path(f"/proc/{template._process.pid}/environ")
        if environment.exists():
            assert os.environ["PATH"].encode() not in environment.read_bytes()


# -- what is in the file beside text -------------------------------------------------------------

LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>'
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
FILES: list[tuple[str, Callable[[], bytes], str]] = [
    ("macros", lambda: with_parts({"word/vbaProject.bin": b"x"}), "文件带有宏"),
    ("macro type", lambda: replaced("[Content_Types].xml", MAIN, MACROS), "文件带有宏"),
    ("remote picture", lambda: with_relation("image", "http://a.example/x.png"), "引用了外部内容"),
    ("local file", lambda: with_relation("image", "file:///etc/passwd"), "引用了外部内容"),
    ("inside, says it", lambda: with_relation("image", "http://a.example", False), "外部内容"),
    ("template", lambda: with_relation("attachedTemplate", "http://a.example"), "外部模板的引用"),
    ("altChunk", lambda: with_relation("aFChunk", "x.html", False), "altChunk"),
    ("object", lambda: with_relation("oleObject", "embeddings/a.bin", False), "嵌入对象（OLE）"),
    ("embedded", lambda: with_parts({"word/embeddings/a.bin": b"x"}), "嵌有别的文件"),
    ("program", lambda: with_parts({"word/media/a.exe": b"MZ"}), "嵌有别的文件"),
    (
        "link to a share",
        lambda: with_relation("hyperlink", r"\\host\share"),
        "超链接指向本机或网络",
    ),
    ("entities", lambda: with_parts({"customXml/item1.xml": LAUGHS}), "实体或文档类型（DTD）"),
    (
        "entities in UTF-16",
        lambda: with_parts({"word/a.xml": LAUGHS.decode().encode("utf-16")}),
        "实体或文档类型（DTD）",
    ),
    ("deep", lambda: with_parts({"word/a.xml": b"<a>" * 999 + b"</a>" * 999}), "层层嵌套"),
    ("many tags", lambda: with_parts({"word/a.xml": b"<a>" + b"<b/>" * 600_001}), "内容过多"),
    ("bomb", lambda: with_parts({"word/media/a.png": bytes(70 * 1024 * 1024)}), "压缩炸弹"),
    ("parts", lambda: with_parts({f"word/a{n}.xml": b"<a/>" for n in range(401)}), "个部分"),
    ("way out", lambda: with_parts({"../../a.xml": b"<a/>"}), "文件之外的路径"),
    ("twice", lambda: with_parts({"word/Document.xml": b"<a/>"}), "重名的部分"),
    ("torn", lambda: with_parts({"word/styles.xml": b"<a>"}), "已损坏"),
    (
        "picture in a drawing",
        lambda: with_parts({"word/media/a.svg": b'<svg><image href="http://a.example"/></svg>'}),
        "引用了外部内容",
    ),
    ("older Word", lambda: b"\xd0\xcf\x11\xe0rest", "旧版.doc格式"),
    ("no Word file", lambda: b"PK\x03\x04 and so on", "这不是Word文档"),
    ("a text", lambda: "你好".encode(), "这不是Word文档"),
    ("nothing", lambda: b"", "这不是Word文档"),
    ("large", lambda: b"PK" + bytes(11 * 1024 * 1024), "文件超过10兆字节"),
]


@pytest.mark.parametrize(("made", "why"), [one[1:] for one in FILES], ids=[o[0] for o in FILES])
def test_a_file_that_is_more_than_a_document_is_refused(
    made: Callable[[], bytes], why: str
) -> None:
    with pytest.raises(UnsafeWord) as refused:
        safe_docx(made())
    assert why in str(refused.value)


@pytest.mark.parametrize(
    "code", ['INCLUDEPICTURE "http://a.example/x.png" \\d', "DDEAUTO c:\\\\x", 'LINK Excel "a"']
)
def test_a_field_that_fetches_is_refused_however_it_is_written(code: str) -> None:
    simple = f"<w:fldSimple w:instr='{code}'><w:r><w:t>1</w:t></w:r></w:fldSimple>"
    parts = "".join(
        f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in (code[:3], code[3:])
    )
    split = f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{parts}'
    split += '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    for field in (simple, split):
        content = replaced("word/document.xml", "<w:sectPr", f"<w:p>{field}</w:p><w:sectPr")
        with pytest.raises(UnsafeWord, match=f"域代码{code.split()[0]}"):
            safe_docx(content)


def test_a_tag_in_an_address_a_picture_or_a_field_is_refused() -> None:
    for tag in (
        '<w:p><w:r><w:instrText>HYPERLINK "{{ title }}"</w:instrText></w:r></w:p>',
        '<w:p><w:hyperlink w:tooltip="{{ title }}"/></w:p>',
        '<w:p><w:hyperlink w:tooltip="&gt;{{ title }}"/></w:p>',
    ):
        content = replaced("word/document.xml", "<w:sectPr", f"{tag}<w:sectPr")
        assert any("标签只能写在文字里" in one for one in told(content))
    relation = with_relation("hyperlink", "http://a.example/{{ title }}")
    assert any("那里的标签不起作用" in one for one in told(relation))


def test_what_people_typed_is_never_read_as_a_tag() -> None:
    typed = "{{ cycler }} {% for x in y %} & < > ' \" {{p blocks }}"
    paper = Paper(typed, date(2026, 5, 12), (Text(typed),), signature=(typed,))
    with OfficeTemplate(built_in()) as template:
        assert template.to_word(paper) == to_word(paper)


def test_a_good_link_and_a_picture_of_ones_own_may_stay() -> None:
    safe_docx(with_relation("hyperlink", "https://www.example.cn/"))
    safe_docx(with_parts({"word/media/a.png": b"\x89PNG"}))
    safe_docx(edited(lambda document: None))
    with zipfile.ZipFile(io.BytesIO(built_in())) as file:
        assert file.testzip() is None
