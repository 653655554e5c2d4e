"""The life of a letter as a page shows it - drafted, edited, checked, issued, served, withdrawn,
replaced - and its steps as the office takes them, each a command to the journal."""

import json
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, literal, select

from documents.numbering import NumberLost
from engine.journal import Entry, Recorded
from engine.letter_facts import name_of, next_number
from models.events import Payload, StoredEvent
from models.letters import Letter
from models.orders import OrderRow
from models.people import Person
from portal.access import Visitor
from portal.desk import Desk
from portal.letter_files import prepare, text_of
from portal.letters import Receipt
from rules.letter_life import TAKEN, number_line
from rules.letter_words import IssueLetter, LetterCommand
from rules.values import Refusal

_EVENTS, _PAYLOADS, _PEOPLE = StoredEvent.__table__, Payload.__table__, Person.__table__
_LETTERS, _ORDERS = Letter.__table__, OrderRow.__table__

MANY = 1000  # more are not counted on a page
ATTEMPTS = 8  # others may issue at the same moment: each time the number is the next one
STATES = {
    "drafted": "待核稿",
    "edited": "已修改，待核稿",
    "checked": "已核稿，待印发",
    "issued": "已印发",
    "withdrawn": "已撤回",
    "superseded": "已由新件替代",
}
PRINTED = "生成PDF"
UNISSUED = ("drafted", "edited", "checked")
# What a list may be narrowed to: the words, the states, and whether only what is to be numbered.
FILTERS: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "unchecked": ("待核稿的发文", ("drafted", "edited"), True),
    "unnumbered": ("待编号印发", UNISSUED, True),
    "checked": ("已核稿，待印发", ("checked",), False),
    "issued": ("已印发", ("issued",), False),
    "withdrawn": ("已撤回", ("withdrawn",), False),
    "superseded": ("已由新件替代", ("superseded",), False),
}

_STORY = (
    select(_EVENTS, _PEOPLE.c.name)
    .outerjoin(_PEOPLE, _PEOPLE.c.id == _EVENTS.c.actor)
    .where(
        _EVENTS.c.case == bindparam("case"),
        _EVENTS.c.item == bindparam("letter"),
        _EVENTS.c.type.like("letter.%"),
    )
    .order_by(_EVENTS.c.seq)
)
_PRINT = (
    select(_ORDERS.c.state, _ORDERS.c.outcome)
    .join(_EVENTS, (_EVENTS.c.case == _ORDERS.c.case) & (_EVENTS.c.seq == _ORDERS.c.seq))
    .where(
        _EVENTS.c.case == bindparam("case"),
        _EVENTS.c.item == bindparam("letter"),
        _EVENTS.c.type == "letter.issued",
    )
)
_FORM = select(_PAYLOADS.c.body).where(_PAYLOADS.c.digest == bindparam("digest"))
_REPLACED = select(_LETTERS.c.order, _LETTERS.c.title, _LETTERS.c.number).where(
    _LETTERS.c.replaced_by == bindparam("wanted"), _LETTERS.c.case == bindparam("case")
)


class Waiting(NamedTuple):
    """How many papers of an office wait, up to `MANY`: for somebody to check them, of those that go
    out under a number; and for being issued or filed, of all that were checked."""

    unchecked: int
    checked: int


class Step(NamedTuple):
    """One thing that became of a letter. ``at`` is when it was entered, ``sha256`` the text it left
    (kept, if the file is still there), ``link`` the order of the letter it speaks of."""

    title: str
    day: date | str
    who: str = ""
    at: str = ""
    said: str = ""
    sha256: str = ""
    link: str = ""
    done: bool = True


def waiting(connection: Connection, office: str) -> Waiting:
    """What of an office's own papers waits."""
    return Waiting(
        unissued(connection, [office], ("drafted", "edited"), numbered=True),
        unissued(connection, [office], ("checked",)),
    )


def unissued(
    connection: Connection,
    offices: Sequence[str],
    states: Sequence[str] = UNISSUED,
    numbered: bool = False,
) -> int:
    """How many papers of offices stand in states, at most `MANY`; ``numbered``: of those that go
    out under a number."""
    conditions = [_LETTERS.c.office.in_(offices), _LETTERS.c.state.in_(states)]
    if numbered:
        conditions.append(_LETTERS.c.numbered.is_(True))
    found = select(literal(1)).where(*conditions).limit(MANY).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def steps(connection: Connection, row: Row, receipt: Receipt, whole: bool) -> list[Step]:
    """A letter's life so far and what is next, in order. Those outside the office (not ``whole``)
    see what concerns them: issued, served, withdrawn, replaced."""
    names = {"case": row.case, "letter": name_of(row.order)}
    found = [_step(connection, row, event) for event in connection.execute(_STORY, names).all()]
    begun = Step("起草", row.drafted_on, sha256=row.sha256)
    served = Step("送达", receipt.at, receipt.by, said=receipt.told) if receipt.at else None
    ahead = [Step(title, "", done=False) for title in _ahead(row, receipt)] if whole else []
    kept = [one for one in found if whole or one.title not in ("修改", "核稿", PRINTED)]
    entered = [*kept, *([served] if served else [])]
    entered.sort(key=lambda one: one.at or str(one.day))
    return [begun, *entered, *ahead]


def _step(connection: Connection, row: Row, event: Row) -> Step:
    body = json.loads(event.body)
    who, at, day = event.name or event.actor, event.at, event.happened_on
    said = _reason(connection, body.get("payload", ""))
    match event.type:
        case "letter.edited":
            return Step("修改", day, who, at, said, body["sha256"])
        case "letter.checked":
            return Step("核稿", day, who, at)
        case "letter.issued":
            title = "印发" if body["line"] or row.numbered else "归档"
            return Step(title, day, who, at, body["line"], body["sha256"])
        case "letter.printed":
            return Step(PRINTED, day, "系统", at)
        case "letter.withdrawn":
            return Step("撤回", day, who, at, said)
    by = f"{row.case}#{body['by']}"
    return Step("以新件替代", day, who, at, said, link=by)


def _reason(connection: Connection, payload: str) -> str:
    """Why a step was taken, as it was written; empty where nothing was, or it was erased."""
    form = connection.execute(_FORM, {"digest": payload}).scalar() if payload else ""
    return str(json.loads(form).get("reason", "")) if form else ""


def _ahead(row: Row, receipt: Receipt) -> list[str]:
    """The steps still to come."""
    issue = "印发" if row.numbered else "归档"
    ahead = {"drafted": ["核稿", issue], "edited": ["核稿", issue], "checked": [issue]}
    served = ["送达"] if receipt.expected and not receipt.at else []
    return [*ahead.get(row.state, []), *(served if row.state in (*UNISSUED, "issued") else [])]


def printing(connection: Connection, row: Row) -> str:
    """Why an issued letter has no PDF, in Chinese; "" where it has one, or none is owed."""
    if row.pdf or row.issued_on is None:
        return ""
    values = {"case": row.case, "letter": name_of(row.order)}
    order = connection.execute(_PRINT, values).first()
    if order is None:
        return ""
    if order.state == "open":
        return "PDF正在由印发的Word文件生成，一般几分钟内完成，请稍后再打开本页。"
    return f"没有生成PDF：{order.outcome}"


def replaced(connection: Connection, row: Row) -> Row | None:
    """The letter whose place this one took."""
    values = {"wanted": row.order, "case": row.case}
    return connection.execute(_REPLACED, values).first()


def others(connection: Connection, row: Row) -> dict[str, str]:
    """The letters of the same case and kind that may take its place, by name."""
    wanted = select(_LETTERS.c.order, _LETTERS.c.title, _LETTERS.c.drafted_on).where(
        _LETTERS.c.case == row.case,
        _LETTERS.c.kind == row.kind,
        _LETTERS.c.order != row.order,
        _LETTERS.c.drafted_on >= row.drafted_on,
        _LETTERS.c.state.not_in(("withdrawn", "superseded")),
    )
    found = connection.execute(wanted.order_by(_LETTERS.c.order))
    return {name_of(one.order): f"{one.title}（{one.drafted_on}）" for one in found}


def take(
    desk: Desk, visitor: Visitor, row: Row, command: LetterCommand, key: str, on: date | None
) -> Recorded | Refusal:
    """One step, recorded."""
    entry = Entry(command, row.case, visitor.actor("office"), desk.now(), f"letter {key}", on)
    result = desk.journal.record(entry)
    if isinstance(result, Recorded):
        desk.wake()
    return result


def issue(
    desk: Desk, visitor: Visitor, row: Row, text: str, key: str, on: date | None
) -> Recorded | Refusal:
    """Prepare the files under the number that is free, and issue them; if another letter took it in
    the meantime, once more under the next. Nothing is numbered that is not issued."""
    day = on or desk.today()
    if text != text_of(row):  # the journal says so, and why
        return take(desk, visitor, row, _issuing(row, text), key, on)
    for _ in range(ATTEMPTS):
        with desk.database.reading() as connection:
            code, number = next_number(connection, row.office, day.year)
            if not row.numbered:
                code, number = "", 0
            elif not code:
                return Refusal("本室还没有登记发文代字，不能编号；请先在单位名册中填写。")
            line = number_line(code, day.year, number) if number else ""
            before = replaced(connection, row)
            old = before.number if before else ""
            try:
                files = prepare(desk, connection, row, (code, line), day, old)
            except NumberLost as lost:
                return Refusal(str(lost))
            except OSError:
                return Refusal("服务器上找不到这份文书的文件，请从备份中恢复后再印发。")
        year = day.year if number else 0
        command = _issuing(row, text, **files._asdict(), code=code, year=year, number=number)
        result = take(desk, visitor, row, command, key, on)
        if not (isinstance(result, Refusal) and result.reason == TAKEN):
            break
    return result


def _issuing(row: Row, text: str, **fields: object) -> IssueLetter:
    return IssueLetter(letter=name_of(row.order), text=text, **{"sha256": text, **fields})
