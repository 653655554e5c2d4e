"""Drafting the letters of a round: those that are missing, those that failed, and again while
nobody has taken a step with them. Every step on either database."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from documents.word import built_in_hash
from dudao.drafting import HELD
from engine.orders import LEASE, claim
from tasks import drafting
from tasks.drafting import DRAFTED, FAILED, TOUCHED, UNCHANGED
from tests.round_letters import AT, END, OFFICE, Desk, meanwhile
from tests.template_files import with_header, with_paragraph


@pytest.fixture(scope="module")
def lived(lived_until: Callable[..., Path]) -> Path:
    """Six schools, and the whole year with all its letters."""
    return lived_until(END, schools=6)


@pytest.fixture
def desk(lived: Path, tmp_path: Path, database_url: str) -> Iterator[Desk]:
    desk = Desk.at(lived, tmp_path / "home", database_url)
    yield desk
    desk.database.close()


def counted(desk: Desk, **how) -> Counter[str]:
    return Counter(came.came for came in desk.draft(**how).values())


# -- those that are missing ----------------------------------------------------------------------


def test_in_january_what_is_there_stays_and_what_is_missing_is_drafted(desk: Desk) -> None:
    """Two were never drafted, one failed for want of a template, of one the file is gone, of one
    the row: all of them come back as they would have been, to the byte."""
    rows, files = desk.rows(), desk.files()
    assert counted(desk) == {UNCHANGED: len(rows)} and desk.files() == files
    first, second, third, fourth, fifth = (row.order for row in rows[:5])
    desk.take_away(first, second)
    desk.take_away(third, as_="failed")
    desk.take_away(fourth, as_="done")
    (desk.home / "letters" / rows[4].path).unlink()
    came = desk.draft()
    assert [order for order, one in came.items() if one.came == DRAFTED] == [
        *(fifth, first, second, third, fourth)
    ]
    assert desk.rows() == rows and desk.files() == files and desk.states() == {"done"}
    assert counted(desk) == {UNCHANGED: len(rows)}


def test_what_a_flow_has_in_hand_is_left_to_it(desk: Desk) -> None:
    first, second = (row.order for row in desk.rows()[:2])
    desk.take_away(first, second)
    assert len(claim(desk.database, "issue_list", OFFICE, AT)) == 2
    assert counted(desk)[HELD] == 2
    assert counted(desk, at=AT + LEASE * 2)[DRAFTED] == 2  # whoever took them never came back


def test_a_file_that_was_changed_in_the_folder_is_named_and_left(desk: Desk) -> None:
    row = desk.rows()[0]
    place = desk.home / "letters" / row.path
    place.write_bytes(b"somebody's own")
    for anew in (False, True):
        came = desk.draft(anew)[row.order]
        assert came.came == FAILED and row.path in came.why and "没有动它" in came.why
        assert place.read_bytes() == b"somebody's own"


def test_one_that_cannot_be_written_fails_alone_and_can_be_tried_again(desk: Desk) -> None:
    """The office's template divides by nothing in the letters of one school."""
    rows = desk.rows()
    name = next(one.name for one in desk.owed() if one.claimed.id == rows[0].order)
    others = [row for row in rows if name not in row.title]
    desk.take_away(*(row.order for row in rows))
    desk.adopt(with_paragraph(f'{{% if "{name}" in title %}}{{{{ 1 // 0 }}}}{{% endif %}}'))
    came = desk.draft()
    failed = [order for order, one in came.items() if one.came == FAILED]
    assert len(failed) == len(rows) - len(others) and rows[0].order in failed
    assert all("模板中的标签在渲染时出错" in came[order].why for order in failed)
    assert desk.states() == {"done", "failed"}
    desk.adopt(b"")
    assert counted(desk) == {UNCHANGED: len(others), DRAFTED: len(failed)}
    assert desk.states() == {"done"}


# -- again ---------------------------------------------------------------------------------------


def test_again_in_the_template_that_holds_now_and_never_what_somebody_has_touched(
    desk: Desk,
) -> None:
    rows, files = desk.rows(), desk.files()
    own = rows[0].sha256
    touched = {
        rows[0].order: {"state": "edited", "text": "e" * 64},
        rows[1].order: {"state": "checked", "text": own},
        rows[2].order: {"state": "issued", "text": "f" * 64, "number": "示教督〔2026〕1号"},
        rows[3].order: {"received_at": "2026-12-30T01:00:00+00:00", "received_by": "H0001"},
    }
    for order, values in touched.items():
        desk.change(order, **values)
    before = desk.rows()
    assert counted(desk, anew=True) == {TOUCHED: 4, UNCHANGED: len(rows) - 4}
    hashed = desk.adopt(with_header("示例县教育督导"))
    assert counted(desk, anew=False)[UNCHANGED] == len(rows) - 4  # not asked for
    assert counted(desk, anew=True) == {TOUCHED: 4, DRAFTED: len(rows) - 4}
    after = desk.rows()
    assert after[:4] == before[:4]
    assert {row.template for row in after[4:]} == {hashed}
    for row in after[4:]:
        content = (desk.home / "letters" / row.path).read_bytes()
        assert sha256(content).hexdigest() == row.sha256
    assert files.items() <= desk.files().items()  # what somebody has open is still there
    assert counted(desk, anew=True) == {TOUCHED: 4, UNCHANGED: len(rows) - 4}
    desk.adopt(b"")
    assert counted(desk, anew=True)[DRAFTED] == len(rows) - 4
    assert [row.sha256 for row in desk.rows()] == [row.sha256 for row in rows]
    assert {row.template for row in desk.rows()} == {built_in_hash()}


def test_a_letter_that_is_checked_meanwhile_stays_as_it_was_checked(desk: Desk) -> None:
    row = desk.rows()[0]
    desk.adopt(with_header("示例县教育督导"))

    def checked() -> None:
        desk.change(row.order, state="checked", text=row.sha256)

    with meanwhile(drafting, "_replaced", checked):
        assert desk.draft(anew=True)[row.order].came == TOUCHED
    now = desk.rows()[0]
    assert (now.sha256, now.path, now.state) == (row.sha256, row.path, "checked")
    assert sha256((desk.home / "letters" / now.path).read_bytes()).hexdigest() == row.sha256


# -- by two at once ------------------------------------------------------------------------------


@pytest.mark.parametrize("anew", [False, True])
def test_two_who_start_it_at_once_end_with_every_letter_once(desk: Desk, anew: bool) -> None:
    rows, files = desk.rows(), desk.files()
    if anew:
        desk.adopt(with_header("示例县教育督导"))
    else:
        desk.take_away(*(row.order for row in rows))
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: desk.draft(anew), range(2)))
    for came in both:
        assert {one.came for one in came.values()} <= {DRAFTED, UNCHANGED, HELD, TOUCHED}
    assert desk.states() == {"done"} and len(desk.rows()) == len(rows)
    named = {row.path: row.sha256 for row in desk.rows()}
    assert named.items() <= desk.files().items()
    assert anew or (desk.rows(), desk.files()) == (rows, files)
    assert not [name for name in desk.files() if name.endswith(".part")]


def test_another_in_between_is_found_and_theirs_holds(desk: Desk) -> None:
    """A flow drafts the same letter in another template while this one is being written."""
    row = desk.rows()[0]
    desk.take_away(row.order)

    def other() -> None:
        desk.adopt(with_header("示例县教育督导"))
        assert desk.draft()[row.order].came == DRAFTED

    with meanwhile(drafting, "keep", other):
        assert desk.draft()[row.order].came == DRAFTED
    now = desk.rows()[0]
    assert now.template != built_in_hash() and len(desk.rows()) == len(
        {r.order for r in desk.rows()}
    )
    assert sha256((desk.home / "letters" / now.path).read_bytes()).hexdigest() == now.sha256
