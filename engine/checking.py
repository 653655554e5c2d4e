"""Does anything hang? Cases nobody would ever be told about, clocks that stand still, work undone.

Law 3 seen from outside: whatever a program, a person or a power cut has done, every unfinished
case must have somebody who will be told. What is found says where, since when, and what to do.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import NoResultFound

from engine.findings import Finding, Findings
from engine.holders import UNIT, Holders
from engine.journal import SHANGHAI
from engine.rounds import subjects_of
from engine.shelf import Shelf
from engine.undone import undone
from engine.writing import ENDED
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.orders import OrderRow
from rules.state import deadline_key
from rules.values import ROLE_TITLES

_CASES, _DEADLINES, _ORDERS = Case.__table__, DeadlineRow.__table__, OrderRow.__table__
_EVENTS, _ROUNDS = StoredEvent.__table__, Round.__table__

LIVE = ("open", "escalated")
STANDSTILL = timedelta(days=3)  # the clock looks every few minutes, on days off too
CASES_AT_ONCE = 200
RESTART = "请确认督导服务在运行（dudao serve），重新启动后会自动补办。"
RESTORE = "请用 dudao replay 核对，并按日志恢复。"

# What a deadline's row repeats of the case's state, for the clock.
_SAME = {"who": "责任人", "due_on": "到期日", "next_on": "下次查看日"}


class _Now(NamedTuple):
    """What every question needs: the snapshot, the day in Shanghai, and who holds which post."""

    connection: Connection
    at: datetime
    today: date
    holders: Holders


def check(connection: Connection, now: datetime) -> Findings:
    """Look for everything that hangs at the moment ``now`` (aware)."""
    today = (now + SHANGHAI).date()
    asked = _Now(connection, now, today, Holders(connection, today))
    findings = Findings()
    for question in (_live_cases, _deadlines_of_ended, _standing_clock, _rounds):
        for finding in question(asked):
            findings.add(finding)
    for finding in undone(connection, now, asked.holders):
        findings.add(finding)
    live = select(func.count()).select_from(_CASES).where(_CASES.c.status.in_(LIVE))
    findings.cases = connection.execute(live).scalar_one()
    return findings


# -- cases -----------------------------------------------------------------------------------------


def _live_cases(now: _Now) -> Iterator[Finding]:
    """Every unfinished case: is somebody told, do the clock's rows agree, does anybody hold the
    roles?"""
    live = select(_CASES.c.id).where(_CASES.c.status.in_(LIVE)).order_by(_CASES.c.id)
    ids = now.connection.execute(live).scalars().all()
    rounds = select(_CASES.c.id).where(_CASES.c.status.in_(LIVE), _CASES.c.of == "round")
    awaited = set(now.connection.execute(rounds).scalars())
    orphaned: dict[tuple[str, str], list[str]] = {}
    for first in range(0, len(ids), CASES_AT_ONCE):
        page = ids[first : first + CASES_AT_ONCE]
        armed, logged, owing = _armed_rows(now, page), _logged(now, page), _owing(now, page)
        for case in now.connection.execute(select(_CASES).where(_CASES.c.id.in_(page))):
            rows = armed.get(case.id, {})
            state = _deadlines_in(case.state)
            if state is None:
                what = "案卷状态读不出来，看不出有没有停滞。"
                yield Finding("state", case.id, what, case.seq, "", RESTORE)
                continue
            yield from _clock_rows(case, state, rows)
            if lost := logged[case.id].keys() - state.keys() - rows.keys():
                yield _lost(case, {key: logged[case.id][key] for key in sorted(lost)})
            waits = case.of == "case" and case.round in awaited
            if not (state.keys() & rows.keys() or case.id in owing or waits):
                yield _hanging(now, case)
            # The office is told of what is late, and does what comes next, in every case.
            for role in {"office", *(row.who for row in rows.values()), *owing.get(case.id, ())}:
                if not now.holders.anybody(role, case.subject, case.office):
                    where = role if role.startswith(UNIT) else case.subject
                    where = case.office if role == "office" else where
                    orphaned.setdefault((role, where), []).append(case.id)
    for (role, where), cases in orphaned.items():
        yield _nobody(role, where, cases)


def _deadlines_in(state: str) -> dict[str, dict[str, Any]] | None:
    """The deadlines of a stored state, by key; None where somebody spoilt it."""
    try:
        found = json.loads(state)["deadlines"]
        whole = all(kept.keys() >= _SAME.keys() for kept in found.values())
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return found if whole else None


def _armed_rows(now: _Now, cases: Sequence[str]) -> dict[str, dict[str, Row]]:
    found: dict[str, dict[str, Row]] = {}
    wanted = select(_DEADLINES).where(_DEADLINES.c.case.in_(cases), _DEADLINES.c.state == "armed")
    for row in now.connection.execute(wanted):
        found.setdefault(row.case, {})[row.key] = row
    return found


def _logged(now: _Now, cases: Sequence[str]) -> dict[str, dict[str, int]]:
    """The deadlines that run by the log alone, by case: the event that armed each."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    wanted = select(_EVENTS.c.case, _EVENTS.c.seq, _EVENTS.c.type, _EVENTS.c.body).where(
        _EVENTS.c.case.in_(cases), _EVENTS.c.type.in_(("deadline.armed", "deadline.met", *ENDED))
    )
    for row in now.connection.execute(wanted.order_by(_EVENTS.c.case, _EVENTS.c.seq)):
        with suppress(ValueError, TypeError, KeyError):  # a spoilt event is found by verify
            body = json.loads(row.body)
            key = deadline_key(body["stage"], body["deadline"], body["item"])
            if row.type == "deadline.armed":
                found[row.case][key] = row.seq
            else:
                found[row.case].pop(key, None)
    return found


def _owing(now: _Now, cases: Sequence[str]) -> dict[str, set[str]]:
    """The roles that open orders speak to, by case; a case with any open order is a key."""
    found: dict[str, set[str]] = {}
    wanted = select(_ORDERS.c.case, _ORDERS.c.body)
    rows = wanted.where(_ORDERS.c.case.in_(cases), _ORDERS.c.state == "open")
    for row in now.connection.execute(rows):
        spoken_to = found.setdefault(row.case, set())
        with suppress(ValueError, TypeError, KeyError):  # a spoilt order is found by replay
            spoken_to.update(json.loads(row.body)["to"])
    return found


def _clock_rows(case: Row, state: dict[str, Any], rows: dict[str, Row]) -> Iterator[Finding]:
    for key in sorted(state.keys() | rows.keys()):
        kept, row = state.get(key), rows.get(key)
        if row is None:
            what, seq = f"期限{key}正在计算，期限表里却没有，时钟看不到它。", 0
        elif kept is None:
            what, seq = f"期限表里的期限{key}，案卷里已经没有，时钟会白看。", row.seq
        else:
            wrong = [
                title for name, title in _SAME.items() if str(getattr(row, name)) != kept[name]
            ]
            if not wrong:
                continue
            what, seq = f"期限{key}的{'、'.join(wrong)}，期限表与案卷不一致。", row.seq
        yield Finding("deadline_row", case.id, what, seq, "", RESTORE)


def _lost(case: Row, keys: dict[str, int]) -> Finding:
    what = f"期限{'、'.join(keys)}按日志还在计算，案卷和期限表里却都没有了，谁都不会收到提醒。"
    return Finding("lost_deadline", case.id, what, min(keys.values()), "", RESTORE)


def _hanging(now: _Now, case: Row) -> Finding:
    last = select(func.max(_EVENTS.c.at)).where(_EVENTS.c.case == case.id)
    since = now.connection.execute(last).scalar() or ""
    name = now.holders.name("office", case.office)
    advice = f"请{'督导室' + name if name else '督导室'}核对后办理下一步；如数据缺损，{RESTORE}"
    what = "没有办结，却没有任何期限和待办，也不在等候本轮：谁都不会收到提醒。"
    return Finding("hanging", case.id, what, case.seq, since, advice)


def _nobody(role: str, where: str, cases: list[str]) -> Finding:
    if role.startswith(UNIT):
        who = f"单位{role.removeprefix(UNIT)}没有登记任何人员"
    else:
        who = f"没有人担任{where}的“{ROLE_TITLES.get(role, role)}”"
    more = f"等{len(cases)}个案卷" if len(cases) > 1 else ""
    what = f"{who}，{'这些' if more else '本'}案卷{more and f'（{more}）'}的提醒无人接收。"
    return Finding("nobody", cases[0], what, 0, "", "请在人员任职中登记。")


def _deadlines_of_ended(now: _Now) -> Iterator[Finding]:
    live = select(_CASES.c.id).where(_CASES.c.status.in_(LIVE))
    wanted = select(_DEADLINES.c.case, _DEADLINES.c.seq, _DEADLINES.c.key).where(
        _DEADLINES.c.state == "armed", _DEADLINES.c.case.not_in(live)
    )
    for row in now.connection.execute(wanted.order_by(_DEADLINES.c.case, _DEADLINES.c.seq)):
        what = f"案卷已办结（或不存在），期限{row.key}却还在计算。"
        yield Finding("deadline_row", row.case, what, row.seq, "", RESTORE)


# -- the clock, and rounds -------------------------------------------------------------------------


def _standing_clock(now: _Now) -> Iterator[Finding]:
    """Deadlines whose day to be looked at passed days ago, counted by office."""
    late = (_DEADLINES.c.state == "armed") & (_DEADLINES.c.next_on <= now.today - STANDSTILL)
    counted = select(
        _DEADLINES.c.office, func.count().label("many"), func.min(_DEADLINES.c.next_on).label("day")
    )
    rows = counted.where(late).group_by(_DEADLINES.c.office).order_by(_DEADLINES.c.office)
    for row in now.connection.execute(rows).all():
        first = select(_DEADLINES.c.case).where(
            late, _DEADLINES.c.office == row.office, _DEADLINES.c.next_on == row.day
        )
        case = now.connection.execute(first.order_by(_DEADLINES.c.case)).scalar()
        what = f"时钟停了：督导室{row.office}有{row.many}个期限到了日子没有查看，这是最早的一个。"
        yield Finding("clock", case, what, 0, row.day.isoformat(), RESTART)


def _rounds(now: _Now) -> Iterator[Finding]:
    """Rounds that were never begun, and live ones in which a subject has no case."""
    opened = select(_ROUNDS, _CASES.c.status).outerjoin(_CASES, _CASES.c.id == _ROUNDS.c.id)
    shelf = Shelf()
    for row in now.connection.execute(opened.order_by(_ROUNDS.c.id)).all():
        if row.status is None:
            what = "本轮已登记，却没有开始。"
            yield Finding("round", row.id, what, 0, row.first.isoformat(), "请重新开启本轮。")
        elif row.status in LIVE:
            yield from _missing_cases(now, shelf, row)


def _missing_cases(now: _Now, shelf: Shelf, round_: Row) -> Iterator[Finding]:
    try:
        kinds = shelf.process(now.connection, round_.definition).definition.subjects
    except (NoResultFound, ValueError):
        what = f"本轮所依据的流程定义（{round_.definition}）不在了或读不出来，各环节办不下去。"
        yield Finding("definition", round_.id, what, 0, "", "请从备份恢复。")
        return
    there = select(_CASES.c.subject).where(_CASES.c.round == round_.id, _CASES.c.of == "case")
    have = set(now.connection.execute(there).scalars())
    then, today = (
        {row.code for row in subjects_of(now.connection, round_.office, kinds, on)}
        for on in (round_.first, now.today)
    )
    if missing := sorted((then & today) - have):
        named = "、".join(missing[:5]) + ("等" if len(missing) > 5 else "")
        what = f"本轮有{len(missing)}个单位没有立案：{named}。"
        yield Finding("no_case", round_.id, what, 0, round_.first.isoformat(), RESTART)
