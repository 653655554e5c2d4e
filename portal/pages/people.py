"""人员机构: the organisations of an office's subtree - searched, looked at, entered and changed."""

from collections.abc import Mapping
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from documents.school_profile import FIGURES
from engine.register import (
    ORGANISATION_KINDS,
    ROLE_PLACES,
    OrganisationEntry,
    PersonEntry,
    Place,
    PostEntry,
    flaws_of,
    put_organisations,
    put_people,
    put_posts,
)
from portal import register_reading as register
from portal.access import Visitor, top_of
from portal.gate import Pages, entered
from portal.import_organisations import OF_OFFICES, OF_SCHOOLS, TEXTS, entry_of, flaw_of_change
from portal.import_register import new_person_id
from portal.post_form import Post, contact, read_post
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading
from rules.indicators import SCHOOL_KINDS

pages = Pages()

NEW = ("zone", *SCHOOL_KINDS, "township", "department", "office")  # what is entered by hand


@pages.page("/people", "office")
def organisations_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    q: str = "",
    kind: str = "",
    page: int = 1,
) -> Response:
    search = q.strip()[:60]
    kind = kind if kind in ORGANISATION_KINDS else ""
    listed = register.organisations(connection, visitor, search, kind, page)
    view = {"listed": listed, "search": search, "kind": kind, "kinds": ORGANISATION_KINDS}
    return render(request, "people/organisations.html", **view)


@pages.page("/people/organisations/{code}", "office")
def organisation_page(
    code: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    row = register.organisation(connection, visitor, code)
    return _organisation(request, visitor, connection, row)


def _organisation(
    request: Request,
    visitor: Visitor,
    connection: Connection,
    row: Row,
    typed: Typed | None = None,
    namesakes: Any = (),
) -> Response:
    roles = [role for role, kinds in ROLE_PLACES.items() if row.kind in kinds]
    mistakes = typed.mistakes if typed else {}
    return render(
        request,
        "people/organisation.html",
        422 if mistakes else 200,
        row=row,
        kinds=ORGANISATION_KINDS,
        names=register.names(connection, {row.parent, row.zone, row.successor}),
        figures=_figures(row.facts or {}),
        posts=register.posts_at(connection, row.code),
        barred=register.barred_at(connection, row.code),
        cases=register.cases_of(connection, row.code),
        roles=roles,
        namesakes=namesakes,
        typed=typed_texts(typed),
        mistakes=mistakes,
    )


def typed_texts(typed: Typed | None) -> dict[str, str]:
    """What was typed, by field, to be shown again."""
    return {name: typed.raw(name) for name in typed.form} if typed else {}


def _figures(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    texts = {**TEXTS, **OF_SCHOOLS, **OF_OFFICES}
    told = [(title, str(facts[key])) for key, (title, _) in texts.items() if facts.get(key)]
    told += [
        (title, f"{facts[key]}{unit}")
        for key, (title, unit) in FIGURES.items()
        if facts.get(key) not in (None, "")
    ]
    past = {"last_grade": "上次评估等级", "last_total": "上次评估得分", "last_note": "上次评估备注"}
    return told + [(title, str(facts[key])) for key, title in past.items() if facts.get(key)]


# -- entering and changing -----------------------------------------------------------------------


@pages.page("/people/new", "office")
def new_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    return _form(request, visitor, connection, None, None)


@pages.page("/people/new", "office", methods=("POST",))
def enter(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    kind = typed.choice("kind", NEW)
    entry = _read(typed, OrganisationEntry(typed.text("code", 40, required=True), "", kind))
    entry = _checked(visitor, connection, typed, entry)
    if not typed.mistakes:
        try:
            with request.app.state.desk.database.writing() as writing:
                put_organisations(writing, new=[entry])
        except IntegrityError:
            typed.mistakes["code"] = "这个单位代码已被使用，请换一个。"
    if typed.mistakes:
        return _form(request, visitor, connection, None, typed)
    return RedirectResponse(f"/people/organisations/{entry.code}?said=saved", 303)


@pages.page("/people/organisations/{code}/change", "office")
def change_page(
    code: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    row = register.organisation(connection, visitor, code)
    return _form(request, visitor, connection, entry_of(row), None)


@pages.page("/people/organisations/{code}/change", "office", methods=("POST",))
def change(
    code: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    before = entry_of(register.organisation(connection, visitor, code))
    kinds = SCHOOL_KINDS if before.kind in SCHOOL_KINDS else {before.kind: ""}
    entry = _read(typed, before._replace(kind=typed.choice("kind", kinds)))
    if entry.code == top_of(visitor.seat):
        entry = entry._replace(parent=before.parent)
    if flaw := flaw_of_change(before.kind, entry.kind):
        typed.mistakes.setdefault("kind", flaw)
    entry = _checked(visitor, connection, typed, entry)
    if typed.mistakes:
        return _form(request, visitor, connection, before, typed)
    with request.app.state.desk.database.writing() as writing:
        put_organisations(writing, changed=[entry])
    return RedirectResponse(f"/people/organisations/{code}?said=saved", 303)


def _read(typed: Typed, entry: OrganisationEntry) -> OrganisationEntry:
    facts = dict(entry.facts)
    for key, (_, most) in _texts_of(entry.kind).items():
        facts[key] = typed.text(f"facts.{key}", most)
    for key in FIGURES if entry.kind in SCHOOL_KINDS else ():
        facts[key] = typed.number(f"facts.{key}", most=1_000_000, required=False)
    return entry._replace(
        name=typed.text("name", 120, required=True),
        parent=typed.text("parent", 40) or None,
        zone=typed.text("zone", 40) or None,
        tier=typed.text("tier", 20),
        opened_on=typed.day("opened_on", required=False),
        closed_on=typed.day("closed_on", required=False),
        successor=typed.text("successor", 120) or None,
        last_evaluated_on=typed.day("last_evaluated_on", required=False),
        facts={key: value for key, value in facts.items() if value not in (None, "")},
    )


def _texts_of(kind: str) -> dict[str, tuple[str, int]]:
    more = OF_SCHOOLS if kind in SCHOOL_KINDS else OF_OFFICES if kind == "office" else {}
    return {**TEXTS, **more}


def _checked(
    visitor: Visitor, connection: Connection, typed: Typed, entry: OrganisationEntry
) -> OrganisationEntry:
    """An organisation as it was typed in, the successor by its code; what is wrong is noted."""
    if entry.successor and (row := register.called(connection, visitor, entry.successor)):
        entry = entry._replace(successor=row.code)

    def known(code: str) -> Place | None:
        if code == entry.code:
            return Place(entry.kind, entry.parent)
        row = register.called(connection, visitor, code)
        return Place(row.kind, row.parent) if row is not None and row.code == code else None

    for name, said in flaws_of(entry, known, top_of(visitor.seat)):
        typed.mistakes.setdefault(name, said)
    return entry


def _form(
    request: Request,
    visitor: Visitor,
    connection: Connection,
    before: OrganisationEntry | None,
    typed: Typed | None,
) -> Response:
    mistakes = typed.mistakes if typed else {}
    kind = before.kind if before else ""
    kinds = SCHOOL_KINDS if kind in SCHOOL_KINDS else [kind] if kind else NEW
    return render(
        request,
        "people/organisation_form.html",
        422 if mistakes else 200,
        before=before,
        top=before is not None and before.code == top_of(visitor.seat),
        kinds={kind: ORGANISATION_KINDS[kind] for kind in kinds},
        parents=register.branches(connection, visitor),
        zones=register.zones(connection, visitor),
        texts=_texts_of(kind),
        figures=FIGURES if kind in SCHOOL_KINDS else {},
        school=not kind or kind in SCHOOL_KINDS,
        typed=typed_texts(typed),
        mistakes=mistakes,
    )


# -- somebody new at an organisation -------------------------------------------------------------


@pages.page("/people/organisations/{code}/posts", "office", methods=("POST",))
def add_person(
    code: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """A person takes up something here: somebody known already, or somebody new."""
    row = register.organisation(connection, visitor, code)
    post = read_post(typed, row.kind, visitor.on)
    name, phone, mail = contact(typed)
    namesakes = register.namesakes(connection, visitor, name) if name else ()
    known = {one.id for one in namesakes}
    same = typed.choice("same", {*known, "new"}) if known else "new"
    if post and register.holds(connection, same, post.role, code):
        typed.mistakes["same"] = "此人在这里已有这个身份，不用重复登记。"
    if typed.mistakes or post is None:
        return _organisation(request, visitor, connection, row, typed, namesakes)
    person = new_person_id() if same == "new" else same
    with request.app.state.desk.database.writing() as writing:
        if same == "new":
            put_people(writing, new=[PersonEntry(person, name, mail, phone)])
        put_posts(writing, new=[_entry(person, code, post)])
    return RedirectResponse(f"/people/persons/{person}?said=saved", 303)


def _entry(person: str, code: str, post: Post) -> PostEntry:
    return PostEntry(person, post.role, code, post.rank, post.since)
