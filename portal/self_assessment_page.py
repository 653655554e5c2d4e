"""The pages of a self-assessment: the form and all beside it, and what was handed in."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from fastapi import Request, Response
from markupsafe import Markup

from portal.answers import Tally, texts_of
from portal.deadlines import dues
from portal.drafts import Values
from portal.offers import offers
from portal.remembered import Remembered
from portal.rendering import macro, render
from portal.self_assessment_at_hand import AtHand
from portal.self_assessment_form import MOST_ROWS, OF_AREA, PLAN, WHOLE, row_numbers, rows
from portal.sheet_layout import Line

NOTES = {"reused": "已带入上次自评的填写内容，请逐项核对，有变化的改过来。"}
MOST_LINKS = 100
_CODES = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,19}")


class Link(NamedTuple):
    """A place on the page, what it is called, and what is to be done there."""

    anchor: str
    title: str
    why: str = ""


def form_page(
    request: Request,
    here: AtHand,
    value: Values,
    *,
    wrong: Mapping[str, str] | None = None,
    refused: str = "",
    theirs: tuple[Values, list[str]] | None = None,
    changes: list[tuple[Link, str, str]] | None = None,
    read: bool = False,
    unread: list[str] | None = None,
    status: int = 200,
) -> Response:
    """The form, holding ``value``. ``wrong``: by indicator's code or field's name, what must be
    mended. ``theirs``: what another has saved, and the fields in which it differs. ``read``: a
    workbook was, with these ``changes``; ``unread``: why it was not."""
    counted = here.account.tally(value)
    named = {**(wrong or {}), **_named_by(refused, here)}
    wrong = {**counted.wrong, **named}
    reasons = here.reasons
    returned = reasons.of if reasons else {}
    return render(
        request,
        "self_assessment/form.html",
        status,
        at=here,
        sight=here.sight,
        stage=here.sight.process.stages[here.stage],
        kind=here.sight.process.kinds[here.stage],
        value=value,
        counted=counted,
        amiss=_links(here, named),
        wrong=wrong,
        leaf=_leaves(here, value, wrong, returned),
        refused=refused,
        returned=returned,
        reasons=reasons,
        missing=_links(here, dict.fromkeys(counted.missing[:MOST_LINKS], "")),
        met=_differences(here, value, theirs) if theirs else [],
        open_areas=_open(here, counted, {**named, **returned}),
        dues=dues(here.sight.dossier, here.sight.today, here.sight.dossier.calendar, here.stage),
        before=here.last_year() if status == 200 else None,
        note=NOTES.get(request.query_params.get("note", ""), ""),
        changes=(changes or [])[:MOST_LINKS],
        change_count=len(changes or []),
        read=read,
        unread=unread or [],
        rows=row_numbers(value),
        most_rows=MOST_ROWS,
        plan=PLAN,
        whole=WHOLE,
        of_area=OF_AREA,
    )


_DRAWN: Remembered[Markup] = Remembered()


def _leaves(
    here: AtHand, value: Values, wrong: Mapping[str, str], returned: Mapping[str, str]
) -> Callable[[Line], Markup]:
    """Draws one indicator with what stands in it; what many schools see alike is remembered."""
    standard, leaf = here.account.standard, macro("self_assessment/leaf.html", "leaf")

    def draw(line: Line) -> Markup:
        told = wrong.get(line.code, ""), returned.get(line.code, ""), here.uploaded.get(line.code)
        make = partial(leaf, line, value, *told)
        if any(told):
            return make()
        return _DRAWN.of((standard.version, line.code), texts_of(standard, line.leaf, value), make)

    return draw


def read_page(request: Request, here: AtHand, refused: str = "", status: int = 200) -> Response:
    """What was handed in, to be read; a sentence where nothing was."""
    told = here.submitted
    value = Values(here.account.fields(told.form) if told else {})
    return render(
        request,
        "self_assessment/read.html",
        status,
        at=here,
        sight=here.sight,
        stage=here.sight.process.stages[here.stage],
        kind=here.sight.process.kinds[here.stage],
        told=told,
        erased=told is not None and not told.form,
        value=value,
        counted=here.account.tally(value),
        refused=refused,
        offers=offers(here.sight, here.stage) if told else [],
        rows=[number for number, _ in rows(value)],
        plan=PLAN,
        whole=WHOLE,
        of_area=OF_AREA,
    )


def _named_by(refused: str, here: AtHand) -> dict[str, str]:
    """The indicators a refusal speaks of: it stands beside them too."""
    known = here.account.titles
    return {code: refused for code in _CODES.findall(refused) if code in known}


def _links(here: AtHand, wrong: Mapping[str, str]) -> list[Link]:
    found = []
    for name, why in wrong.items():
        if name in here.account.titles:
            found.append(Link(name, f"{name} {here.account.titles[name]}", why))
        else:
            found.append(Link(*here.account.place(name), why))
    return found


def _differences(
    here: AtHand, mine: Values, theirs: tuple[Values, list[str]]
) -> list[tuple[Link, str, str]]:
    """Place, mine and theirs, for each field that differs."""
    other, names = theirs
    return [
        (Link(*here.account.place(name)), words(mine, name), words(other, name))
        for name in names[:MOST_LINKS]
    ]


def words(value: Values, name: str) -> str:
    """What stands in a field, in a few words."""
    text = "；".join(value(name, True)) or "（空）"
    return text[:60] + ("…" if len(text) > 60 else "")


def _open(here: AtHand, counted: Tally, named: Mapping[str, str]) -> set[str]:
    """The areas shown unfolded: those with something to mend, else the first unfinished one."""
    found = {
        block.area.code
        for block in here.account.blocks
        if any(
            name == leaf.code or name.startswith(f"a.{leaf.code}.")
            for leaf in block.area.indicators
            for name in named
        )
    }
    found |= {name.partition(".")[0] for name in named if name.startswith(("report.", "plan."))}
    first = next((one.area.code for one in counted.areas if one.missing), "")
    return found or {first}
