"""期限: what is running, soonest first; and what a year's holiday arrangement would move."""

import json
import re
from datetime import date
from functools import partial
from typing import Any

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from portal.access import Visitor
from portal.desk import Desk
from portal.gate import Pages, entered
from portal.ledgers import deadlines as ledger
from portal.ledgers.asking import link, page_of, word
from portal.ledgers.outlook import outlook
from portal.receiving import Typed, typed_form
from portal.rendering import moment, render
from portal.sight import reading
from portal.tables_out import MOST_ROWS, Cell, Column, Sheet, attached, workbook
from rules.days import Calendar, TableError
from rules.holidays import OwnDays, YearTable, parse_year
from rules.mistakes import Mistakes

HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
MOST_OF_A_TABLE = 64 * 1024  # bytes; a year's arrangement takes one or two thousand

pages = Pages()


@pages.page("/deadlines", "office")
def deadlines_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The running deadlines, fifty at a time."""
    looking = _Looking(request, visitor, connection)
    tallies = looking.counts()
    page = page_of(request, tallies[looking.asked.which], ledger.PAGE)
    return render(
        request,
        "deadlines/list.html",
        asked=looking.asked,
        tallies=tallies,
        rows=looking.rows(page.first_row, ledger.PAGE),
        page=page,
        which=ledger.WHICH,
        stages=looking.stages,
        bearers=ledger.bearers(looking.processes),
        link=partial(link, request),
        words=request.url.query,
    )


@pages.page("/deadlines/table.xlsx", "office")
def deadlines_table(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The same as an Excel table."""
    looking = _Looking(request, visitor, connection)
    rows = looking.rows(0, MOST_ROWS)
    made = looking.desk.now()
    notes = [
        f"期限表，导出时间：{moment(made.isoformat())}，导出人：{visitor.name}（{visitor.seat.name}）。",
        f"共{len(rows)}项" + ("（一次最多导出这么多项）。" if len(rows) == MOST_ROWS else "。"),
    ]
    content = workbook("期限表", [Sheet("期限", COLUMNS, map(_cells, rows))], notes, made)
    return attached(content, f"期限表{looking.today}.xlsx")


@pages.page("/deadlines/provisional", "office")
def provisional_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """Every provisional deadline, and the form for a look ahead."""
    return _provisional(request, visitor, connection)


@pages.page("/deadlines/provisional", "office", methods=("POST",))
def look_ahead(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """What the arrangement that was uploaded or pasted would move. Nothing is recorded."""
    text, name = _table_text(typed)
    table, calendar = None, None
    wrong: list[tuple[int, str]] = []
    if text:
        try:
            table = parse_year(text, name)
            known = request.app.state.desk.journal.shelf.calendar(connection, visitor.organisation)
            calendar = known.with_own(OwnDays(years={table.year: table}))
        except Mistakes as mistakes:
            wrong = [(mistake.line, mistake.reason) for mistake in mistakes.items]
        except TableError as error:
            wrong = [(0, str(error))]
    elif not typed.mistakes:
        typed.mistakes["table"] = "请按栏目填写，或选择文件。"
    return _provisional(request, visitor, connection, text, typed, wrong, table, calendar)


def _table_text(typed: Typed) -> tuple[str, str]:
    """What was uploaded, else what was pasted; and what it is called in its mistakes."""
    for file in typed.files("file"):
        content = file.file.read(MOST_OF_A_TABLE + 1)
        name = file.filename or "上传的文件"
        if len(content) > MOST_OF_A_TABLE:
            typed.mistakes["table"] = "文件太大，不像一年的放假安排，请核对。"
            return "", name
        try:
            return content.decode("utf-8"), name
        except UnicodeDecodeError:
            typed.mistakes["table"] = "文件不是UTF-8编码的文本，请另存为UTF-8后再上传。"
            return "", name
    if pasted := typed.paragraphs("table", MOST_OF_A_TABLE // 4):
        return pasted, "粘贴的内容"
    return (_as_table(typed), "填写的内容") if _filled_in(typed) else ("", "")


def _filled_in(typed: Typed) -> bool:
    """Whether the fields were typed in: then no file with lines is spoken of."""
    return not (typed.files("file") or typed.raw("table")) and bool(typed.raw("year"))


def _as_table(typed: Typed) -> str:
    """What was typed field by field, as a table is written: its mistakes then name the line."""
    lines = [
        f"year: {typed.text('year', 4)}",
        f"source: {json.dumps(typed.text('source', 200), ensure_ascii=False)}",
        "status: published",
        "holidays:",
    ]
    for number, name in enumerate(HOLIDAYS):
        first, last = typed.text(f"from{number}", 10), typed.text(f"to{number}", 10)
        if first or last:
            lines.append(f"  - {{name: {name}, from: {first or last}, to: {last or first}}}")
    days = re.split(r"[\s,，、;；]+", typed.text("workdays", 400))
    lines += ["workdays:", *(f"  - {day}" for day in days if day)]
    return "\n".join(lines if any(days) else [*lines[:-1], "workdays: []"])


def _provisional(
    request: Request,
    visitor: Visitor,
    connection: Connection,
    text: str = "",
    typed: Typed | None = None,
    wrong: list[tuple[int, str]] | None = None,
    table: YearTable | None = None,
    calendar: Calendar | None = None,
) -> Response:
    desk: Desk = request.app.state.desk
    shelf = desk.journal.shelf
    now = shelf.calendar(connection, visitor.organisation)
    looking = _Looking(request, visitor, connection, ledger.Asked(which="provisional"))
    tallies = looking.counts()
    page = page_of(request, tallies["provisional"], ledger.PAGE)
    ahead = None
    if calendar is not None and table is not None:
        ahead = outlook(
            connection, shelf, visitor.organisation, calendar, table.earliest, looking.today
        )
    mistakes = typed.mistakes if typed else {}
    return render(
        request,
        "deadlines/provisional.html",
        422 if mistakes or wrong else 200,
        rows=looking.rows(page.first_row, ledger.PAGE),
        whole=tallies["provisional"],
        page=page,
        text=text,
        typed=typed,
        filled_in=bool(typed and _filled_in(typed)),
        mistakes=mistakes,
        wrong=wrong or [],
        source=text.split("\n") if wrong else [],
        table=table,
        known=table is not None and table.year in now.years,
        outlook=ahead,
        same=table is not None and table in now.tables,
        published=sorted(now.years)[-1],
        holidays=HOLIDAYS,
    )


class _Looking:
    """One look at an office's deadlines: what is asked for, and by which definitions."""

    def __init__(
        self,
        request: Request,
        visitor: Visitor,
        connection: Connection,
        asked: ledger.Asked | None = None,
    ) -> None:
        self.desk: Desk = request.app.state.desk
        self.connection = connection
        self.office = visitor.organisation
        self.today: date = self.desk.today()
        self.calendar = self.desk.journal.shelf.calendar(connection, self.office)
        self.processes = ledger.processes(connection, self.desk.journal.shelf, self.office)
        self.stages = ledger.stages(self.processes)
        self.asked = asked or ledger.Asked(
            which=word(request, "which", ledger.WHICH),
            stage=word(request, "stage", self.stages),
            who=word(request, "who", ledger.bearers(self.processes)),
            school=word(request, "school"),
        )

    def counts(self) -> dict[str, int]:
        return ledger.counts(
            self.connection, self.asked, self.office, self.processes, self.today, self.calendar
        )

    def rows(self, first: int, most: int) -> list[ledger.Running]:
        conditions = ledger.wanted(
            self.asked, self.office, self.processes, self.today, self.calendar
        )
        shelf: Any = self.desk.journal.shelf
        return ledger.listed(
            self.connection, shelf, conditions, self.today, self.calendar, first, most
        )


COLUMNS = (
    Column("期限", 12),
    Column("学校（单位）", 24),
    Column("环节", 14),
    Column("事项", 30),
    Column("责任方", 18),
    Column("剩余", 16),
    Column("暂定", 8),
    Column("为什么是这一天", 60),
)


def _cells(row: ledger.Running) -> tuple[Cell, ...]:
    provisional = "暂定" if row.provisional else ""
    return row.day, row.school, row.stage, row.title, row.who, row.left, provisional, row.why
