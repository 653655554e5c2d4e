"""What the office decides about a case as a whole: extending, correcting, merging."""

from collections.abc import Mapping

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from portal.access import leads
from portal.commands import CommandForm, read_command, record
from portal.corrections import ahead
from portal.drafts import Values, typed_values
from portal.gate import NotAllowed, Pages
from portal.receiving import Typed, typed_form
from portal.rendering import key_of, render
from portal.sight import Sight, case_at_hand
from portal.stages.case import FORMS
from rules.case_words import CorrectDate, MergeCase
from rules.values import Refusal

pages = Pages()


def forms(sight: Sight) -> dict[str, CommandForm]:
    """The forms for this case, by name; NotAllowed where they are not this visitor's."""
    if not leads(sight.visitor, sight.row.office):
        raise NotAllowed("延长期限、更正日期和办理合并由主办的督导室办理。")
    if not sight.state.live:
        raise NotAllowed("本案已经结束，不能再办理。")
    own = {form.command.__name__: form for form in FORMS}
    if sight.state.of == "round":
        del own[MergeCase.__name__]
    return own


@pages.page("/cases/{case}/commands", "office")
def commands_page(request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """All three, each with what it does."""
    return render(request, "deadlines/commands.html", sight=sight, forms=forms(sight))


@pages.page("/cases/{case}/commands/{name}", "office")
def command_page(name: str, request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """One of them; the address may name the deadline meant."""
    given = {key: [value] for key, value in request.query_params.items() if key == "deadline"}
    return _form(request, sight, _named(sight, name), Values(given), {})


@pages.page("/cases/{case}/commands/{name}", "office", methods=("POST",))
def give_command(
    name: str,
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Recorded, or refused with what was typed still there. A correction first shows what it moves
    and who has been told the old day."""
    form = _named(sight, name)
    command = None if typed.yes("back") else read_command(form, typed, sight, "", "")
    if command is None:
        return _form(request, sight, form, typed_values(typed), typed.mistakes)
    if isinstance(command, CorrectDate) and not typed.yes("seen"):
        return _before(request, sight, form, command, typed_values(typed))
    result = record(sight, command, "office", f"web {typed.once}")
    if isinstance(result, Refusal):
        return _form(request, sight, form, typed_values(typed), {"": result.reason})
    said = "already" if result.again else "done"
    place = ""
    if isinstance(command, CorrectDate):
        place = f"/corrections/{result.events[0][0]}"
    return RedirectResponse(f"/cases/{key_of(sight.id)}{place}?said={said}", 303)


def _before(
    request: Request, sight: Sight, form: CommandForm, command: CorrectDate, values: Values
) -> Response:
    found = ahead(sight, command)
    if isinstance(found, Refusal):
        return _form(request, sight, form, values, {"": found.reason})
    return render(
        request,
        "deadlines/correcting.html",
        sight=sight,
        name=form.command.__name__,
        found=found,
        value=values,
    )


def _named(sight: Sight, name: str) -> CommandForm:
    form = forms(sight).get(name)
    if form is None:
        raise NotAllowed("没有这件事可以办理。")
    return form


def _form(
    request: Request,
    sight: Sight,
    form: CommandForm,
    values: Values,
    mistakes: Mapping[str, str],
) -> Response:
    return render(
        request,
        "deadlines/command.html",
        422 if mistakes else 200,
        sight=sight,
        form=form,
        name=form.command.__name__,
        value=values,
        mistakes=dict(mistakes),
        refused=mistakes.get("", ""),
    )
