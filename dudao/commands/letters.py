"""`dudao letters`: the letters of a round, and the whole file of a case."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import NoResultFound

from documents.archive.bundle import named, pack
from documents.archive.volume import NotArchived, Shelfmark, bind
from documents.faces import Faces
from documents.kept_files import write_at
from dudao.commands.log import looking_back
from dudao.commands.places import Db, Home
from dudao.commands.round_letters import draft_letters
from dudao.commands.trouble import of_file
from engine.dossier import read_dossier
from engine.shelf import Shelf
from rules.retention import TERMS, Term

app = typer.Typer(help="整轮起草文书，整理一校一档。", no_args_is_help=True)
app.command("draft")(draft_letters)

_TERMS: dict[str, Term] = {title: term for term, (title, _) in TERMS.items()}


@app.command("archive")
def archive_case(
    case: Annotated[
        str,
        typer.Option("--case", help="案卷标识，如 SLX-DD/shaanxi-316/2026/S0001", metavar="案卷"),
    ],
    out: Annotated[Path, typer.Option("--out", help="存放的文件夹", metavar="文件夹")] = Path("."),
    term: Annotated[
        str,
        typer.Option("--term", help="保管期限：永久、30年或10年，默认按卷内文书定", metavar="期限"),
    ] = "",
    fonds: Annotated[str, typer.Option("--fonds", help="全宗号", metavar="号")] = "",
    catalogue: Annotated[str, typer.Option("--catalogue", help="目录号", metavar="号")] = "",
    number: Annotated[str, typer.Option("--number", help="案卷号", metavar="号")] = "",
    database: Db = "",
    home: Home = Path("var"),
) -> None:
    """把一个案卷整理成一校一档：PDF/A全卷，以及全卷、文书文件、日志和清单的压缩包。"""
    if term and term not in _TERMS:
        _cannot(f"保管期限应为{'、'.join(_TERMS)}之一，不能是“{term}”。")
    mark = Shelfmark(fonds, catalogue, number, _TERMS.get(term))
    with looking_back(database or str(home / "dudao.db")) as connection:
        try:
            dossier = read_dossier(connection, Shelf(), case)
        except NoResultFound:
            _cannot(f"没有案卷“{case}”，请核对；案卷标识见门户的日志。")
        try:
            volume = bind(dossier, home / "letters", Faces.at(home), mark)
        except NotArchived as reason:
            typer.echo(str(reason), err=True)
            raise typer.Exit(1) from None
        bundle = pack(dossier, volume)
    for ending, content in ((".pdf", volume.pdf), (".zip", bundle)):
        place = out / named(volume, ending)
        try:
            write_at(place, content)
        except OSError as error:
            typer.echo(f"{place} 写不进去：{of_file(error)}。", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"{place}")
    count = len(volume.letters)
    typer.echo(f"保管期限{TERMS[volume.term][0]}，收入文书{count}件。")
    for line in (*volume.missing, *volume.mended):
        typer.echo(line)


def _cannot(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(2) from None
