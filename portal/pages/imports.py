"""导入: workbooks to fill in, what they would do, and the moment in which it is done."""

import os
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from engine.register import ORGANISATION_KINDS
from portal import import_past, import_register
from portal.access import Visitor, top_of
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.import_people import ROLES
from portal.import_template import workbook
from portal.importing import Column, Plan
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sheets import Unreadable, read_sheets
from portal.sight import reading
from portal.signing import fingerprint
from rules.values import Refusal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOTES = (
    "表头不要改；带*的列必填。空着的格子表示不改动，已登记的内容不会被清空。",
    "单位代码、手机等号码请按文本填写：超过15位的号码按数字填写会丢失末尾几位。",
    "导入前系统会先逐格检查并列出全部问题，确认后才写入；同一张表重复导入不会重复登记。",
)

pages = Pages()


class Sort(NamedTuple):
    """One sort of import."""

    title: str
    explains: str
    sheets: Mapping[str, Sequence[Column]]
    choices: Mapping[str, Sequence[str]]
    rounds: bool = False  # whether it goes into the cases of a round


SORTS = {
    "register": Sort(
        "单位和人员",
        "登记或修改学校、乡镇、部门、责任区，以及校长、督学和各单位人员。",
        import_register.SHEETS,
        {"单位类别": list(ORGANISATION_KINDS.values()), "身份": list(ROLES.values())},
    ),
    "past": Sort(
        "以往情况",
        "中途开始使用时，带入各校上次评估的日期、等级、得分，以及还没有整改完的问题。",
        import_past.SHEETS,
        {
            "整改类型": list(import_past.SEVERITIES.values()),
            "处理方式": list(import_past.OUTCOMES.values()),
            "性质": list(import_past.NATURES.values()),
            "等级": list("ABCD"),
        },
        rounds=True,
    ),
}


def _sort(name: str) -> Sort:
    if name not in SORTS:
        raise NotAllowed("没有这种导入，请从“导入”页面进入。")
    return SORTS[name]


@pages.page("/people/imports", "office")
def imports_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    return _page(request, visitor, connection, {})


def _page(
    request: Request, visitor: Visitor, connection: Connection, mistakes: dict[str, str]
) -> Response:
    rounds = import_past.rounds_of(request.app.state.desk, connection, visitor)
    status = 422 if mistakes else 200
    view = {"sorts": SORTS, "rounds": rounds, "mistakes": mistakes}
    return render(request, "imports/imports.html", status, **view)


@pages.page("/people/imports/{name}/template", "office")
def template(name: str, visitor: Visitor = Depends(entered)) -> Response:
    sort = _sort(name)
    content = workbook(sort.sheets, choices=sort.choices, notes=NOTES)
    return _download(content, f"import-{name}.xlsx")


@pages.page("/people/imports/register/present", "office")
def present(
    visitor: Visitor = Depends(entered), connection: Connection = Depends(reading)
) -> Response:
    """What is entered, in the form of the template: changed there, it can be imported again."""
    sort = SORTS["register"]
    rows = import_register.rows_for(connection, top_of(visitor.seat))
    content = workbook(sort.sheets, rows, sort.choices, NOTES)
    return _download(content, "register.xlsx")


def _download(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=XLSX, headers=headers)


# -- looking first -------------------------------------------------------------------------------


@pages.page("/people/imports/{name}", "office", methods=("POST",))
def look(
    name: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Read a workbook and show what it would do; nothing is written but the workbook itself, kept
    until it is imported or the next one comes."""
    sort = _sort(name)
    files = typed.files("file")
    round_key = _round(request, sort, visitor, connection, typed)
    content = files[0].file.read() if files else b""
    if not content:
        typed.mistakes[name] = "请选择要导入的Excel文件。"
    plan = None
    if not typed.mistakes:
        try:
            plan = _planned(request, sort, visitor, connection, content, round_key)
        except Unreadable as unreadable:
            typed.mistakes[name] = str(unreadable)
    if plan is None:
        return _page(request, visitor, connection, typed.mistakes)
    if not plan.problems.count:
        _keep(_place(request, visitor, name), content)
    return _shown(request, name, plan, _mark(content), round_key)


def _round(
    request: Request, sort: Sort, visitor: Visitor, connection: Connection, typed: Typed
) -> str:
    """The round whose cases receive the issues; "" where there is none."""
    if not sort.rounds:
        return ""
    rounds = import_past.rounds_of(request.app.state.desk, connection, visitor)
    return typed.choice("round", rounds, required=bool(rounds))


def _planned(
    request: Request,
    sort: Sort,
    visitor: Visitor,
    connection: Connection,
    content: bytes,
    round_key: str,
) -> Plan:
    grids, top = read_sheets(content, list(sort.sheets)), top_of(visitor.seat)
    today = request.app.state.desk.today()
    if sort.rounds:
        return import_past.plan(connection, top, grids, today, round_key)
    return import_register.plan(connection, top, grids, today)


def _shown(
    request: Request, name: str, plan: Plan, mark: str, round_key: str, said: str = ""
) -> Response:
    view = {"sort": SORTS[name], "name": name, "plan": plan, "mark": mark, "round": round_key}
    status = 422 if plan.problems.count else 200
    return render(request, "imports/plan.html", status, warning=said, **view)


def _mark(content: bytes) -> str:
    return sha256(content).hexdigest()


def _place(request: Request, visitor: Visitor, name: str) -> Path:
    """Where this person's workbook waits: one at a time."""
    desk: Desk = request.app.state.desk
    return desk.home / "imports" / f"{fingerprint(f'{name} {visitor.person}')}.xlsx"


def _keep(place: Path, content: bytes) -> None:
    """It holds names and telephones: nobody else on this machine reads it."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = place.with_suffix(".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    new.replace(place)


# -- writing -------------------------------------------------------------------------------------


@pages.page("/people/imports/{name}/write", "office", methods=("POST",))
def write(
    name: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Write what was shown, if that is still what it would do."""
    sort = _sort(name)
    place = _place(request, visitor, name)
    content = place.read_bytes() if place.exists() else b""
    if not content or _mark(content) != typed.text("mark"):
        return _page(
            request, visitor, connection, {name: "这个文件已导入，或已换成另一个，请重新上传。"}
        )
    round_key = _round(request, sort, visitor, connection, typed)
    plan = _planned(request, sort, visitor, connection, content, round_key)
    if plan.problems.count or plan.seal != typed.text("plan") or typed.mistakes:
        said = "登记的资料刚才有变动，请再核对一次。"
        return _shown(request, name, plan, _mark(content), round_key, said)
    refused = _WRITING[name](request.app.state.desk, visitor, plan)
    if refused:
        return _page(request, visitor, connection, {name: refused})
    place.unlink(missing_ok=True)
    return RedirectResponse("/people/imports?said=saved", 303)


def _write_register(desk: Desk, visitor: Visitor, plan: Plan) -> str:
    try:
        with desk.database.writing() as connection:
            import_register.write(connection, plan.todo)
    except IntegrityError:
        return "刚才有别人也在登记同样的代码，这次没有写入，请重新上传核对。"
    return ""


def _write_past(desk: Desk, visitor: Visitor, plan: Plan) -> str:
    with desk.database.writing() as connection:
        import_past.write(connection, plan.todo)
    results = desk.journal.record_batch(import_past.entries_of(plan.todo, visitor, desk))
    if results:
        desk.wake()
    refusals = list(dict.fromkeys(r.reason for r in results if isinstance(r, Refusal)))
    if refusals:
        return f"有问题没有导入：{'；'.join(refusals[:5])} 其余已导入，可以再次上传补齐。"
    return ""


_WRITING: dict[str, Callable[[Desk, Visitor, Plan], str]] = {
    "register": _write_register,
    "past": _write_past,
}
