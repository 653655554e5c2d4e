"""评估标准: those there are, as trees to read; and a new one's mistakes, line by line."""

from collections.abc import Iterator
from typing import NamedTuple

from fastapi import Depends, Request, Response
from sqlalchemy import Connection, select

from documents.wording import plain_number, way
from engine.library import shipped_standards
from models.cycles import Round
from models.standards import FrozenText
from portal.access import Visitor, offices_within
from portal.deadlines import period_title
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.ledgers.asking import word
from portal.receiving import Typed, typed_form
from portal.rendering import key_of, render
from portal.sight import reading
from rules.indicators import SCHOOL_KINDS, applies
from rules.mistakes import Mistakes
from rules.standard import GradeRule, Standard, parse_standard

_TEXTS, _ROUNDS = FrozenText.__table__, Round.__table__

MOST_OF_A_STANDARD = 1024 * 1024  # bytes; the reader refuses more
OWNERS = {"provincial": "省定", "local": "地方", "value_added": "增值"}

pages = Pages()


class Version(NamedTuple):
    """One version of a standard: its title, full points, and the rounds of the visitor's offices
    that are measured by it (address and title). ``shipped``: it comes with this program."""

    version: str
    title: str
    full: str
    shipped: bool
    rounds: list[tuple[str, str]]


@pages.page("/standards", "office")
def standards_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """Every version there is, and the form to check a new one."""
    return _list(request, visitor, connection, {})


@pages.page("/standards/check", "office", methods=("POST",))
def check_standard(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Every mistake with its line, or the tree it amounts to. Nothing is kept."""
    text, name = _text(typed)
    if typed.mistakes:
        return _list(request, visitor, connection, typed.mistakes)
    try:
        standard = parse_standard(text, name)
    except Mistakes as mistakes:
        lines = text.split("\n")
        found = [
            (
                one.line,
                one.reason,
                lines[one.line - 1].strip()[:100] if one.line <= len(lines) else "",
            )
            for one in mistakes.items
        ]
        return render(request, "standards/mistakes.html", 422, mistakes={}, found=found, name=name)
    return _tree(request, standard, checked=name)


@pages.page("/standards/{version}", "office")
def standard_page(
    version: str, request: Request, connection: Connection = Depends(reading)
) -> Response:
    """One version as a tree, all of it or as one kind of school meets it."""
    desk: Desk = request.app.state.desk
    for standard in shipped_standards().values():
        if standard.version == version:
            return _tree(request, standard)
    frozen = select(_TEXTS.c.hash).where(_TEXTS.c.hash == version, _TEXTS.c.kind == "standard")
    if connection.execute(frozen).first() is None:
        raise NotAllowed("没有这个版本的评估标准。")
    found = desk.journal.shelf.standard(connection, version)
    assert found is not None
    return _tree(request, found)


def _text(typed: Typed) -> tuple[str, str]:
    for file in typed.files("file"):
        name = file.filename or "上传的文件"
        content = file.file.read(MOST_OF_A_STANDARD + 1)
        if len(content) > MOST_OF_A_STANDARD:
            typed.mistakes["file"] = "文件超过1兆字节，不像评估标准，请核对。"
            return "", name
        try:
            return content.decode("utf-8"), name
        except UnicodeDecodeError:
            typed.mistakes["file"] = "文件不是UTF-8编码的文本，请另存为UTF-8后再上传。"
            return "", name
    typed.mistakes["file"] = "请选择文件。"
    return "", ""


def _list(
    request: Request, visitor: Visitor, connection: Connection, mistakes: dict[str, str]
) -> Response:
    desk: Desk = request.app.state.desk
    offices = sorted({visitor.organisation, *offices_within(connection, visitor)})
    return render(
        request,
        "standards/list.html",
        422 if mistakes else 200,
        versions=list(_versions(desk, connection, offices)),
        mistakes=mistakes,
    )


def _versions(desk: Desk, connection: Connection, offices: list[str]) -> Iterator[Version]:
    shelf = desk.journal.shelf
    used: dict[str, list[tuple[str, str]]] = {}
    rows = select(_ROUNDS).where(_ROUNDS.c.office.in_(offices), _ROUNDS.c.standard != "")
    for row in connection.execute(rows.order_by(_ROUNDS.c.first.desc(), _ROUNDS.c.id)):
        process = shelf.process(connection, row.definition)
        title = f"{process.definition.title}　{period_title(row.period)}"
        used.setdefault(row.standard, []).append((key_of(row.id), title))
    ours = {standard.version: standard for standard in shipped_standards().values()}
    for version in dict.fromkeys([*used, *ours]):
        standard = ours.get(version) or shelf.standard(connection, version)
        assert standard is not None
        full = plain_number(standard.full)
        yield Version(version, standard.title, full, version in ours, used.get(version, []))


def _tree(request: Request, standard: Standard, checked: str = "") -> Response:
    kind = word(request, "kind", standard.school_kinds)
    return render(
        request,
        "standards/tree.html",
        standard=standard,
        checked=checked,
        kind=kind,
        kinds={name: SCHOOL_KINDS[name] for name in standard.school_kinds},
        leaves=len(standard.for_school(kind)) if kind else _leaves(standard),
        applies=lambda item: not kind or applies(item, kind),
        title_of=lambda item: item.title_for(kind) if kind else item.title,
        owners=OWNERS,
        grades=[_grade(rule) for rule in standard.grades],
        way=way,
        number=plain_number,
    )


def _leaves(standard: Standard) -> int:
    codes = {leaf.code for kind in standard.school_kinds for leaf in standard.for_school(kind)}
    return len(codes)


def _grade(rule: GradeRule) -> str:
    """What a grade needs, as one line."""
    needs = [f"总分不低于{plain_number(rule.at_least)}分"] if rule.at_least else []
    if rule.each_area is not None:
        needs.append(f"每个领域不低于{plain_number(rule.each_area * 100)}%")
    needs += [f"{area}不低于{plain_number(share * 100)}%" for area, share in rule.areas.items()]
    return f"{rule.letter}等：{'，'.join(needs) or '其余'}"
