"""待审核: what schools have handed in and what reviews wait for, in every round that runs: by day,
one tap to the form."""

from collections import Counter

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from engine.dossier import read_directory
from portal.access import Visitor
from portal.desk import Desk
from portal.gate import Pages, entered
from portal.ledgers.asking import link, page_of, word
from portal.office_work import in_words, overviews, owing
from portal.rendering import render
from portal.sight import reading

PAGE = 50

# What an office looks through and answers.
SORTS = {
    "self_assessment": "自评报告",
    "opinion": "初步意见",
    "defence": "申辩",
    "letter": "督评意见书",
    "review": "复查申请",
}
# By which duty each comes: stage kind and deadline.
_SORT_OF = {
    ("self_assessment", "review"): "self_assessment",
    ("on_site_review", "preliminary_opinion"): "opinion",
    ("on_site_review", "consider"): "defence",
    ("on_site_review", "opinion_letter"): "letter",
    ("on_site_review", "review_answer"): "review",
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
        for one in owing(overviews(desk, connection, visitor.organisation))
        if (sort := _SORT_OF.get((one.kind, one.owed.name)))
    ]
    counts = Counter(sort for sort, _ in found)
    wanted = word(request, "sort", SORTS)
    shown = [one for sort, one in found if not wanted or sort == wanted]
    page = page_of(request, len(shown), PAGE)
    organisations = read_directory(connection).organisations
    return render(
        request,
        "office/reviews.html",
        wanted=wanted,
        sorts=[(sort, title, counts[sort]) for sort, title in SORTS.items()],
        whole=len(found),
        late=sum(one.owed.due_on < desk.today() for one in shown),
        lines=in_words(
            desk, connection, shown[page.first_row : page.first_row + PAGE], organisations
        ),
        page=page,
        link=lambda **changed: link(request, **changed),
    )
