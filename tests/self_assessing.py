"""Schools at their self-assessment, as tests see them: its form filled in, sent, and kept."""

import json
from typing import Any

from sqlalchemy import func, select

from dudao.demo.answers import answers, report
from dudao.demo.luck import Luck
from engine.dossier import read_dossier
from engine.library import shipped_standards
from models.drafts import Draft
from models.events import StoredEvent
from portal.drafts import Values
from portal.self_assessment_form import Account, account
from tests.portal_people import Browser, County, said

STANDARD = shipped_standards()["example-1000"]
SCHOOL, HEAD = "S0001", "H0001"
_DRAFTS, _EVENTS = Draft.__table__, StoredEvent.__table__


def address(county: County, school: str = SCHOOL) -> str:
    return f"/cases/{county.key(school)}/self_assessment/self-assessment"


def form_of(county: County, school: str = SCHOOL) -> Account:
    with county.database.reading() as connection:
        dossier = read_dossier(connection, county.journal.shelf, county.case(school))
        return account(STANDARD, dossier.subject.kind)


def filled(form: Account, luck: int = 1) -> dict[str, list[str]]:
    """The fields of a school that has answered everything."""
    whole = {
        "answers": answers(STANDARD, form.kind, Luck(luck), SCHOOL, "self"),
        "report": report(STANDARD, form.kind, Luck(luck), SCHOOL),
        "plan": [{"problem": "图书更新慢", "measure": "分年购置", "date": "2026-09-01"}],
    }
    return form.fields(whole)


def half(form: Account) -> dict[str, list[str]]:
    """Only the first three areas."""
    codes = {leaf.code for one in form.blocks[:3] for leaf in one.area.indicators}
    fields = filled(form)
    return {name: text for name, text in fields.items() if form.code_of.get(name) in codes}


def typed(browser: Browser, action: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    """What the browser sends: the form as it stands, with some fields typed."""
    return {**browser.form(action), **fields, **more}


def sent(browser: Browser, action: str, fields: dict[str, Any], status: int, **more: str) -> str:
    """Send it; the page that answers (after a redirect, the page it leads to)."""
    data = typed(browser, action, fields, **more)
    response = browser.client.post(action, data=data)
    assert response.status_code == status, (response.status_code, said(response.text)[:500])
    if status == 303:
        return browser.open(response.headers["location"])
    browser.page = response.text
    return browser.page


def events(county: County, type_: str, school: str = SCHOOL) -> int:
    with county.database.reading() as connection:
        counted = select(func.count()).where(
            _EVENTS.c.case == county.case(school), _EVENTS.c.type == type_
        )
        return connection.execute(counted).scalar_one()


def drafts(county: County) -> list[Any]:
    with county.database.reading() as connection:
        return connection.execute(select(_DRAFTS)).all()


def drafts_values(county: County) -> Any:
    (row,) = drafts(county)
    return Values(json.loads(row.body), row.version)


def head_seal(browser: Browser) -> str:
    """The seal of whatever form is on the page."""
    return browser.form("/logout")["seal"][0]
