"""Was the log tampered with? Every chain recomputed, and held against a checkpoint kept elsewhere.

Alone the log can only be inconsistent with itself: whoever rewrites a case and all its hashes
leaves nothing to see. A checkpoint from elsewhere shows every change before it (law 8).
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, String, select, type_coerce

from engine.chain import GENESIS, link
from engine.checkpoint import Checkpoint, Head
from engine.export import CHAINED, stream
from engine.findings import Finding, Findings
from engine.journal import SHANGHAI
from models.cases import Case
from models.events import Payload, StoredEvent
from models.standards import FrozenText
from rules.values import digest

_CASES, _EVENTS, _PAYLOADS = Case.__table__, StoredEvent.__table__, Payload.__table__
_TEXTS = FrozenText.__table__

# Columns that repeat a field of the event's body, for searching; the chain does not cover them.
REPEATED = {"type": "事件类型", "stage": "环节", "item": "事项", "happened_on": "发生日期"}
_WIDTH = len(CHAINED)
_COLUMNS = tuple(_EVENTS.c[name] for name in (*CHAINED, "prev", "hash"))
# As they are stored: a tamperer's "never" is no date, and must be seen all the same.
_AS_TEXT = tuple(type_coerce(_EVENTS.c[name], String).label(name) for name in REPEATED)
_ASKED_AT_ONCE = 500


def verify(connection: Connection, checkpoint: Checkpoint | None = None) -> Findings:
    """Recompute the whole log; with a checkpoint, hold it against that too.

    Reads every event and payload once, a thousand at a time in memory.
    """
    with _legible(connection):
        looking = _Looking(connection, checkpoint)
        wanted = select(*_COLUMNS, *_AS_TEXT).order_by(_EVENTS.c.case, _EVENTS.c.seq)
        for case, events in groupby(stream(connection, wanted), key=lambda row: row.case):
            looking.at_case(case, events)
        looking.at_what_is_left()
        looking.at_payloads()
        looking.at_frozen_texts()
        return looking.findings


def verify_cases(connection: Connection, cases: Collection[str]) -> Findings:
    """Recompute the chains and free texts of these cases alone."""
    with _legible(connection):
        looking = _Looking(connection, None, sorted(set(cases)))
        for case in looking.cases or ():
            wanted = select(*_COLUMNS, *_AS_TEXT).where(_EVENTS.c.case == case)
            looking.at_case(case, stream(connection, wanted.order_by(_EVENTS.c.seq)))
        looking.at_what_is_left()
        looking.at_payloads()
        return looking.findings


@contextmanager
def _legible(connection: Connection) -> Iterator[None]:
    """SQLite keeps whatever bytes it is given; what is no UTF-8 must be seen, not stopped at."""
    driver = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or driver is None:
        yield
        return
    driver.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str


def _made(prev: Any, fields: Sequence[Any]) -> str:
    """The hash of what is stored; something that fits no stored hash where it is no text at all."""
    try:
        return link(prev, tuple(fields))
    except TypeError:
        return link("", tuple(repr(field) for field in fields))


def _in_beijing(at: str) -> str:
    try:
        return f"北京时间{datetime.fromisoformat(at) + SHANGHAI:%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return at[:40]


def _key(payload: Any) -> str:
    if not isinstance(payload, str):
        raise TypeError("no key of a payload")
    return payload


class _Looking:
    """One look at the log: what was found, and what is still expected (heads of the checkpoint,
    registered cases and free texts that no event has confirmed yet)."""

    def __init__(
        self,
        connection: Connection,
        checkpoint: Checkpoint | None,
        cases: Sequence[str] | None = None,
    ) -> None:
        self.cases = cases
        self.findings = Findings()
        self._connection = connection
        self._checkpoint = checkpoint
        self._known = {head.case: head for head in checkpoint.heads} if checkpoint else {}
        stored = select(_CASES.c.id, _CASES.c.seq, _CASES.c.head)
        stored = stored if cases is None else stored.where(_CASES.c.id.in_(cases))
        self._stored = {row.id: Head(*row) for row in connection.execute(stored)}
        self._wanted: list[tuple[str, str, int, bool]] = []
        self._moved_here: set[str] = set()  # texts of issues that came from another case
        self._after = 0

    def _add(self, kind: str, case: str, what: str, seq: int = 0) -> None:
        self.findings.add(Finding(kind, case, what, seq))

    def at_case(self, case: str, events: Iterable[Row]) -> None:
        """Walk along one chain. ``running`` is the chain as the contents give it, whatever hashes
        are stored."""
        known = self._known.pop(case, None)
        seq, stored, running = 0, GENESIS, GENESIS
        reached = known is None
        self._moved_here = set()
        for row in events:
            if not isinstance(row.seq, int):
                self._add("unreadable", case, f"有一条的编号不是整数（{row.seq!r}），被改动过。")
                continue
            self._joint(row, seq, stored)
            made = _made(row.prev, row[:_WIDTH])
            if made != row.hash:
                self._add("edited", case, "内容与指纹不符，内容或指纹被改动过。", row.seq)
            running = made if row.prev == running else _made(running, row[:_WIDTH])
            self._columns(row)
            if known is not None and row.seq == known.seq:
                reached = True
                self._at_checkpoint(known, running)
            seq, stored = row.seq, row.hash
            self.findings.events += 1
            self._after += known is None or row.seq > known.seq
        self.findings.cases += 1
        if not reached:
            self._shortened(known, seq)
        self._ends(case, seq, stored)

    def _joint(self, row: Row, seq: int, stored: str) -> None:
        if row.seq != seq + 1:
            gone = f"第{seq + 1}条" if row.seq == seq + 2 else f"第{seq + 1}至{row.seq - 1}条"
            self._add("gap", row.case, f"这一条之前缺{gone}，被删去或改了编号。", row.seq)
        elif row.prev != stored:
            self._add("broken", row.case, "与上一条衔接不上，前面的内容被换过。", row.seq)

    def _columns(self, row: Row) -> None:
        try:
            body = json.loads(row.body)
            told = zip(REPEATED.items(), row[_WIDTH + 2 :], strict=True)
            wrong = [title for (name, title), found in told if str(found) != body[name]]
            moved_here = {
                _key(told["payload"]) for told in body.get("findings", ()) if told.get("payload")
            }
            payload = _key(body.get("payload") or "")
        except (ValueError, TypeError, KeyError, AttributeError):
            self._add("unreadable", row.case, "事件正文无法读取。", row.seq)
            return
        if wrong:
            said = "、".join(wrong)
            self._add("column", row.case, f"检索列（{said}）与事件正文不一致。", row.seq)
        self._moved_here |= moved_here
        for key in sorted({payload, *moved_here} if payload else moved_here):
            self._wanted.append((key, row.case, row.seq, key in self._moved_here))
        if len(self._wanted) >= _ASKED_AT_ONCE:
            self._ask_for_payloads()

    def _at_checkpoint(self, known: Head, running: str) -> None:
        if running != known.hash:
            what = f"与校验点不符：第1至{known.seq}条中有修改、调换，或改后重算了指纹。"
            self._add("rewritten", known.case, what)

    def _shortened(self, known: Head, seq: int) -> None:
        what = f"校验点时已有第{known.seq}条，现在没有了，末条是第{seq}条：其后的被删去。"
        self._add("removed", known.case, what, known.seq)

    def _ends(self, case: str, seq: int, stored: str) -> None:
        head = self._stored.pop(case, None)
        if head is None:
            self._add("no_case", case, f"日志有{seq}条，案卷登记却不在了。")
        elif not isinstance(head.seq, int):
            self._add("end", case, f"案卷登记的末条编号不是整数（{head.seq!r}），被改动过。")
        elif head.seq != seq:
            what = f"案卷登记的末条是第{head.seq}条，日志的末条是第{seq}条：有增删。"
            self._add("end", case, what, min(head.seq, seq) + 1)
        elif head.hash != stored:
            self._add("end", case, "案卷登记的末条指纹与日志不符。", seq)

    def at_what_is_left(self) -> None:
        """Cases without any events, those the checkpoint knows alone, and how far the look went."""
        self._ask_for_payloads()
        for head in self._stored.values():
            if head.seq:
                self._add("no_events", head.case, f"案卷登记有{head.seq}条，日志里一条也没有。")
        for head in self._known.values():
            self._add("case_removed", head.case, f"校验点时有{head.seq}条，现在整个不见了。")
        self.findings.notes.append(self._reach())

    def _reach(self) -> str:
        if self._checkpoint is None:
            return (
                "没有校验点：以上只能看出日志自身是否前后一致；"
                "若有人改写后把指纹全部重算，单凭日志看不出来。请用另外保存的校验点再核对一次。"
            )
        after = f"其后的{self._after}条只能看出是否前后一致" if self._after else "其后没有新的记录"
        return (
            f"已与{_in_beijing(self._checkpoint.at)}的校验点核对"
            f"（{len(self._checkpoint.heads)}个案卷、{self._checkpoint.events}条）；{after}。"
        )

    def _ask_for_payloads(self) -> None:
        """Whether the free texts that events point to are there, in the right case."""
        wanted = select(_PAYLOADS.c.digest, _PAYLOADS.c.case)
        rows = self._connection.execute(
            wanted.where(_PAYLOADS.c.digest.in_({key for key, *_ in self._wanted}))
        )
        there: dict[str, Any] = {row.digest: row.case for row in rows}
        for key, case, seq, moved_here in self._wanted:
            if key not in there or (there[key] != case and not moved_here):
                self._add("payload_gone", case, "所附文字不在了，也没有删除记录。", seq)
        self._wanted.clear()

    def at_payloads(self) -> None:
        """Whether each free text still has the digest that its event holds."""
        erased = 0
        wanted = select(_PAYLOADS)
        wanted = wanted if self.cases is None else wanted.where(_PAYLOADS.c.case.in_(self.cases))
        for row in stream(self._connection, wanted):
            if row.erased_at and not row.body and not row.salt:
                erased += 1
            elif row.erased_at:
                self._add("payload", row.case, f"所附文字注明{row.erased_at}已删除，内容却还在。")
            elif digest(f"{row.salt}{row.body}") != row.digest:
                self._add("payload", row.case, "所附文字与事件里的指纹不符，被改动过。")
        if erased:
            self.findings.notes.append(f"有{erased}份所附文字已依规定删除，不影响核对。")

    def at_frozen_texts(self) -> None:
        """Whether each definition and standard still says what its name, a hash, stands for."""
        for row in stream(self._connection, select(_TEXTS).order_by(_TEXTS.c.hash)):
            if not digest(str(row.text)).startswith(row.hash):
                what = f"冻结的文本“{row.name}”（{row.hash}）与其指纹不符，被改动过。"
                self._add("frozen", "", what)
