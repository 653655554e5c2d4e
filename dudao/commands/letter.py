"""`dudao letter`: what a letter rests on, and whether it still says so."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

import typer
from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from documents.converted import NotConverted, to_pdfs
from documents.faces import Faces
from documents.letter_comparing import Difference, cited, compare, lines_of_template
from documents.letter_finding import KEPT, PDF, Found, Unknown, find
from documents.letter_tracing import Item, Trace, trace
from documents.pdf import to_pdf
from documents.pdf_reading import Unreadable, compare_pdf
from documents.template_rendering import OfficeTemplate, TemplateFailed
from documents.template_store import content_of
from documents.word import built_in_hash, to_word
from documents.word_reading import read_word
from documents.word_safety import UnsafeWord
from dudao.commands.log import looking_back
from dudao.commands.places import Db, Home
from dudao.commands.trouble import of_file
from engine.dossier import read_dossier
from engine.shelf import Shelf
from engine.verification import verify_cases

app = typer.Typer(help="文书的来源追溯与核对。", no_args_is_help=True)

LARGEST = 32 << 20
TYPST = b"Typst"  # as it names itself in every PDF it makes

File = Annotated[
    Path, typer.Argument(help="文书文件（.docx 或 .pdf），或它在文书文件夹中的路径", metavar="文件")
]


class Asked(NamedTuple):
    """A letter somebody asks about: the file, which letter it is, and what the log gives."""

    content: bytes
    found: Found
    trace: Trace
    connection: Connection

    @property
    def template(self) -> str:
        """The hash of the template it was set in, which the letter remembers."""
        entry = self.found.entry
        return (entry.template if entry is not None else "") or built_in_hash()


@app.command("trace")
def trace_letter(file: File, database: Db = "", home: Home = Path("var")) -> None:
    """逐段、逐格列出文书中每一处内容的来源。"""
    with _asked(file, database, home) as asked:
        typer.echo(asked.found.title)
        for item in asked.trace.items:
            for line in _traced(item):
                typer.echo(line)
        for line in _template(asked, home):
            typer.echo(line)


def _template(asked: Asked, home: Path) -> Iterator[str]:
    """What the template says of its own, wherever it stands in the letter."""
    try:
        expected = read_word(_set_again(asked, home))
    except (TemplateFailed, UnsafeWord) as reason:
        yield f"模板文字没有列出：{reason}"
        return
    for item in lines_of_template(expected, asked.trace.items, asked.template):
        yield from _traced(item)


def _traced(item: Item) -> Iterator[str]:
    if not any(item.texts):
        return
    yield f"{item.where}：{'｜'.join(item.texts)}"
    if not item.origins:
        yield "  文书固定用语"
    for cell in item.cells:
        column = f"{cell.what}：" if cell.what else ""
        for span in cell.spans:
            if span.origin is not None:
                yield f"  {column}“{span.text}” ← {span.origin.in_chinese()}"


@app.command("verify")
def verify_letter(file: File, database: Db = "", home: Home = Path("var")) -> None:
    """按日志重新生成文书，与文件逐字核对，并核对日志和佐证材料。"""
    with _asked(file, database, home) as asked:
        typer.echo(asked.found.title)
        differences = _differences(asked, home)
        for difference in differences:
            for line in difference.in_chinese():
                typer.echo(line)
        if differences:
            typer.echo(f"文书与日志不一致，共{len(differences)}处。")
        else:
            typer.echo(f"文书与日志一致{_same_file(asked)}。")
        wrong = [*_chain(asked), *_evidence(asked.trace, home)]
        for line in wrong:
            typer.echo(line)
        if not wrong:
            typer.echo("所引案卷的日志完好，佐证文件与登记的一致。")
        if differences or wrong:
            raise typer.Exit(1)


def _same_file(asked: Asked) -> str:
    own = asked.found.is_kept(asked.content, *KEPT)
    return "，文件与登记的指纹相同" if own else "（文字相同，文件另存过或格式不同）"


def _differences(asked: Asked, home: Path) -> list[Difference]:
    known = asked.trace
    try:
        if asked.content.startswith(PDF):
            expected = _printed_again(asked, home)
            same = expected == asked.content
            return [] if same else compare_pdf(expected, asked.content, known.items)
        expected = _set_again(asked, home)
        found = read_word(asked.content)
        return compare(read_word(expected), found, known.items, asked.template)
    except (Unreadable, NotConverted, TemplateFailed, UnsafeWord) as reason:
        _cannot(str(reason))


def _printed_again(asked: Asked, home: Path) -> bytes:
    """The letter as a PDF, by whichever program made the one that is asked about."""
    if TYPST in asked.content:
        return to_pdf(asked.trace.paper, asked.trace.author, Faces.at(home))[0]
    return to_pdfs({"文书": _set_again(asked, home)})["文书"]


def _set_again(asked: Asked, home: Path) -> bytes:
    """The letter by the template it was set in."""
    known = asked.trace
    if asked.template == built_in_hash():
        return to_word(known.paper, known.author)[0]
    with OfficeTemplate(content_of(home, asked.template)) as own:
        return own.to_word(known.paper, known.author)[0]


def _chain(asked: Asked) -> Sequence[str]:
    """What is wrong with the log of the cases the letter rests on."""
    cases = {asked.found.case, *(o.case for o in cited(asked.trace.items) if o.case)}
    findings = verify_cases(asked.connection, cases)
    return [f"日志：{finding.in_chinese()}" for finding in findings.found]


def _evidence(known: Trace, home: Path) -> Iterator[str]:
    """Evidence the letter names whose file is gone or another one."""
    for hashed in sorted({file for origin in cited(known.items) for file in origin.files}):
        place = home / "evidence" / hashed[:2] / hashed[2:4] / hashed
        try:
            with place.open("rb") as file:
                same = file_digest(file, "sha256").hexdigest() == hashed
        except OSError as error:
            yield f"佐证文件［{hashed}］打不开：{of_file(error)}。"
        else:
            if not same:
                yield f"佐证文件［{hashed}］的内容与登记的指纹不符，被改动过。"


@contextmanager
def _asked(file: Path, database: str, home: Path) -> Iterator[Asked]:
    """The letter of a file; what cannot be found or written again ends the command with 2."""
    content = _read(file, home)
    with looking_back(database or str(home / "dudao.db")) as connection:
        try:
            found = find(connection, content)
            dossier = read_dossier(connection, Shelf(), found.case)
            issued = found.issued_as(content)
            known = trace(dossier, found.kind, found.about, found.seq, *issued)
        except NoResultFound:
            _cannot("这份文书的案卷不在这个数据库里。")
        except (Unknown, UnsafeWord, ValueError) as reason:
            _cannot(str(reason))
        yield Asked(content, found, known, connection)


def _read(file: Path, home: Path) -> bytes:
    place = file if file.exists() else home / "letters" / file
    try:
        with place.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        _cannot(f"{file} 打不开：{of_file(error)}。")
    except ValueError:  # a name with a character that no file's name has
        _cannot(f"没有找到文件 {str(file)!r}。")
    if len(content) > LARGEST:
        _cannot(f"{file} 超过{LARGEST >> 20}兆字节，不像一份文书。")
    return content


def _cannot(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(2) from None
