"""一校一档 where something is odd: files gone, letters withdrawn, signs no font has; how long each
paper is kept; and the command that writes a case's file."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from documents.archive.letters import REMARKS
from documents.archive.volume import BLANK, NotArchived, bind
from documents.catalogue import LETTERS
from documents.faces import Faces
from models.cases import Case
from models.letters import Letter
from models.organisations import Organisation
from rules.letter_life import PHASES
from rules.retention import RULES, TERMS, longest, term_of
from tests.filed_cases import END, UNMARKED, Filed, evaluated, pages, unpacked
from tests.portal_letters import issued, step
from tests.portal_papers import letter
from tests.portal_people import County, county_at
from tests.test_commands import run

_LETTERS, _CASES = Letter.__table__, Case.__table__


@pytest.fixture(scope="module")
def lived(lived_until: Callable[..., Path]) -> Path:
    return lived_until(END, schools=6)


@pytest.fixture
def county(lived: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(lived, tmp_path / "county", END) as county:
        yield county


@pytest.fixture
def filed(county: County) -> Filed:
    return evaluated(county)


# -- what is odd ---------------------------------------------------------------------------------


def test_a_school_that_was_not_visited_has_its_own_scores_and_ten_or_thirty_years(
    filed: Filed,
) -> None:
    with filed.county.database.reading() as connection:
        reviewed = select(_LETTERS.c.case).where(_LETTERS.c.kind == "opinion_letter")
        others = select(_CASES.c.subject).where(_CASES.c.of == "case", _CASES.c.id.not_in(reviewed))
        school = connection.execute(others.order_by(_CASES.c.id)).scalars().first()
    found = filed.bound(school)[0]
    assert found.term == "30" and "本轮没有督评得分" in "".join(pages(found.pdf))


def test_a_file_that_is_gone_is_named_and_the_rest_is_bound(county: County, filed: Filed) -> None:
    row = letter(county, "opinion_letter", filed.school)
    (county.desk.letters / row.path).unlink()
    found, bundle = filed.bound()
    assert found.missing == [f"文件缺失：{row.title}。"]
    assert (
        "未能收入" in "".join(pages(found.pdf))
        and f"文件缺失：{row.title}" in (pages(found.pdf)[-1])
    )
    assert not [name for name in unpacked(bundle) if "督评意见书" in name]


def test_a_letter_withdrawn_stays_in_the_file_and_says_so(county: County, filed: Filed) -> None:
    row = issued(county, letter(county, "opinion_letter", filed.school))
    step(county.browser("O2"), row, "withdraw", reason="事实有误")
    found = next(one for one in filed.bound()[0].letters if one.kind == "opinion_letter")
    assert (found.number, found.remark) == ("示教督〔2026〕1号", "已撤回")


ODD = "示例\ue000小学\u200b喆𬀩\U0001f3eb\u202e<b>#[x]{{ 7 * 7 }}\ud800&\x01"


def test_what_no_font_can_show_is_marked_and_named(county: County, filed: Filed) -> None:
    """PDF/A takes no empty box, and typst no half character."""
    own = update(Organisation.__table__).where(Organisation.__table__.c.code == filed.school)
    with county.database.writing() as connection:
        connection.execute(own.values(name=ODD.replace("\ud800", "\ufffd")))
    found = filed.bound()[0]
    assert "U+E000" in found.mended[-1] and BLANK in "".join(pages(found.pdf))
    assert "{{7*7}}" in pages(found.pdf)[0] and "#[x]" in pages(found.pdf)[0]


def test_a_case_without_any_entry_has_nothing_to_file(filed: Filed) -> None:
    with filed.county.database.reading() as connection:
        dossier = filed.dossier(connection)
        dossier.__dict__["story"] = ()
        with pytest.raises(NotArchived, match="还没有任何记录"):
            bind(dossier, filed.county.desk.letters, Faces(), UNMARKED)


# -- how long ------------------------------------------------------------------------------------


def test_every_paper_has_its_term_and_the_file_the_longest() -> None:
    assert RULES.keys() == LETTERS.keys() and {rule.term for rule in RULES.values()} == {*TERMS}
    for kinds, term in (
        (["visit_announcement"], "10"),
        (["visit_announcement", "rectification_report"], "30"),
        (["rectification_report", "opinion_letter", "visit_announcement"], "permanent"),
        ([], "10"),
    ):
        assert longest(kinds) == term
    assert term_of("a letter of another program") == "30"


def test_the_index_notes_whatever_is_not_in_force() -> None:
    assert REMARKS.keys() == PHASES.keys() - {"issued"}


# -- the command ---------------------------------------------------------------------------------


def test_the_command_writes_both_files_whole_and_says_what_is_in_them(
    lived: Path, county: County, filed: Filed, tmp_path: Path
) -> None:
    asked = ("letters", "archive", "--case", filed.case, "--home", lived, "--out", tmp_path / "档")
    code, said = run(*asked)
    volume, bundle = filed.bound()
    assert code == 0 and f"保管期限永久，收入文书{len(volume.letters)}件。" in said
    made = {file.suffix: file for file in (tmp_path / "档").iterdir()}
    assert made[".zip"].read_bytes() == bundle and made[".pdf"].read_bytes() == volume.pdf
    assert run(*asked)[0] == 0 and len(list((tmp_path / "档").iterdir())) == 2
    assert run(*asked, "--term", "10年")[1].splitlines()[-1].startswith("保管期限10年")


def test_what_the_command_cannot_do_it_says(lived: Path, filed: Filed, tmp_path: Path) -> None:
    asked = ("letters", "archive", "--home", lived, "--out", tmp_path, "--case")
    for arguments, why in (
        ((*asked, "SLX-DD/none"), "没有案卷“SLX-DD/none”"),
        ((*asked, filed.case, "--term", "50年"), "应为永久、30年、10年之一"),
        ((*asked, filed.case, "--database", tmp_path / "none.db"), "没有找到数据库"),
    ):
        code, said = run(*arguments)
        assert code == 2 and why in said
    (tmp_path / "file").write_text("")
    code, said = run(*asked, filed.case, "--out", tmp_path / "file")
    assert code == 1 and "写不进去" in said
