"""Work left undone: orders and messages that failed, or that nobody finished, each for a person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from engine.findings import Finding
from engine.holders import Holders
from engine.journal import SHANGHAI
from engine.writing import iso
from models.messages import Message
from models.orders import OrderRow

_ORDERS, _MESSAGES = OrderRow.__table__, Message.__table__

LEASE_OVER = timedelta(hours=1)  # six times what a taker is given
UNTAKEN = timedelta(days=3)
ORDERLY = ("open", "done", "skipped")
SENT = ("open", "sent", "delivered", "read", "skipped")
ENDED = {"failed": "没有办成", "unknown": "结果不明，可能已经办了"}


def undone(connection: Connection, now: datetime, holders: Holders) -> Iterator[Finding]:
    """Orders that failed, whose outcome is unknown, whose taker never came back, that nobody took;
    then messages that failed or that nobody sends. Each says who must look, or what to start."""
    yield from _ended_badly(connection, holders)
    yield from _never_finished(connection, now)
    yield from _untaken(connection, now)
    yield from _unsent(connection, holders)
    yield from _lying_in_the_office(connection, now)


def _person(holders: Holders, office: str) -> str:
    name = holders.name("office", office)
    return f"督导室{name}" if name else f"督导室（{office}没有登记人员，请先登记）"


def _ended(state: str) -> str:
    return ENDED.get(state, f"的状态“{state}”不认识，不会有人去办")


def _ended_badly(connection: Connection, holders: Holders) -> Iterator[Finding]:
    wanted = select(_ORDERS).where(_ORDERS.c.state.not_in(ORDERLY)).order_by(_ORDERS.c.id)
    for row in connection.execute(wanted):
        why = row.outcome or "没有写明原因"
        what = f"交办事项{row.id}{_ended(row.state)}：{why}。"
        advice = f"请{_person(holders, row.office)}改正后在“没有办成的事项”里交回重办。"
        yield Finding("order", row.case, what, row.seq, row.done_at, advice)


def _never_finished(connection: Connection, now: datetime) -> Iterator[Finding]:
    over = iso(now - LEASE_OVER)
    wanted = select(_ORDERS).where(
        _ORDERS.c.state == "open", _ORDERS.c.leased_until != "", _ORDERS.c.leased_until < over
    )
    for row in connection.execute(wanted.order_by(_ORDERS.c.id)):
        what = f"交办事项{row.id}第{row.claim}次被领走，没有交回结果。"
        advice = "服务运行时会自动重新领取；反复如此，请查看运行记录。"
        yield Finding("lease", row.case, what, row.seq, row.leased_until, advice)


def _untaken(connection: Connection, now: datetime) -> Iterator[Finding]:
    day = (now + SHANGHAI).date() - UNTAKEN
    wanted = select(_ORDERS).where(
        _ORDERS.c.state == "open", _ORDERS.c.leased_until == "", _ORDERS.c.owed_on <= day
    )
    left: dict[tuple[str, str], list] = {}
    for row in connection.execute(wanted.order_by(_ORDERS.c.owed_on, _ORDERS.c.id)):
        found = left.setdefault((row.flow, row.office), [row, 0])
        found[1] += 1
    for (flow, office), (row, count) in left.items():
        what = f"督导室{office}的流程{flow}有{count}项交办无人领取，这是最早的一项（{row.id}）。"
        advice = "请确认督导服务在运行（dudao serve），重新启动后会自动补办。"
        yield Finding("untaken", row.case, what, row.seq, row.owed_on.isoformat(), advice)


def _unsent(connection: Connection, holders: Holders) -> Iterator[Finding]:
    wanted = select(_MESSAGES).where(_MESSAGES.c.state.not_in(SENT)).order_by(_MESSAGES.c.key)
    for row in connection.execute(wanted):
        why = row.reason or "没有写明原因"
        what = f"给{row.person}的消息（{row.name}）{_ended(row.state)}：{why}。"
        advice = f"请{_person(holders, row.office)}改用电话等方式告知，并更正联系方式。"
        yield Finding("message", row.case, what, 0, row.owed_on.isoformat(), advice)


def _lying_in_the_office(connection: Connection, now: datetime) -> Iterator[Finding]:
    """Messages that should have left days ago, counted by office."""
    waits = _MESSAGES.c.state == "open", _MESSAGES.c.owed_on <= (now + SHANGHAI).date() - UNTAKEN
    counted = select(_MESSAGES.c.office, func.count().label("many")).where(*waits)
    for row in connection.execute(counted.group_by(_MESSAGES.c.office)).all():
        mine = select(_MESSAGES.c.case, _MESSAGES.c.key, _MESSAGES.c.owed_on).where(
            *waits, _MESSAGES.c.office == row.office
        )
        first = connection.execute(mine.order_by(_MESSAGES.c.owed_on, _MESSAGES.c.key)).first()
        if first is not None:
            what = f"督导室{row.office}有{row.many}条消息该发没有发，这是最早的一条。"
            advice = "请确认督导服务在运行（dudao serve），重新启动后会自动补发。"
            yield Finding("unsent", first.case, what, 0, first.owed_on.isoformat(), advice)
