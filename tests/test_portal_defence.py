"""答复申辩 at the portal: what the school disputes is looked at once more, and answered."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from models.scores import Score
from tests.portal_people import County, county_at, said
from tests.portal_scoring import review

IN_TIME = {"happened_on": "2026-05-20"}  # came on paper within the term, typed in later


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """Eight schools; 八一 was visited early in May and has heard the opinion."""
    return lived_until(date(2026, 5, 22))


@pytest.fixture
def county(may: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(may, tmp_path / "county", date(2026, 5, 25)) as county:
        yield county


def test_a_defence_is_answered_with_changed_scores(county: County) -> None:
    head, office, at = county.browser("H0002"), county.browser("O1"), review(county, "S0002")
    head.open(f"{at}/StateDefence")
    head.send(f"{at}/StateDefence", text="活动记录已补充。", indicators=["A1.1.3"], **IN_TIME)
    answer = f"{at}/ConsiderDefence"
    page = said(office.open(answer))
    assert "活动记录已补充。" in page and "A1.1.3 党建带团建队建" in page
    before = _total(county)
    area = f"{at}/scores/A1"
    office.open(area)
    office.send(area, a__A1__1__3__points="10", a__A1__1__3__reason="")
    office.open(answer)
    assert "调整了1项" in said(office.page)
    office.send(answer, status=422, upheld="yes")
    assert "请填写" in said(office.page)
    office.send(answer, upheld="yes", reason="补充的记录属实。")
    assert _total(county) > before
    assert "答复申辩" in said(office.open(at))


def test_what_is_over_or_seldom_wanted_is_out_of_the_way(county: County) -> None:
    """The term for a defence is over; the six vetoes are one line until somebody opens it."""
    at = review(county, "S0002")
    head = county.browser("H0002")
    shown, _, folded = head.open(at).partition("<details><summary>期限已过")
    assert "提出申辩" not in shown and "提出申辩" in folded
    head.open(f"{at}/StateDefence")
    head.send(f"{at}/StateDefence", text="请再核。", **IN_TIME)
    shown, _, folded = county.browser("O1").open(at).partition("<summary>一票否决事项")
    assert "ConfirmVeto" not in shown and folded.count("ConfirmVeto~") == 6


def _total(county: County) -> float:
    rows = Score.__table__
    wanted = select(rows.c.total).where(rows.c.subject == "S0002", rows.c.side == "review")
    with county.database.reading() as connection:
        return float(connection.execute(wanted.order_by(rows.c.seq.desc())).scalars().first() or 0)


def test_a_defence_may_be_answered_without_touching_the_scores(county: County) -> None:
    head, office, at = county.browser("H0002"), county.browser("O1"), review(county, "S0002")
    head.open(f"{at}/StateDefence")
    head.send(f"{at}/StateDefence", text="请再核。", **IN_TIME)
    before = _total(county)
    office.open(f"{at}/ConsiderDefence")
    office.send(f"{at}/ConsiderDefence", upheld="no", reason="依据充分，维持。")
    assert _total(county) == before
    county.browser("I11").open(f"{at}/ConsiderDefence", 403)
