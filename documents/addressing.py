"""What makes a paper the office's own: red head, number, signature, whom it reaches and how the
office is reached."""

from typing import Any

from sqlalchemy import Row

from documents.case_view import CaseView
from documents.papers import Paper
from documents.provenance import alike, joined
from documents.wording import government, said


def from_office(view: CaseView, copies: str = "", ends: str = "文件", **content: Any) -> Paper:
    """An official paper of the case's office, laid out as GB/T 9704-2012 asks: its red head and
    number, its name over the day, and the imprint (版记): ``copies``, who issued it and when. The
    head of a letter to an equal (函) has no ``ends``."""
    facts, name = view.office.facts or {}, view.office.name
    return Paper(
        signed_on=view.day,
        mark=str(facts.get("doc_mark", "")) or f"{name}{ends}",
        number=number_line(view),
        signature=(name,),
        imprint=(
            *([(f"抄送：{copies}。",)] if copies else []),
            (name, f"{said(view.day)}印发"),
        ),
        **content,
    )


def contacts(view: CaseView, *own: str) -> list[tuple[str, str]]:
    """Phone, mail and address of the office; first what the event's own form says (``own``)."""
    facts, form = view.office.facts or {}, view.form
    written = {key: form.text(key) for key in own}
    return [
        ("联系单位", view.office.name),
        ("联系人", written.get("contact", "")),
        ("电话", written.get("phone") or str(facts.get("phone", ""))),
        ("电子邮箱", written.get("mail") or str(facts.get("mail", ""))),
        ("地址", str(facts.get("address", ""))),
    ]


def number_line(view: CaseView) -> str:
    """发文字号 with its number still to be filled in by hand: nobody has given one yet."""
    code = (view.office.facts or {}).get("doc_code", "")
    return f"{code}〔{alike(view.day, view.day.year)}〕　　号" if code else ""


def copies_to(view: CaseView) -> str:
    """抄送: the superior office and the governments above the subject, as far as the stage's
    definition tells them of the event."""
    name = "opened" if view.told.event.type == "stage.opened" else view.told.event.name
    roles = view.stage.tell.get(name, [])
    kinds = {"superior": "city", "government": "county", "township": "township"}
    above = (
        _superior(view, found) if role == "superior" else government(found.name, found.kind)
        for role, kind in kinds.items()
        if role in roles
        for found in view.above(kind)
    )
    return joined(above, "，")


def _superior(view: CaseView, city: Row) -> str:
    """The city's own office, by its name where the register has it."""
    offices = (o for o in view.dossier.organisations.values() if o.kind == "office")
    own = view.organisation(next((o.code for o in offices if o.parent == city.code), None))
    return own.name if own else f"{city.name}教育督导机构"
