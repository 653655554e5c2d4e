"""A letter's life at the portal: the office checks, issues, withdraws and replaces it; what the
addressee sees of that; the register of numbers."""

import io
import json
from datetime import date
from hashlib import sha256

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from models.events import StoredEvent
from portal.pages.letters import letter_key
from tests.portal_letters import again, edited, file, issued, lines, pdf_text, step, upload
from tests.portal_papers import address, consultation, letter, received
from tests.portal_people import County, said

NEW_YEARS_EVE = date(2026, 12, 31)
_EVENTS = StoredEvent.__table__


def test_an_untouched_letter_goes_out_with_its_number_in_word_and_pdf(county: County) -> None:
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    draft = clerk.client.get(f"{address(row)}/pdf")
    assert draft.headers["content-disposition"].startswith("inline") and "示教督" in pdf_text(
        draft.content
    )
    page = step(county.browser("O1"), row, "check")
    assert "核稿" in page and "将编为“示教督〔2026〕1号”" in page
    page = step(clerk, row, "issue")
    now = again(county, row)
    assert (now.state, now.number, now.issued_on) == ("issued", "示教督〔2026〕1号", NEW_YEARS_EVE)
    assert "示教督〔2026〕1号" in page and "督导室干事" in page
    school = county.browser(f"H{row.case[-4:]}")
    assert "示教督〔2026〕1号" in said(school.open(address(row)))
    word, pdf = file(school, row), school.client.get(f"{address(row)}/pdf").content
    assert sha256(word).hexdigest() == now.text and sha256(pdf).hexdigest() == now.pdf
    written = lines(word)
    assert "示教督〔2026〕1号" in written
    assert any(line.endswith("2026年12月31日印发") for line in written)
    assert "示教督〔2026〕1号" in pdf_text(pdf) and "2026年12月31日印发" in pdf_text(pdf)
    with county.database.reading() as connection:
        wanted = select(_EVENTS.c.body).where(_EVENTS.c.type == "letter.issued")
        event = json.loads(connection.execute(wanted).scalar_one())
    assert (event["sha256"], event["pdf_sha256"]) == (now.text, now.pdf)
    assert (event["line"], event["kind"]) == (now.number, "opinion_letter")


def test_a_withdrawn_paper_says_so_and_another_takes_its_place(county: County) -> None:
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    draft = file(clerk, row)
    first = issued(county, row)
    assert "请填写" in step(clerk, row, "withdraw", 422, reason="") or "须写明理由" in said(
        clerk.page
    )
    step(clerk, row, "withdraw", reason="引用条款有误")
    school = county.browser(f"H{row.case[-4:]}")
    page = said(school.open(address(row)))
    assert "已撤回" in page and "引用条款有误" in page
    assert received(county, row) == ("", "", "")  # nobody signs for what holds no longer
    upload(clerk, row, edited(draft), step="supersede", reason="更正引用条款")
    new = again(county, row).replaced_by
    key = letter_key(new)
    successor = letter(county, "opinion_letter", order=new.rpartition("#")[2], case=row.case)
    assert successor.order == new and successor.received_at == ""
    issued(county, successor)
    assert again(county, successor).number == "示教督〔2026〕2号"
    page = school.open(address(row))
    assert f"/letters/{key}" in page and "已由新件替代" in said(page)
    school.open(f"/letters/{key}")
    assert received(county, successor)[1] == f"H{row.case[-4:]}"
    assert "示教督〔2026〕1号" in said(school.page) and first.number == "示教督〔2026〕1号"


def test_what_takes_the_place_of_a_departments_letter_is_the_departments(county: County) -> None:
    row, school = consultation(county)
    clerk = county.browser("O2")
    draft = file(clerk, row)
    issued(county, row)
    upload(clerk, row, edited(draft), step="supersede", reason="重写")
    successor = f"/letters/{letter_key(again(county, row).replaced_by)}"
    assert county.browser("DCZ").client.get(successor).status_code == 200
    assert county.browser(f"H{school[-4:]}").client.get(successor).status_code == 403


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("process_guidance_record", ""),
        ("preliminary_opinion", ""),  # said to the school by the team, not under the red head
        ("issue_demand", "改进建议单"),  # mended on the spot: the same kind, and no demand
    ],
)
def test_what_bears_no_number_is_filed(county: County, kind: str, title: str) -> None:
    row, clerk = letter(county, kind, title=title), county.browser("O2")
    page = step(county.browser("O1"), row, "check")
    assert "不编发文字号" in page
    page = step(clerk, row, "issue")
    now = again(county, row)
    assert (now.state, now.number, now.text) == ("issued", "", row.sha256) and "已归档" in page
    assert now.pdf and sha256(file(clerk, row)).hexdigest() == row.sha256


def test_pressed_twice_it_is_issued_once(county: County) -> None:
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    step(county.browser("O1"), row, "check")
    clerk.open(address(row))
    stale = clerk.page
    clerk.send(f"{address(row)}/issue")
    clerk.page = stale
    clerk.send(f"{address(row)}/issue")
    assert "没有重复登记" in said(clerk.page)
    assert again(county, row).number == "示教督〔2026〕1号"


def test_only_the_letters_own_office_takes_its_steps(county: County) -> None:
    row = letter(county, "opinion_letter")
    clerk = county.browser("O2")
    clerk.open(address(row))
    typed = {name: values[0] for name, values in clerk.form(f"{address(row)}/check").items()}
    for other in ("V1", "U1", "I06", f"H{row.case[-4:]}", "DCZ"):
        browser = county.browser(other)
        for name in ("edit", "check", "issue", "withdraw", "supersede"):
            assert browser.client.post(f"{address(row)}/{name}", data=typed).status_code == 403
        assert browser.client.get(f"{address(row)}/versions/{row.sha256}").status_code == 403
        assert "核稿通过" not in browser.client.get(address(row)).text
    assert clerk.client.post("/letters/none@00001.0/check", data=typed).status_code == 403


def test_the_list_says_what_still_waits_for_its_number(county: County) -> None:
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    assert row.title in clerk.open("/letters?kind=opinion_letter&state=unnumbered")
    assert clerk.open("/letters?kind=opinion_letter&state=issued").count("opinion") < 3
    issued(county, row)
    assert address(row) in clerk.open("/letters?kind=opinion_letter&state=issued")
    assert address(row) not in clerk.open("/letters?kind=opinion_letter&state=unnumbered")
    assert "没有符合条件的文书" in clerk.open("/letters?kind=issue_ledger&state=unnumbered")


def test_the_register_lists_every_number_in_order_and_as_a_workbook(county: County) -> None:
    clerk = county.browser("O2")
    assert "2026年还没有编号的文书" in said(clerk.open("/numbers"))
    papers = [
        letter(county, kind) for kind in ("opinion_letter", "visit_notice", "visit_announcement")
    ]
    for row in papers:
        issued(county, row)
    step(clerk, papers[1], "withdraw", reason="日期有误")
    page = said(clerk.open("/numbers"))
    numbers = [f"示教督〔2026〕{n}号" for n in (1, 2, 3)]
    assert [page.index(number) for number in numbers] == sorted(page.index(n) for n in numbers)
    assert "已撤回" in page and "2026年共3件" in page and "待编号印发" in page
    answer = clerk.client.get("/numbers/table?year=2026")
    table = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    table = table.to_python()[1:]
    assert [line[0] for line in table] == numbers
    assert [line[6] for line in table] == ["已印发", "已撤回", "已印发"]
    assert county.browser("V1").client.get("/numbers").status_code == 200
    assert county.browser("H0001").client.get("/numbers").status_code == 403
    assert "2025年" not in page or clerk.open("/numbers?year=2025")
