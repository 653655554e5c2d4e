"""Letters as a whole: every kind is written, at once or late alike, from what was known then."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from documents.catalogue import LETTERS, Written, write_letter
from documents.payloads import ERASED
from engine.library import shipped, shipped_names
from tests.paper_county import FIRST, SECOND, County, found_county
from tests.paper_reading import read
from tests.paper_week import live_through_a_week
from tests.paper_year import live_through_2026

Drafted = dict[tuple[str, int, str], Written]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[County, Drafted]]:
    """A year in which every letter was drafted as soon as it was owed, and those letters."""
    county = found_county(tmp_path_factory.mktemp("year") / "county.db")
    county.at_once = {}
    live_through_2026(county)
    yield county, county.at_once
    county.database.close()


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[County, Drafted]]:
    """The same for a week of tiered visits."""
    path = tmp_path_factory.mktemp("week") / "county.db"
    county = found_county(path, "tiered_visits.yaml")
    county.at_once = {}
    live_through_a_week(county)
    yield county, county.at_once
    county.database.close()


def letters_named(process: str) -> set[str]:
    """The letter kinds a definition calls for."""
    stages = yaml.safe_load(shipped(process))["stages"]
    return {kind for s in stages for kinds in s.get("letters", {}).values() for kind in kinds}


def test_every_letter_a_definition_names_exists():
    named = set().union(*(letters_named(name) for name in shipped_names()))
    assert named == set(LETTERS)


def test_every_letter_there_is_is_written_in_these_stories(year, week):
    written = {kind for _, drafted in (year, week) for _, _, kind in drafted}
    assert written == set(LETTERS)


def test_a_stem_names_the_room_of_its_letters():
    for letter in LETTERS.values():
        assert letter.write.__module__.startswith(f"documents.{letter.stem}"), letter.kind
        assert letter.write.__name__ == letter.kind
        assert letter.write.__doc__


@pytest.mark.parametrize("process", ["year", "week"])
def test_drafted_at_the_year_s_end_a_letter_says_what_it_said_on_its_day(
    process: str, request: pytest.FixtureRequest
):
    """Reminders that failed, a worker that was down: whenever it is drafted, the same bytes."""
    county, at_once = request.getfixturevalue(process)
    late: Drafted = {}
    county.draft(late)
    assert late.keys() == at_once.keys()
    for key, written in at_once.items():
        assert late[key] == written, key


def test_the_same_year_lived_again_gives_the_same_bytes(year, tmp_path: Path):
    _, first = year
    again = found_county(tmp_path / "again.db")
    live_through_2026(again)
    drafted: Drafted = {}
    again.draft(drafted)
    again.database.close()
    assert {key: written.content for key, written in drafted.items()} == {
        key: written.content for key, written in first.items()
    }


def test_sources_are_events_of_the_case_no_later_than_the_command(year):
    county, drafted = year
    for (school, seq, kind), written in drafted.items():
        assert seq in written.sources, kind
        assert written.sources == sorted(set(written.sources))
        with county.database.reading() as connection:
            known = {told.seq for told in county.dossier(connection, school).story}
        assert set(written.sources) <= known


def test_what_quotes_the_example_standard_says_it_is_one(year):
    """Nobody may take an invented cut-off for an official one."""
    _, drafted = year
    quoting = 0
    for (_, _, kind), written in drafted.items():
        text = read(written).text
        if "分" in text and "版本" in text:
            quoting += 1
            assert "示例，非官方" in text, kind
    assert quoting >= 8


def test_every_paper_is_a4_with_numbered_pages_and_repeated_heads(year):
    _, drafted = year
    for (_, _, kind), written in drafted.items():
        letter = read(written)
        page = letter.document.sections[0]
        sizes = {round(page.page_width.mm), round(page.page_height.mm)}
        assert sizes == {210, 297}, kind
        margins = (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
        upright = page.page_height > page.page_width
        assert [round(m.mm) for m in margins] == ([37, 35, 28, 26] if upright else [28, 26, 24, 24])
        assert "PAGE" in page.footer._element.xml
        for table in letter.document.tables:
            assert table._tbl.tr_lst[0].xpath("./w:trPr/w:tblHeader"), kind
        assert letter.document.core_properties.title == written.title


def test_dates_are_written_without_leading_zeros(year):
    import re

    _, drafted = year
    for (_, _, kind), written in drafted.items():
        assert not re.search(r"年0|月0", read(written).text), kind
        assert "None" not in read(written).text, kind


def test_an_erased_case_still_writes_every_paper_and_says_so(tmp_path: Path):
    county = live_through_2026(found_county(tmp_path / "erased.db"))
    before = {item: county.write("issue_demand", FIRST, item) for item in "123"}
    county.erase(FIRST)
    for seq, order in county.letters(FIRST):
        with county.database.reading() as connection:
            written = write_letter(county.dossier(connection, FIRST), order.name, order.about, seq)
        text = read(written).text
        if order.name not in ("self_assessment_handbook", "visit_announcement", "visit_notice"):
            assert ERASED in text, order.name
        assert "德育工作体系不完整" not in text
    demand = read(county.write("issue_demand", FIRST, "3"))
    assert demand.fact("问题") == ERASED
    assert demand.fact("依据") == "A1.2.1 德育工作体系"  # no free text: it stays
    assert read(before["3"]).fact("问题") == "德育工作体系不完整"
    letter = read(county.write("opinion_letter", FIRST))
    assert "督评总分989.5分" in letter.text  # figures stand in the events
    county.database.close()


def test_a_letter_there_is_not_is_refused(year):
    county, _ = year
    with county.database.reading() as connection, pytest.raises(KeyError):
        write_letter(county.dossier(connection, FIRST), "love_letter", {}, 1)


def test_an_opinion_letter_takes_milliseconds(year):
    """Measured, not guessed; the bound is ten times what this takes on two slow cores."""
    county, _ = year
    [(seq, order)] = [each for each in county.letters(SECOND) if each[1].name == "opinion_letter"]
    with county.database.reading() as connection:
        dossier = county.dossier(connection, SECOND)
        took = []
        for _ in range(15):
            begun = time.process_time()
            write_letter(dossier, order.name, order.about, seq)
            took.append(time.process_time() - begun)
    assert statistics.median(took) < 0.25
