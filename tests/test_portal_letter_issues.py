"""Several letters issued at one go from the list, and what of an office's papers waits."""

from datetime import timedelta

from sqlalchemy import Row, select

from models.letters import Letter, LetterNumber
from tests.portal_letters import again, edited, file, lines, step, upload
from tests.portal_papers import address, letter
from tests.portal_people import Browser, County, said

_LETTERS, _NUMBERS = Letter.__table__, LetterNumber.__table__
KINDS = ("opinion_letter", "visit_notice", "visit_announcement", "process_guidance_record")


def checked(county: County, *kinds: str) -> list[Row]:
    """A letter of each kind, checked."""
    papers = [letter(county, kind) for kind in kinds]
    for row in papers:
        step(county.browser("O1"), row, "check")
    return papers


def register(county: County) -> list[int]:
    with county.database.reading() as connection:
        numbers = select(_NUMBERS.c.number).order_by(_NUMBERS.c.number)
        return list(connection.execute(numbers).scalars())


def all_ticked(clerk: Browser, query: str = "state=checked") -> None:
    clerk.open(f"/letters?{query}&all=1")


def test_each_gets_its_number_in_the_order_in_which_they_were_drafted(county: County) -> None:
    papers, clerk = checked(county, *KINDS), county.browser("O2")
    page = clerk.open("/letters?state=checked")
    assert clerk.form("/letters/issue").get("letter") is None  # nothing is ticked by itself
    assert 'href="/letters?state=checked&amp;all=1"' in page
    all_ticked(clerk)
    clerk.send("/letters/issue", 200)
    assert "已印发4件" in said(clerk.page) and "不编号，已归档" in said(clerk.page)
    now = [again(county, row) for row in papers]
    assert {row.state for row in now} == {"issued"}
    numbered = sorted((row.drafted_on, row.order, row.number) for row in now if row.number)
    assert [number for *_, number in numbered] == [f"示教督〔2026〕{n}号" for n in (1, 2, 3)]
    assert register(county) == [1, 2, 3]


def test_only_what_was_ticked_and_nothing_twice(county: County) -> None:
    first, second = checked(county, "opinion_letter", "visit_notice")
    clerk = county.browser("O2")
    all_ticked(clerk)
    stale = clerk.page
    chosen = [one for one in clerk.form("/letters/issue")["letter"] if second.sha256 in one]
    clerk.send("/letters/issue", 200, letter=chosen)
    assert again(county, first).state == "checked"
    page = said(clerk.page)
    clerk.page = stale
    clerk.send("/letters/issue", 200, letter=chosen)  # the button pressed twice
    assert said(clerk.page) == page and register(county) == [1]
    clerk.page = stale
    clerk.send("/letters/issue", 200, letter=[])
    assert "没有选择文书" in said(clerk.page)


def test_what_is_refused_stands_with_its_reason_and_leaves_no_gap(county: County) -> None:
    """One lost the place of its number, one was changed since the list was opened."""
    clerk = county.browser("O2")
    lost, stale, good = (letter(county, kind) for kind in KINDS[:3])
    place = next(line for line in lines(file(clerk, lost)) if line.startswith("示教督〔"))
    upload(clerk, lost, edited(file(clerk, lost), place, "示教督"))
    for row in (lost, stale, good):
        step(county.browser("O1"), row, "check")
    all_ticked(clerk, "state=unnumbered&kind=visit_notice")
    ticked = clerk.form("/letters/issue")["letter"]
    county.now += timedelta(minutes=1)
    upload(clerk, stale, edited(file(clerk, stale)))
    all_ticked(clerk)
    clerk.send("/letters/issue", 200, letter=[*clerk.form("/letters/issue")["letter"], *ticked])
    page = said(clerk.page)
    assert "已印发1件" in page and "没有印发2件" in page
    assert "找不到发文字号的位置" in page and "修改后还没有核稿" in page
    assert again(county, good).number == "示教督〔2026〕1号" and register(county) == [1]


def test_it_is_for_the_offices_own_letters(county: County) -> None:
    [row] = checked(county, "opinion_letter")
    clerk = county.browser("O2")
    all_ticked(clerk)
    typed = {name: values[0] for name, values in clerk.form("/letters/issue").items()}
    for other in ("V1", "H0001", "I06"):
        browser = county.browser(other)
        assert browser.client.post("/letters/issue", data=typed).status_code == 403
        assert "/letters/issue" not in browser.client.get("/letters?state=checked").text
    clerk.send("/letters/issue", 200, letter=[f"none@00001.0 {'0' * 64}", "x", ""])
    assert "它不由本室办理" in said(clerk.page)
    assert again(county, row).state == "checked"
    assert "/letters/issue" not in clerk.open("/letters?state=issued")


def test_the_first_page_says_how_many_wait_and_leads_to_them(county: County) -> None:
    clerk = county.browser("O2")
    assert "文书待印发" not in said(clerk.open("/"))
    papers = checked(county, *KINDS)
    page = said(clerk.open("/"))
    assert "文书待印发 4件已核稿" in page and "文书待核稿" in page
    assert 'href="/letters?state=checked"' in clerk.page
    listed = clerk.open("/letters?state=checked")
    assert all(address(row) in listed for row in papers)
    with county.database.reading() as connection:
        wanted = select(_LETTERS.c.order).where(
            _LETTERS.c.kind == "opinion_letter", _LETTERS.c.state == "drafted"
        )
        opinions = connection.execute(wanted).scalars().all()
    unchecked = clerk.open("/letters?state=unchecked&kind=opinion_letter")
    assert unchecked.count('data-name="成文日期"') == len(opinions)
    assert "没有符合条件" in clerk.open("/letters?state=unchecked&kind=process_guidance_record")
