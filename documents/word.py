"""A paper as a Word file: the same paper gives the same bytes, and nothing in it is ever run.

docxtpl turns the template into Jinja source once, Jinja compiles it once; a paper renders the parts
with tags in them, which are zipped behind the parts that never change. An office's own template is
never rendered here: see `documents.template_rendering`.
"""

import zipfile
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any, NamedTuple

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from documents.papers import Paper
from documents.word_chart import CHART, PART
from documents.word_sources import Sources, entry, sources_of
from documents.word_template import build_template
from documents.word_view import WordView


class Compiled(NamedTuple):
    """A template ready to be filled in; ``chart`` is what each chart of a paper is made from."""

    sources: Sources
    parts: dict[str, Template]
    chart: Template

    def fill(self, view: dict[str, Any], most: int = 0) -> bytes:
        """The .docx of a paper's view. OverflowError where its parts are more than ``most`` bytes,
        which are counted as they come."""
        kept = BytesIO(self.sources.still)
        with zipfile.ZipFile(kept, "a") as file:
            for name, template in self.parts.items():
                content = _bounded(template, view, most) if most else template.render(view).encode()
                file.writestr(entry(name), content)
            for number, chart in enumerate(view["charts"], 1):
                content = self.chart.render(chart=chart)
                file.writestr(entry(PART.format(number)), content.encode("utf-8"))
        return kept.getvalue()


def _bounded(template: Template, view: dict[str, Any], most: int) -> bytes:
    kept = BytesIO()
    for piece in template.generate(view):
        kept.write(piece.encode())
        if kept.tell() > most:
            raise OverflowError
    return kept.getvalue()


def compile_sources(sources: Sources, environment: ImmutableSandboxedEnvironment) -> Compiled:
    """Compile a template, once for all its papers."""
    parts = {name: environment.from_string(text) for name, text in sources.parts.items()}
    return Compiled(sources, parts, environment.from_string(CHART))


@cache
def built_in() -> bytes:
    """The template that comes with this program, as a file: byte by byte the same everywhere."""
    kept = BytesIO()
    with zipfile.ZipFile(BytesIO(build_template())) as source, zipfile.ZipFile(kept, "w") as file:
        for name in source.namelist():
            file.writestr(entry(name, zipfile.ZIP_STORED), source.read(name))
    return kept.getvalue()


@cache
def built_in_hash() -> str:
    """What a letter remembers of it."""
    return sha256(built_in()).hexdigest()


@cache
def _compiled() -> Compiled:
    # Texts come escaped (`WordView`): left to Jinja, every number and alignment of every cell would
    # be escaped too, two thirds of what a handbook's rendering cost.
    environment = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
    return compile_sources(sources_of(built_in()), environment)


def to_word(paper: Paper, author: str = "") -> tuple[bytes, tuple[str, ...]]:
    """The .docx file of a paper, and what in its texts had to be mended, in Chinese."""
    setting = WordView()
    content = _compiled().fill(setting.of(paper, author))
    return content, setting.mended
