"""Opinion letters by the hundred: a table of 24 rows, a chart, an annex, all the official layout.

docxtpl renders the very parts that ours are compiled from, with the same values, in the same run;
the paragraphs and cells of both are compared. It cannot render a chart's relations, so its letter
has none: that is in its favour. CPU, not wall time.
"""

import argparse
import json
import resource
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import docx
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from documents.faces import Faces
from documents.papers import Annex, Paper, Radar, Series, Text, sections, table
from documents.pdf import to_pdf
from documents.word import built_in, to_word
from documents.word_chart import CONTENT_TYPE, RELATION
from documents.word_sources import entry, sources_of
from documents.word_view import WordView

OFFICE = "示例县人民政府教育督导室"
AREAS = ("办学方向", "内部管理", "教育质量", "教师队伍", "学生发展", "办学条件", "发展特色")
TEXT = "学校坚持正确办学方向，管理规范，质量稳定；个别功能室使用记录不全，设备利用率偏低。"


def letter(number: int, chart: bool = True) -> Paper:
    """The opinion letter to one of many schools, each with its own figures."""
    rows = [[f"A{n}.1", f"第{n}项指标", "10.0", f"{(number + n) % 100 / 10}"] for n in range(1, 25)]
    shares = tuple(0.6 + (number + place) % 40 / 100 for place in range(len(AREAS)))
    radar = Radar(AREAS, (Series("自评", (0.9,) * 7), Series("督评", shares)), "各领域得分率")
    columns = [("编码", 14), ("指标", 60), ("分值", 16), ("得分", 16)]
    return Paper(
        title=f"关于示例县第{number}小学的督评意见书",
        signed_on=date(2026, 5, 28),
        mark=f"{OFFICE}文件",
        number=f"示督评〔2026〕{number}号",
        addressee=f"示例县第{number}小学：",
        blocks=sections(
            ("基本情况", [Text(TEXT * 3)]),
            ("得分", [table(columns, rows, "得分表"), *([radar] if chart else [])]),
            ("问题", [Text("\n".join(f"{n}．{TEXT}" for n in range(1, 7)))]),
            ("整改要求", [Text(TEXT * 2)]),
        ),
        signature=(OFFICE,),
        annexes=(Annex("说明", (Text(TEXT),)),),
        imprint=((OFFICE, "2026年5月28日印发"),),
    )


def rival() -> bytes:
    """The template as docxtpl gets it: the same parts, and nothing that names a chart."""
    sources = sources_of(built_in())
    kept = BytesIO(sources.still)
    with zipfile.ZipFile(kept, "a") as file:
        for name, part in sources.parts.items():
            plain = part.replace(RELATION, "").replace(CONTENT_TYPE, "")
            file.writestr(entry(name), plain.encode())
    return kept.getvalue()


def by_docxtpl(template: bytes, view: dict[str, Any]) -> bytes:
    """One letter as docxtpl's documentation says: opened, rendered, saved."""
    document = DocxTemplate(BytesIO(template))
    environment = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
    document.render(view, environment)
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def said(content: bytes) -> list[str]:
    """Every paragraph and cell of a Word file."""
    document = docx.Document(BytesIO(content))
    cells = [cell.text for one in document.tables for row in one.rows for cell in row.cells]
    return [*(paragraph.text for paragraph in document.paragraphs), *cells]


def weasyprint_ms(times: int) -> float:
    """CPU milliseconds of WeasyPrint for the same letters, 0 where it is not installed."""
    try:
        from benchmarks.measured.letter_as_page import printed
    except ImportError:
        return 0.0
    return cpu_ms(times, lambda number: printed(letter(number), OFFICE))


def cpu_ms(times: int, make: Callable[[int], object]) -> float:
    """CPU milliseconds each, after one that does not count."""
    make(0)
    begun = time.process_time()
    for number in range(1, times + 1):
        make(number)
    return (time.process_time() - begun) / times * 1000


def measure(quick: bool) -> dict[str, Any]:
    """One run; see the module."""
    words, rivals, pdfs, many = (200, 20, 60, 2000) if quick else (500, 50, 500, 5000)
    template = rival()

    def theirs(number: int) -> bytes:
        return by_docxtpl(template, WordView().of(letter(number, chart=False), OFFICE))

    same = said(theirs(7)) == said(to_word(letter(7, chart=False), OFFICE)[0])
    ours = cpu_ms(words, lambda number: to_word(letter(number), OFFICE))
    docxtpl = cpu_ms(rivals, theirs)
    pdf = cpu_ms(pdfs, lambda number: to_pdf(letter(number), OFFICE, Faces()))
    before = resident_mb()
    for number in range(many):
        to_word(letter(number), OFFICE)
    for number in range(pdfs):
        to_pdf(letter(number), OFFICE, Faces())
    grown = resident_mb() - before  # before the rival, whose memory is not ours
    theirs = weasyprint_ms(rivals)
    beside = {"weasyprint_cpu_ms": round(theirs, 1), "times_weasyprint": round(theirs / pdf, 1)}
    return {
        "docx": {
            "cpu_ms": round(ours, 2),
            "docxtpl_cpu_ms": round(docxtpl, 1),
            "times_docxtpl": round(docxtpl / ours, 1),
            "same_text": same,
        },
        "pdf": {"cpu_ms": round(pdf, 1), **(beside if theirs else {})},
        "rss_growth_mb": round(grown, 1),
        "letters": many,
    }


def resident_mb() -> float:
    """The memory this process holds now."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:  # no /proc: the most it ever held
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Read the flags and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    found = measure(given.quick)
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, value in found.items():
            print(f"{name:<16} {value}", file=sys.stdout)
