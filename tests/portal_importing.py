"""Importing workbooks, as a clerk does it: choose a file, look at what it would do, confirm."""

from typing import Any

from sqlalchemy import func, select

from models.organisations import Organisation
from models.people import Assignment, Person
from tests.excel_files import book
from tests.portal_people import Browser, County, said

_ORGANISATIONS, _ASSIGNED, _PEOPLE = Organisation.__table__, Assignment.__table__, Person.__table__
CLERK = "O2"
UNITS = ["单位代码*", "单位名称", "单位类别", "上级单位代码", "责任区代码", "在校学生（幼儿）"]
PEOPLE = ["姓名", "手机", "身份", "单位代码", "任职日期", "卸任日期", "人员编号"]
NEW = ["S0900", "柳湾新村小学", "小学", "T1", "Z1", 310]


def units(*rows: list[Any]) -> dict[str, list]:
    return {"单位": [UNITS, *rows]}


def people(*rows: list[Any]) -> dict[str, list]:
    return {"人员": [PEOPLE, *rows]}


def checked(
    county: County,
    sheets: dict | bytes,
    status: int = 200,
    clerk: str = CLERK,
    name: str = "register",
) -> Browser:
    """What the page says after a workbook was looked at."""
    browser = county.browser(clerk)
    browser.open("/people/imports")
    content = sheets if isinstance(sheets, bytes) else book(sheets)
    files = {"file": ("表.xlsx", content)}
    browser.send(f"/people/imports/{name}", status, files=files)
    return browser


def problems(county: County, sheets: dict) -> str:
    before = counted(county)
    text = said(checked(county, sheets, 422).page)
    assert counted(county) == before and "还没有写入任何内容" in text
    return text


def imported(county: County, sheets: dict | bytes) -> Browser:
    browser = checked(county, sheets)
    browser.send("/people/imports/register/write")
    assert "已保存" in said(browser.page)
    return browser


def counted(county: County) -> list[int]:
    with county.database.reading() as connection:
        tables = (_ORGANISATIONS, _PEOPLE, _ASSIGNED)
        return [
            connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables
        ]


def school(county: County, code: str):
    with county.database.reading() as connection:
        wanted = select(_ORGANISATIONS).where(_ORGANISATIONS.c.code == code)
        return connection.execute(wanted).first()
