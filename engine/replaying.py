"""Does the log explain everything that stands? Every case rebuilt from its events and compared.

Law 2: replaying a case's events from nothing gives the stored state, deadlines and orders, byte
for byte; here also the rows people search (issues, visits, scores, numbers of letters,
templates). Nothing but the events and the frozen definition is consulted.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, select
from sqlalchemy.exc import NoResultFound

from engine.findings import Finding, Findings
from engine.projections import rows_of
from engine.shelf import Shelf
from engine.writing import ENDED, armed_row, order_row
from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.issues import IssueRow
from models.letter_templates import LetterTemplate
from models.letters import LetterNumber
from models.orders import OrderRow
from models.scores import Score
from models.visits import Visit
from rules import case_words as w
from rules.case_folding import evolve
from rules.messages import Event
from rules.orders import owe
from rules.process import Process
from rules.state import CaseState, deadline_key
from rules.values import Actor
from rules.vocabulary import read_event

_CASES, _EVENTS = Case.__table__, StoredEvent.__table__
CASES_AT_ONCE = 50

# What the state repeats in the case's row, and the tables that follow from events: their title,
# and the columns that do (what became of an order does not).
_REPEATED = ("of", "round", "subject", "status")
_ORDER = ("id", "case", "seq", "office", "flow", "body", "owed_on")
_FOLLOWS: dict[Table, tuple[str, tuple[str, ...]]] = {
    DeadlineRow.__table__: ("期限表", tuple(DeadlineRow.__table__.c.keys())),
    OrderRow.__table__: ("交办表", _ORDER),
    IssueRow.__table__: ("问题台账", tuple(IssueRow.__table__.c.keys())),
    Visit.__table__: ("到校记录", tuple(Visit.__table__.c.keys())),
    Score.__table__: ("评分表", tuple(Score.__table__.c.keys())),
    LetterNumber.__table__: ("发文登记簿", tuple(LetterNumber.__table__.c.keys())),
    LetterTemplate.__table__: ("文书模板表", tuple(LetterTemplate.__table__.c.keys())),
}
_DEADLINES, _ORDERS, _ISSUES, _VISITS, _SCORES, _NUMBERS, _TEMPLATES = _FOLLOWS

Key = tuple[Any, ...]
Rows = dict[Table, dict[Key, dict[str, Any]]]


class _Standing(NamedTuple):
    id: str
    office: str


class _By(NamedTuple):
    actor: Actor


class _Rebuilding:
    """One case as its events make it: its state and the rows beside it."""

    def __init__(self, case: str, office: str, process: Process) -> None:
        self.state = CaseState()
        self.rows: Rows = {table: {} for table in _FOLLOWS}
        self._case = _Standing(case, office)
        self._process = process
        self._armed: dict[str, dict[str, Any]] = {}

    def add(self, row: Row) -> None:
        """Fold one stored event."""
        event = read_event(json.loads(row.body))
        self.state = evolve(self._process, self.state, event)
        if isinstance(event, w.DeadlineEvent):
            self._deadline(row.seq, event)
        for number, order in enumerate(owe(self._process, self.state, event)):
            owed = order_row(*self._case, row.seq, number, order, event.happened_on)
            self._keep(_ORDERS, owed)
        self._project(row, event)

    def _keep(self, table: Table, row: dict[str, Any]) -> None:
        self.rows[table][_key(table, row)] = row

    def _deadline(self, seq: int, event: w.DeadlineEvent) -> None:
        key = deadline_key(event.stage, event.deadline, event.item)
        if isinstance(event, w.DeadlineArmed):
            self._end(key, "moved")
            row = self._armed[key] = armed_row(*self._case, seq, key, event)
            self._keep(_DEADLINES, row)
        elif isinstance(event, w.DeadlineMet):
            self._end(key, "late" if event.late else "met")
        elif event.type in ENDED:
            self._end(key, ENDED[event.type])
        else:
            now = self.state.deadlines[key]
            self._armed[key].update(next_on=now.next_on, missed=now.missed, level=now.level)

    def _end(self, key: str, state: str) -> None:
        if row := self._armed.pop(key, None):
            row["state"] = state

    def _project(self, row: Row, event: Event) -> None:
        """Rows for searching, told apart by what they hold; those of other subjects' tables
        (when a school was last evaluated) belong to no single case."""
        by = _By(Actor(row.actor, row.role))
        for _, found in rows_of(self._case, by, row.seq, event, self.state):
            if "code" in found:
                self._keep(_NUMBERS, found)
            elif "version" in found:
                self._keep(_TEMPLATES, found)
            elif "b_number" in found:
                now = {name.removeprefix("b_"): value for name, value in found.items()}
                self.rows[_ISSUES][_key(_ISSUES, now)].update(now)
            elif "number" in found:
                self._keep(_ISSUES, found)
            elif "side" in found:
                self._keep(_SCORES, found)
            elif "case" in found:
                self._keep(_VISITS, found)


def replay(connection: Connection, shelf: Shelf) -> Findings:
    """Rebuild every case and say what differs from what is stored. Some dozen cases are in memory
    at a time."""
    findings = Findings()
    ids = connection.execute(select(_CASES.c.id).order_by(_CASES.c.id)).scalars().all()
    for first in range(0, len(ids), CASES_AT_ONCE):
        page = ids[first : first + CASES_AT_ONCE]
        events = _of_cases(connection, _EVENTS, page, _EVENTS.c.seq)
        stored = {
            table: _of_cases(connection, table, page, *table.primary_key) for table in _FOLLOWS
        }
        for case in connection.execute(select(_CASES).where(_CASES.c.id.in_(page))):
            findings.cases += 1
            findings.events += len(events.get(case.id, []))
            try:
                process = shelf.process(connection, case.definition)
            except (NoResultFound, ValueError):
                what = f"所依据的流程定义（{case.definition}）不在了或读不出来，无法重放。"
                findings.add(Finding("definition", case.id, what))
                continue
            beside = {table: rows.get(case.id, []) for table, rows in stored.items()}
            for finding in _compare(case, process, events.get(case.id, []), beside):
                findings.add(finding)
    for finding in _of_no_case(connection):
        findings.add(finding)
    return findings


def _of_cases(
    connection: Connection, table: Table, cases: Sequence[str], *order: Any
) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(select(table).where(table.c.case.in_(cases)).order_by(*order)):
        found[row.case].append(row)
    return found


def _compare(
    case: Row, process: Process, events: Iterable[Row], stored: dict[Table, list[Row]]
) -> Iterator[Finding]:
    rebuilt = _Rebuilding(case.id, case.office, process)
    for row in events:
        try:
            rebuilt.add(row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"从这一条起无法重放（{type(error).__name__}），事件被改动过或前面有缺。"
            yield Finding("stuck", case.id, what, row.seq)
            return
    text = rebuilt.state.model_dump_json()
    if text != case.state:
        where = _difference(text, case.state)
        yield Finding("state", case.id, f"存的案卷状态与重放的不一致（{where}）。")
    for name in _REPEATED:
        if getattr(case, name) != getattr(rebuilt.state, name):
            yield Finding("case", case.id, f"案卷登记的{name}与重放的不一致。")
    for table, rows in stored.items():
        yield from _compare_rows(case.id, table, rebuilt.rows[table], rows)


def _compare_rows(
    case: str, table: Table, rebuilt: dict[Key, dict[str, Any]], stored: Iterable[Row]
) -> Iterator[Finding]:
    title, columns = _FOLLOWS[table]
    left = dict(rebuilt)
    for row in stored:
        fields = row._asdict()
        expected = left.pop(_key(table, fields), None)
        seq = fields.get("seq", 0)
        if expected is None:
            yield Finding(table.name, case, f"{title}多出一行（{_named(row)}），日志里没有。", seq)
            continue
        wrong = [name for name in columns if fields[name] != expected[name]]
        if wrong:
            said = "、".join(f"{n}存的是{fields[n]}，应为{expected[n]}" for n in wrong)
            yield Finding(table.name, case, f"{title}一行（{_named(row)}）不一致：{said}。", seq)
    for key, row in left.items():
        what = f"{title}缺一行（{'/'.join(map(str, key))}）。"
        yield Finding(table.name, case, what, row.get("seq", 0))


def _of_no_case(connection: Connection) -> Iterator[Finding]:
    """Rows left of cases that are no more."""
    known = select(_CASES.c.id)
    for table, (title, _) in _FOLLOWS.items():
        wanted = select(table.c.case).where(table.c.case.not_in(known)).distinct()
        for case in connection.execute(wanted.order_by(table.c.case)).scalars():
            yield Finding(table.name, case, f"{title}里有这个案卷的记录，案卷却不在了。")


def _key(table: Table, row: dict[str, Any]) -> Key:
    return tuple(row[column.name] for column in table.primary_key)


def _named(row: Row) -> str:
    return "/".join(str(row._mapping[column]) for column in row._mapping if column in _NAMING)


_NAMING = ("id", "key", "stage", "number", "side", "kind", "version")


def _difference(rebuilt: str, stored: str) -> str:
    """The path to the first thing that differs between two states' texts."""
    try:
        path = _first(json.loads(rebuilt), json.loads(stored))
    except ValueError:
        return "存的状态无法读取"
    return path or "内容相同，写法不同"


def _first(one: Any, other: Any) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in (*one, *other):
            if one.get(name) != other.get(name):
                deeper = _first(one.get(name), other.get(name))
                return f"{name}.{deeper}" if deeper else str(name)
    return ""
