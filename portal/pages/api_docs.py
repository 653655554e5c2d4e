"""接口说明: the API's description as a page in Chinese, drawn here and from nowhere else."""

from fastapi import Request, Response

from portal import api
from portal.api.commands import OF_OFFICE
from portal.api.describe import INTRODUCTION, TITLE, calls_of, commands_of
from portal.gate import ANYBODY, Pages
from portal.rendering import render

pages = Pages()


@pages.page(f"{api.PLACE}/docs", *ANYBODY)
def api_docs(request: Request) -> Response:
    """Every call, what it takes and answers; every command an office may give."""
    document = api.document()
    return render(
        request,
        "connections/api.html",
        title=TITLE,
        introduction=INTRODUCTION,
        calls=list(calls_of(document)),
        commands=list(commands_of(document, OF_OFFICE)),
        description=f"{api.PLACE}/openapi.json",
    )
