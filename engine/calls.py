"""Calls owed to other systems: each new event of an office's cases becomes one call to every
address that asked for its type, once; and what came of the calls is kept.

An address remembers the minute up to which events were looked at (``last_seq``, minutes since
1970). The last quarter of an hour is looked at again, for what was being written meanwhile; the
call's key (address, case, number) sees to it that nothing is owed twice.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from sqlalchemy import Connection, Row, and_, bindparam, insert, select, update

from engine.statements import Prepared
from engine.writing import iso
from models.cases import Case
from models.connections import Webhook, WebhookCall
from models.database import Database
from models.events import StoredEvent

_HOOKS, _CALLS = Webhook.__table__, WebhookCall.__table__
_EVENTS, _CASES = StoredEvent.__table__, Case.__table__

ID, TIMESTAMP, SIGNATURE = "x-dudao-id", "x-dudao-timestamp", "x-dudao-signature"
EVERY = "*"
MINUTE = timedelta(minutes=1)
OVERLAP = 15  # minutes; no transaction takes as long
PAGE = 500
LEASE = timedelta(minutes=10)
# How long a call rests after each failure that may pass; after the last one it has failed.
RESTS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 480, 1440))

_LISTENING = Prepared(
    select(_HOOKS.c.id).where(
        _HOOKS.c.direction == bindparam("direction"), _HOOKS.c.active == bindparam("active")
    )
)
_OUT = {"direction": "out", "active": True}
_ADDRESSES = select(_HOOKS).where(
    _HOOKS.c.direction == "out", _HOOKS.c.active == bindparam("active")
)
_NEW = (
    select(_EVENTS)
    .join(_CASES, _CASES.c.id == _EVENTS.c.case)
    .outerjoin(
        _CALLS,
        and_(
            _CALLS.c.webhook == bindparam("hook"),
            _CALLS.c.case == _EVENTS.c.case,
            _CALLS.c.seq == _EVENTS.c.seq,
        ),
    )
    .where(
        _EVENTS.c.at >= bindparam("since"),
        _CASES.c.office == bindparam("office"),
        _CALLS.c.webhook.is_(None),
    )
    .order_by(_EVENTS.c.at, _EVENTS.c.case, _EVENTS.c.seq)
    .limit(PAGE)
)
_SEEN = update(_HOOKS).where(_HOOKS.c.id == bindparam("b_id")).values(last_seq=bindparam("b_seen"))
_OPEN = (
    select(_CALLS, _HOOKS.c.url)
    .join(_HOOKS, _HOOKS.c.id == _CALLS.c.webhook)
    .where(
        _CALLS.c.state == "open",
        _CALLS.c.not_before <= bindparam("now"),
        _CALLS.c.webhook == bindparam("hook"),
        _HOOKS.c.active == bindparam("active"),
    )
    .order_by(_CALLS.c.not_before, _CALLS.c.case, _CALLS.c.seq)
    .limit(1)
    .with_for_update(skip_locked=True, of=_CALLS)
)
_THIS = (
    _CALLS.c.webhook == bindparam("b_hook"),
    _CALLS.c.case == bindparam("b_case"),
    _CALLS.c.seq == bindparam("b_seq"),
)
_TAKE = (
    update(_CALLS).where(*_THIS).values(tries=bindparam("b_tries"), not_before=bindparam("b_until"))
)
_END = (
    update(_CALLS)
    .where(*_THIS, _CALLS.c.tries == bindparam("b_tries"), _CALLS.c.state == "open")
    .values(
        state=bindparam("b_state"),
        detail=bindparam("b_detail"),
        not_before=bindparam("b_not_before"),
    )
)


class Call(NamedTuple):
    """A call in hand. ``tries`` counts this one too."""

    hook: str
    url: str
    case: str
    seq: int
    body: str
    tries: int

    @property
    def id(self) -> str:
        """The same for every try, so that the other system can tell a repetition."""
        return quote(f"{self.hook}/{self.case}#{self.seq}", safe="/#")


class Result(NamedTuple):
    """What came of a try: sent, later (it may pass), refused for good, or lost: it went out and
    nothing came back."""

    state: str
    detail: str = ""


def secret_of_hook(house: bytes, hook: str) -> str:
    """An address's own secret: it follows from the house's and is kept nowhere, so that a copy of
    the database signs nothing."""
    derived = hmac.new(house, b"secret of webhook\n" + hook.encode(), sha256).digest()
    return urlsafe_b64encode(derived).decode().rstrip("=")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What shows that a call is from who knows the secret: HMAC-SHA256 over timestamp.body."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, sha256).hexdigest()


def flaw_of_address(url: str) -> str:
    """Why an address is not called, in Chinese, or "". Addresses of the office's own network are
    meant: most systems it works with stand there."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "网址写法有误，请核对。"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "网址应以http://或https://开头。"
    if parts.username or parts.password or port == 0 or parts.fragment:
        return "网址中不要写用户名、密码或“#”。"
    if not url.isascii() or any(character.isspace() for character in url):
        return "网址只能用英文字母、数字和符号。"
    return "" if len(url) <= 400 else "网址太长，最多400个字符。"


def minute_of(at: datetime) -> int:
    """The minute of an instant, counted from 1970."""
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)) / MINUTE)


def listening(database: Database) -> bool:
    """Whether any other system wants to hear of anything; quick, for every sweep asks."""
    with database.reading() as connection:
        return bool(_LISTENING.fetch(connection, _OUT))


def owe_calls(database: Database, now: datetime) -> int:
    """Turn new events into calls, once each; how many."""
    with database.reading() as connection:
        hooks = connection.execute(_ADDRESSES, {"active": True}).all()
    return sum(_owe(database, hook, now) for hook in hooks)


def _owe(database: Database, hook: Row, now: datetime) -> int:
    since = iso(datetime.fromtimestamp(60 * (hook.last_seq - OVERLAP), UTC))
    wanted = _NEW
    if hook.events != EVERY:
        wanted = wanted.where(_EVENTS.c.type.in_(hook.events.split(",")))
    asked, owed = {"hook": hook.id, "since": since, "office": hook.office}, 0
    while True:
        with database.writing() as connection:
            rows = connection.execute(wanted, asked).all()
            if rows:
                connection.execute(insert(_CALLS), [_call(hook, row, now) for row in rows])
            if len(rows) < PAGE:
                connection.execute(_SEEN, {"b_id": hook.id, "b_seen": minute_of(now)})
        owed += len(rows)
        if len(rows) < PAGE:
            return owed


def _call(hook: Row, row: Row, now: datetime) -> dict[str, Any]:
    body = json.loads(row.body)
    around = ("type", "v", "stage", "item", "happened_on", "payload")
    told = {
        "id": f"{hook.id}/{row.case}#{row.seq}",
        "case": row.case,
        "seq": row.seq,
        **{name: body[name] for name in around[:-1]},
        "at": row.at,
        "actor": row.actor,
        "role": row.role,
        "on_behalf_of": row.on_behalf_of,
        "data": {name: value for name, value in body.items() if name not in around},
    }
    text = json.dumps(told, ensure_ascii=False)
    place = {"webhook": hook.id, "case": row.case, "seq": row.seq}
    rest = {"state": "open", "tries": 0, "not_before": iso(now), "detail": ""}
    return {**place, "body": text, **rest}


# -- sending -------------------------------------------------------------------------------------


def addresses(connection: Connection) -> Sequence[str]:
    """The addresses in use."""
    return [hook.id for hook in connection.execute(_ADDRESSES, {"active": True})]


def take_call(database: Database, hook: str, now: datetime) -> Call | None:
    """Take an address's next open call in hand; committed before anything leaves the house."""
    asked = {"hook": hook, "now": iso(now), "active": True}
    with database.writing() as connection:
        row = connection.execute(_OPEN, asked).first()
        if row is None:
            return None
        this = {"b_hook": hook, "b_case": row.case, "b_seq": row.seq}
        taken = {"b_tries": row.tries + 1, "b_until": iso(now + LEASE)}
        connection.execute(_TAKE, this | taken)
    return Call(hook, row.url, row.case, row.seq, row.body, row.tries + 1)


def end_call(database: Database, call: Call, result: Result, now: datetime) -> str:
    """Keep what came of a try; the state the call is in then."""
    state, detail, rest = result.state, result.detail, ""
    if state in ("later", "lost") and call.tries <= len(RESTS):
        state, rest = "open", iso(now + RESTS[call.tries - 1])
    state = {"later": "failed", "refused": "failed", "lost": "unknown"}.get(state, state)
    this = {"b_hook": call.hook, "b_case": call.case, "b_seq": call.seq, "b_tries": call.tries}
    kept = {"b_state": state, "b_detail": detail[:300], "b_not_before": rest}
    with database.writing() as connection:
        connection.execute(_END, this | kept)
    return state
