"""A school's own pages: what is asked of it and until when, what it has to mend, whom it may ask,
how often it was visited, and how it stood in earlier years."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.dossier import read_dossier
from models.issues import IssueRow
from models.letters import Letter
from models.organisations import Organisation
from models.people import Assignment, Person
from models.visits import Visit
from rules.explanation import full
from rules.issue_list import OPEN
from tests.portal_people import County, county_at, said

_ISSUES, _LETTERS, _VISITS = IssueRow.__table__, Letter.__table__, Visit.__table__
_ORGANISATIONS, _PEOPLE = Organisation.__table__, Person.__table__
_ASSIGNED = Assignment.__table__


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return lived_until(date(2026, 2, 5))


@pytest.fixture(scope="module")
def june(lived_until: Callable[..., Path]) -> Path:
    """Reviewed, and the problems found are being rectified."""
    return lived_until(date(2026, 6, 10))


@pytest.fixture
def early(february: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6)) as county:
        yield county


@pytest.fixture
def later(june: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(june, tmp_path / "county", date(2026, 6, 10)) as county:
        yield county


def rows(county: County, wanted: Any) -> list[Any]:
    with county.database.reading() as connection:
        return connection.execute(wanted).all()


def home(county: County, head: str) -> str:
    return county.browser(head).open("/")


# -- the first page ------------------------------------------------------------------------------


def test_what_is_asked_of_us_stands_first_with_its_day_and_why(early: County) -> None:
    page = home(early, "H0001")
    text = said(page)
    assert "要办的事 提交自评报告" in text
    assert "2026年2月13日（周五）" in text and "还有5个工作日" in text
    assert "为什么是这一天" in text and "截止日为2026年2月13日" in text
    where = f"/cases/{early.key('S0001')}/self_assessment/self-assessment"
    assert f'class="button primary" href="{where}"' in page


def test_what_is_overdue_is_said_at_the_top(early: County) -> None:
    early.move_to(date(2026, 3, 2))
    text = said(home(early, "H0001"))
    assert "有1件事已经逾期" in text and "已超过" in text


def test_who_has_handed_in_waits_and_knows_until_when(early: County) -> None:
    text = said(home(early, "H0002"))
    assert "现在没有要我校办理的事" in text and "审核自评报告 督导室，2026年2月5日" in text


def test_whom_to_ask_stands_there_with_the_phone(early: County) -> None:
    with early.database.writing() as connection:
        office = {"facts": {"phone": "0912-1234567"}}
        connection.execute(
            update(_ORGANISATIONS).where(_ORGANISATIONS.c.code == "SLX-DD").values(**office)
        )
        connection.execute(update(_PEOPLE).values(phone="0912-7654321"))
    page = home(early, "H0001")
    assert 'href="tel:0912-1234567"' in page and 'href="tel:0912-7654321"' in page
    assert "责任督学" in said(page)


def test_problems_to_mend_are_listed_with_their_day_and_their_report(later: County) -> None:
    own = select(_ISSUES).where(_ISSUES.c.state.in_(OPEN), _ISSUES.c.unit == "school")
    found = rows(later, own)
    assert found
    school = found[0].subject
    mine = [issue for issue in found if issue.subject == school]
    head = school.replace("S", "H")
    page = home(later, head)
    assert f"要整改的问题（{len(mine)}个）" in said(page)
    waiting = [issue for issue in mine if issue.state in ("raised", "refused", "reopened")]
    for issue in waiting:
        assert f"/{issue.stage}/ReportRectification~{issue.number}" in page
        assert f"第{issue.number}号：" in page


def test_letters_nobody_has_opened_are_counted(later: County) -> None:
    letters = rows(later, select(_LETTERS).where(_LETTERS.c.case == later.case("S0002")))
    assert letters
    text = said(home(later, "H0002"))
    assert "未签收的文书（" in text and "督评意见书" in text
    with later.database.writing() as connection:
        connection.execute(update(_LETTERS).values(received_at="2026-06-01T00:00:00Z"))
    assert "都已签收" in said(home(later, "H0002"))


def test_our_inspections_stand_beside_what_a_year_may_have(later: County) -> None:
    reviewed = rows(later, select(_VISITS).where(_VISITS.c.kind == "on_site_review"))
    subject = reviewed[0].subject
    page = home(later, subject.replace("S", "H"))
    assert "1 次，一年最多5次" in said(page)
    guided = select(_VISITS).where(_VISITS.c.subject == subject)
    assert f"今年全部到校（{len(rows(later, guided))}次）" in said(page)


def test_the_team_that_comes_is_announced_on_the_first_page(later: County) -> None:
    coming = [(subject, data.starts) for subject, data in reviews(later) if data.starts]
    subject, starts = coming[0]
    later.move_to(starts - timedelta(3))
    text = said(home(later, subject.replace("S", "H")))
    assert f"督导组{full(starts)}至" in text and "到校实地督导" in text


def reviews(county: County) -> Iterator[tuple[str, Any]]:
    """The reviews still open, by subject."""
    for subject in (f"S{number:04}" for number in range(1, 9)):
        with county.database.reading() as connection:
            dossier = read_dossier(connection, county.journal.shelf, county.case(subject))
            standing = dossier.state.stages.get("on_site_review")
            if standing and standing.open:
                yield subject, standing.data


def test_a_right_is_offered_and_not_demanded(later: County) -> None:
    later.move_to(date(2026, 6, 9))  # the last day for one school
    for head in (f"H{number:04}" for number in range(1, 9)):
        text = said(home(later, head))
        asked, _, offered = text.partition("还可以办理")
        assert "申请复查 学校" not in asked
        if "申请复查" in offered:
            assert "前可以提出" in offered
            return
    raise AssertionError("nobody may ask for a review in June")


def test_a_right_whose_last_day_is_over_is_out_of_the_way(later: County) -> None:
    """On the tenth of June the ninth is past; what came on paper by then can still be typed in."""
    subject = next(code for code, data in reviews(later) if data.review == "open")
    page = home(later, subject.replace("S", "H"))
    assert "申请复查" not in page
    school = later.browser(subject.replace("S", "H"))
    folded = school.open(f"/cases/{later.key(subject)}").partition("<details><summary>期限已过")
    assert "申请复查" in folded[2] and "申请复查" not in folded[0]
    assert "申请复查的理由" in said(
        school.open(f"/cases/{later.key(subject)}/on_site_review/RequestReview")
    )


def test_a_school_without_a_case_has_a_page_too(early: County) -> None:
    with early.database.writing() as connection:
        new = {"code": "S0999", "name": "新建小学", "kind": "primary", "parent": None}
        more = {"initials": "", "tier": "", "invented": True, "facts": {}}
        connection.execute(_ORGANISATIONS.insert().values(**new, **more))
        connection.execute(_PEOPLE.insert().values(id="H0999", name="新校长", mail="", phone=""))
        post = {"person": "H0999", "role": "school", "organisation": "S0999", "rank": 0}
        connection.execute(_ASSIGNED.insert().values(**post))
    head = early.browser("H0999")
    assert "现在没有要我校办理的事" in said(head.open("/"))
    assert "还没有评估记录" in said(head.open("/history"))


# -- the years -----------------------------------------------------------------------------------


def test_the_years_show_both_scores_side_by_side(later: County) -> None:
    reviewed = rows(later, select(_VISITS).where(_VISITS.c.kind == "on_site_review"))
    text = said(later.browser(reviewed[0].subject.replace("S", "H")).open("/history"))
    assert "自评" in text and "督评" in text and "等" in text
    assert "实地督导 2026年" in text and "各领域得分率" in text


def test_the_years_of_a_school_are_open_to_whom_it_concerns(early: County) -> None:
    assert "八一历年评估" in said(early.browser("O2").open("/history/S0002"))
    assert "八一历年评估" in said(early.browser("H0002").open("/history/S0002"))
    early.browser("H0001").open("/history/S0002", 403)
    early.browser("O2").open("/history/NOBODY", 403)


def test_a_page_number_that_is_none_is_the_first(early: County) -> None:
    head = early.browser("H0002")
    for page in ("0", "-1", "x", "9" * 30, "²"):
        assert "2026年" in said(head.open(f"/history?page={page}"))
    assert "还没有评估记录" in said(head.open("/history?page=9"))
