"""待审核: what schools have handed in and what reviews wait for, in every round that runs: by day,
one tap to the form."""

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from portal.access import Visitor
from portal.desk import Desk
from portal.gate import Pages, entered
from portal.ledgers.asking import link, page_of, word
from portal.office_work import Owing, in_words, overviews, owing
from portal.overview import FAR
from portal.rendering import render
from portal.sight import directory, reading

PAGE = 50

# What an office looks through and answers: its title, and the deadlines (kind, name) it is owed by.
SORTS = {
    "self_assessment": ("自评报告", {("self_assessment", "review")}),
    "opinion": ("初步意见", {("on_site_review", "preliminary_opinion")}),
    "defence": ("申辩", {("on_site_review", "consider")}),
    "letter": ("督评意见书", {("on_site_review", "opinion_letter")}),
    "review": ("复查申请", {("on_site_review", "review_answer")}),
}

pages = Pages()


@pages.page("/reviews", "office")
def reviews_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The list; ``?sort=`` one sort only."""
    desk: Desk = request.app.state.desk
    found = [
        (sort, one)
        for one in owing(overviews(desk, connection, visitor.organisation), FAR)
        if (sort := sort_of(one))
    ]
    wanted = word(request, "sort", SORTS)
    shown = [one for sort, one in found if not wanted or sort == wanted]
    page = page_of(request, len(shown), PAGE)
    organisations = directory(desk, connection).organisations
    return render(
        request,
        "office/reviews.html",
        wanted=wanted,
        sorts=[
            (sort, title, sum(one == sort for one, _ in found))
            for sort, (title, _) in SORTS.items()
        ],
        whole=len(found),
        late=sum(one.owed.due_on < desk.today() for one in shown),
        lines=in_words(desk, shown[page.first_row : page.first_row + PAGE], organisations),
        page=page,
        link=lambda **changed: link(request, **changed),
    )


def sort_of(one: Owing) -> str:
    """Which sort of review a duty is; empty for every other duty."""
    wanted = (one.kind, one.owed.name)
    return next((sort for sort, (_, names) in SORTS.items() if wanted in names), "")
