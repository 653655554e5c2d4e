"""Word files as offices and attackers make them: a template changed by hand, part by part."""

import io
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from documents.converted import converter
from documents.word import built_in


def with_parts(parts: dict[str, bytes], content: bytes = b"") -> bytes:
    """A template with some parts put in or replaced."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content or built_in())) as source:
        held = {name: source.read(name) for name in source.namelist()} | parts
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in held.items():
            file.writestr(name, part)
    return kept.getvalue()


def replaced(part: str, old: str, new: str, content: bytes = b"") -> bytes:
    """A template with a text of a part replaced; the text must be there."""
    with zipfile.ZipFile(io.BytesIO(content or built_in())) as source:
        text = source.read(part).decode()
    assert old in text
    return with_parts({part: text.replace(old, new).encode()}, content)


def edited(change: Callable[[docx.document.Document], None]) -> bytes:
    """The built-in template as somebody leaves it who opened it in Word."""
    document = docx.Document(io.BytesIO(built_in()))
    change(document)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def with_paragraph(text: str) -> bytes:
    """The template with a paragraph of that text after the title."""

    def change(document: docx.document.Document) -> None:
        title = next(p for p in document.paragraphs if p.text == "{{ title }}")
        title.insert_paragraph_before(text)

    return edited(change)


def with_header(text: str) -> bytes:
    """The template with a page header of that text, on odd pages and on even ones."""

    def change(document: docx.document.Document) -> None:
        section = document.sections[0]
        for header in (section.header, section.even_page_header):
            header.is_linked_to_previous = False
            header.paragraphs[0].text = text

    return edited(change)


def with_footer(text: str) -> bytes:
    """The template with a page footer of that text in front of the page's number."""

    def change(document: docx.document.Document) -> None:
        document.sections[0].footer.paragraphs[0].insert_paragraph_before(text)

    return edited(change)


def with_title_property(text: str) -> bytes:
    """The template with a title among its core properties."""

    def change(document: docx.document.Document) -> None:
        document.core_properties.title = text

    return edited(change)


_NOTES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:footnote w:id="1"><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:footnote></w:footnotes>"""
_TYPE = (
    '<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.footnotes+xml"/></Types>'
)


def with_footnote(text: str) -> bytes:
    """The template with a footnote."""
    content = replaced("[Content_Types].xml", "</Types>", _TYPE)
    return with_parts({"word/footnotes.xml": _NOTES.format(text).encode()}, content)


def with_relation(kind: str, target: str, outside: bool = True) -> bytes:
    """The template with one more relation of its text."""
    mode = ' TargetMode="External"' if outside else ""
    kind = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
    relation = f'<Relationship Id="rX" Type="{kind}" Target="{target}"{mode}/></Relationships>'
    return replaced("word/_rels/document.xml.rels", "</Relationships>", relation)


def saved_by_libreoffice(content: bytes, folder: Path) -> bytes:
    """A template opened and saved by another program than ours: everything in it is written anew.
    In CI its absence is a failure."""
    program = converter()
    if not program:
        pytest.skip("no LibreOffice here (Debian's libreoffice-writer-nogui)")
    source, saved = folder / "template.docx", folder / "saved"
    source.write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    kind = "docx:MS Word 2007 XML"
    command = [program, profile, "--headless", "--convert-to", kind, "--outdir", str(saved)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=180)
    return (saved / "template.docx").read_bytes()
