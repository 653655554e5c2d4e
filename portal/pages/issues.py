"""问题台账: all problems of all schools, filtered, counted, and handed out as an Excel table."""

from collections.abc import Iterator
from datetime import date
from functools import partial

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from documents.wording import SEVERITY
from portal.access import Visitor, ledgers_within
from portal.choices import NATURES, OUTCOMES
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.ledgers.asking import link, page_of, word
from portal.ledgers.issue_rows import Line, indicator, lines
from portal.ledgers.issues import (
    PAGE,
    STATE_CHOICES,
    Asked,
    common,
    counts,
    listed,
    looked_up,
    one,
    periods,
    standards,
    units,
)
from portal.rendering import moment, render
from portal.sight import Sight, case_at_hand, reading
from portal.tables_out import MOST_ROWS, Cell, Column, Sheet, attached, workbook
from rules.issue_list import STATES

READERS = ("office", "government", "superior")
SCHOOL = {"school": "学校自身"}

pages = Pages()


@pages.page("/issues", *READERS)
def issues_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The ledger, fifty at a time."""
    desk: Desk = request.app.state.desk
    offices, today = ledgers_within(connection, visitor), desk.today()
    asked = looked_up(connection, _asked(request), offices)
    tallies = counts(connection, asked, offices, today)
    page = page_of(request, tallies[asked.state], PAGE)
    rows = listed(connection, asked, offices, today, page.first_row, PAGE)
    return render(
        request,
        "issues/list.html",
        asked=asked,
        tallies=tallies,
        lines=list(lines(connection, desk.journal.shelf, rows)),
        page=page,
        **_choices(connection, request, offices),
    )


@pages.page("/issues/common", *READERS)
def common_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The problems several schools share."""
    desk: Desk = request.app.state.desk
    offices, today = ledgers_within(connection, visitor), desk.today()
    asked = looked_up(connection, _asked(request), offices)
    return render(
        request,
        "issues/common.html",
        asked=asked,
        found=_common(connection, desk, asked, offices, today),
        **_choices(connection, request, offices),
    )


@pages.page("/issues/table.xlsx", *READERS)
def issues_table(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The same as an Excel table, with a sheet of common problems."""
    desk: Desk = request.app.state.desk
    offices, today = ledgers_within(connection, visitor), desk.today()
    asked = looked_up(connection, _asked(request), offices)
    whole = counts(connection, asked, offices, today)[asked.state]
    rows = listed(connection, asked, offices, today, 0, MOST_ROWS)
    shared = _common(connection, desk, asked, offices, today)
    made = desk.now()
    notes = [
        f"问题台账，导出时间：{moment(made.isoformat())}，导出人：{visitor.name}（{visitor.seat.name}）。",
        f"范围：{_in_words(connection, asked, offices)}。共{whole}个问题。",
    ]
    if whole > len(rows):
        notes.append(f"一次最多导出{MOST_ROWS}个，请缩小范围后分次导出。")
    sheets = [
        Sheet("问题台账", LEDGER, map(_cells, lines(connection, desk.journal.shelf, rows))),
        Sheet("共性问题", COMMON, [(title, *row[1:]) for row, title in shared]),
    ]
    content = workbook("问题台账", sheets, notes, made)
    return attached(content, f"问题台账{today}.xlsx")


@pages.page("/issues/{case}/{stage}/{number}", *READERS)
def issue_page(
    stage: str, number: str, request: Request, sight: Sight = Depends(case_at_hand)
) -> Response:
    """One problem with all that was written about it."""
    row = one(sight.connection, sight.id, stage, number)
    if row is None:
        raise NotAllowed("问题清单里没有这个问题。")
    line = next(lines(sight.connection, sight.desk.journal.shelf, [row]))
    return render(request, "issues/one.html", sight=sight, line=line, **_words())


def _asked(request: Request) -> Asked:
    return Asked(
        state=word(request, "state", STATE_CHOICES),
        severity=word(request, "severity", SEVERITY),
        nature=word(request, "nature", NATURES),
        unit=word(request, "unit", most=40),
        basis=word(request, "basis", most=80),
        school=word(request, "school"),
        period=word(request, "period", most=20),
    )


def _words() -> dict[str, dict[str, str]]:
    return {"states": STATES, "severities": SEVERITY, "natures": NATURES, "outcomes": OUTCOMES}


def _choices(connection: Connection, request: Request, offices: list[str]) -> dict:
    return {
        **_words(),
        "state_choices": STATE_CHOICES,
        "units": SCHOOL | units(connection, offices),
        "periods": periods(connection, offices),
        "link": partial(link, request),
        "words": request.url.query,
    }


def _common(
    connection: Connection, desk: Desk, asked: Asked, offices: list[str], today: date
) -> list[tuple]:
    versions = standards(connection, offices)
    shelf = desk.journal.shelf

    def titled(basis: str) -> str:
        told = (indicator(connection, shelf, version, basis) for version in versions)
        return next((title for title in told if title != basis), basis)

    return [(row, titled(row.basis)) for row in common(connection, asked, offices, today)]


def _in_words(connection: Connection, asked: Asked, offices: list[str]) -> str:
    every = SCHOOL | units(connection, offices)
    told = [
        asked.period and periods(connection, offices).get(asked.period, asked.period),
        STATE_CHOICES.get(asked.state, ""),
        SEVERITY.get(asked.severity, ""),
        NATURES.get(asked.nature, ""),
        asked.unit and f"责任单位为{every.get(asked.unit, asked.unit)}",
        asked.basis and f"依据{asked.basis}",
        asked.school and f"学校名称含“{asked.school}”",
    ]
    return "、".join(part for part in told if part) or "全部问题"


LEDGER = (
    Column("编号", 7),
    Column("学校", 20),
    Column("来源", 12),
    Column("指标", 26),
    Column("问题描述", 40),
    Column("依据", 14),
    Column("性质", 10),
    Column("整改类型", 10),
    Column("责任单位", 18),
    Column("责任人", 10),
    Column("整改措施", 34),
    Column("登记日期", 12),
    Column("整改期限", 12),
    Column("状态", 18),
    Column("证据", 24),
    Column("核查人", 12),
    Column("销号日期", 12),
    Column("延期", 30),
)
COMMON = (
    Column("指标（依据）", 40),
    Column("涉及学校（所）", 16),
    Column("问题（个）", 12),
    Column("未销号（个）", 14),
    Column("标为共性（个）", 16),
)


def _cells(line: Line) -> Iterator[Cell]:
    row = line.row
    yield from (row.number, row.school, line.source, line.indicator, line.text, row.basis)
    yield from (NATURES[row.nature], SEVERITY[row.severity], line.unit, line.person, line.measure)
    again = f"（第{row.reopened}次重新整改）" if row.reopened else ""
    yield from (row.raised_on, line.due, STATES[row.state] + again, "\n".join(line.evidence))
    yield from (line.verifier, row.closed_on, "\n".join(line.extensions))
