"""A paper as a Word file: the same paper gives the same bytes, and nothing in it is ever run.

docxtpl turns the template into Jinja source once, Jinja compiles it once; a paper renders the parts
with tags in them, which are zipped behind the parts that never change.
"""

import zipfile
from functools import cache
from io import BytesIO
from typing import NamedTuple

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from documents.papers import Paper
from documents.word_chart import CHART, CONTENT_TYPE, INLINE, PART, RELATION
from documents.word_imprint import IMPRINT
from documents.word_styles import UNDATED
from documents.word_template import build_template
from documents.word_view import WordView

MARKS = (b"{{", b"{%")
STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file knows: no clock is read


class _Compiled(NamedTuple):
    """``still`` is a zip of the parts without tags; ``parts`` the others, by name; ``chart`` what
    each chart of a paper is rendered from."""

    still: bytes
    parts: dict[str, Template]
    chart: Template


# What python-docx does not know how to put in: charts, where they are declared, the imprint.
_PUT_IN = {
    "word/document.xml": {
        "<w:r><w:t>CHART</w:t></w:r>": INLINE,
        "<w:r><w:t>IMPRINT</w:t></w:r>": IMPRINT,
    },
    "word/_rels/document.xml.rels": {"</Relationships>": f"{RELATION}</Relationships>"},
    "[Content_Types].xml": {"</Types>": f"{CONTENT_TYPE}</Types>"},
}


@cache
def _compiled() -> _Compiled:
    built = build_template()
    patch = DocxTemplate(BytesIO(built)).patch_xml
    # Texts come escaped (`WordView`): left to Jinja, every number and alignment of every cell would
    # be escaped too, two thirds of what a handbook's rendering cost.
    environment = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
    still, parts = BytesIO(), {}
    with zipfile.ZipFile(BytesIO(built)) as source, zipfile.ZipFile(still, "w") as kept:
        for name in source.namelist():
            content = source.read(name)
            for place, what in _PUT_IN.get(name, {}).items():
                content = content.replace(place.encode(), what.encode())
            if any(mark in content for mark in MARKS):
                text = content.decode("utf-8").replace(UNDATED.isoformat(), "{{ day }}T00:00:00")
                parts[name] = environment.from_string(patch(text))
            else:
                kept.writestr(_entry(name), content)
    return _Compiled(still.getvalue(), parts, environment.from_string(CHART))


def _entry(name: str) -> zipfile.ZipInfo:
    """A zip entry that tells nothing of when and where it was made."""
    entry = zipfile.ZipInfo(name, STAMP)
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0
    return entry


def to_word(paper: Paper, author: str = "") -> tuple[bytes, tuple[str, ...]]:
    """The .docx file of a paper, and what in its texts had to be mended, in Chinese."""
    setting = WordView()
    view, compiled = setting.of(paper, author), _compiled()
    kept = BytesIO(compiled.still)
    with zipfile.ZipFile(kept, "a") as file:
        for name, template in compiled.parts.items():
            file.writestr(_entry(name), template.render(view).encode("utf-8"))
        for number, chart in enumerate(view["charts"], 1):
            content = compiled.chart.render(chart=chart)
            file.writestr(_entry(PART.format(number)), content.encode("utf-8"))
    return kept.getvalue(), setting.mended
