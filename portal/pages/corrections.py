"""更正日期: what a correction in the log has moved, and who had been told the old day."""

from fastapi import Depends, Request, Response

from engine.corrections import recorded
from portal.access import leads
from portal.corrections import shown
from portal.gate import NotAllowed, Pages
from portal.rendering import render
from portal.sight import Sight, case_at_hand

pages = Pages()


@pages.page("/cases/{case}/corrections/{number}", "office")
def correction_page(
    number: str, request: Request, sight: Sight = Depends(case_at_hand)
) -> Response:
    """One correction, by its number in the case's log."""
    if not leads(sight.visitor, sight.row.office):
        raise NotAllowed("更正日期由主办的督导室办理和查看。")
    seq = int(number) if number.isdecimal() and len(number) < 10 else 0
    found = recorded(sight.dossier, seq)
    if found is None:
        raise NotAllowed("日志里没有这次更正。")
    view = shown(sight, found)
    return render(request, "deadlines/corrected.html", sight=sight, found=view, number=seq)
