"""Checkpoints: what the log was at one moment, to be kept elsewhere and held against it later."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.chain import GENESIS, link, root
from engine.export import CHAINED, in_order, stream
from engine.writing import iso
from models.events import StoredEvent
from rules.values import canonical

_EVENTS = StoredEvent.__table__
_WIDTH = len(CHAINED)


class Head(NamedTuple):
    """The last event of a case: its number, and the hash of the chain up to it."""

    case: str
    seq: int
    hash: str


class Checkpoint(NamedTuple):
    """All heads at one moment (``at``, UTC), how many events they close, and the root over them."""

    at: str
    events: int
    root: str
    heads: tuple[Head, ...]


class BadCheckpoint(Exception):
    """The file is no checkpoint, or was changed; says so in Chinese."""


def recomputed_heads(connection: Connection) -> Iterator[Head]:
    """The head of every case, recomputed from its events: no stored hash is believed."""
    columns = (_EVENTS.c[name] for name in CHAINED)
    last: Head | None = None
    for row in stream(connection, select(*columns).order_by(*in_order(connection))):
        fields = tuple(row)
        if last is not None and last.case != row.case:
            yield last
            last = None
        prev = last.hash if last else GENESIS
        last = Head(row.case, row.seq, link(prev, fields))
    if last is not None:
        yield last


def log_digest(connection: Connection) -> str:
    """The one hash of the whole log (64 hex digits): the Merkle root over all recomputed heads."""
    return root(recomputed_heads(connection))


def write_checkpoint(connection: Connection, at: datetime, office: str = "") -> str:
    """The checkpoint of the log as it is now, as JSON with one head a line; of one office's cases
    only where an office is named."""
    begins = f"{office}/" if office else ""
    every = recomputed_heads(connection)
    heads = tuple(head for head in every if head.case.startswith(begins))
    counted = {"at": iso(at), "events": sum(head.seq for head in heads), "root": root(heads)}
    lines = ",\n".join(canonical(head) for head in heads)
    return f'{canonical(counted)[:-1]},"heads":[\n{lines}\n]}}\n'


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from its text; BadCheckpoint where it is none or disagrees with itself."""
    try:
        fields = json.loads(text)
        heads = tuple(Head(str(case), int(seq), str(hash_)) for case, seq, hash_ in fields["heads"])
        found = Checkpoint(str(fields["at"]), int(fields["events"]), str(fields["root"]), heads)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadCheckpoint("这不是校验点文件，无法读取。") from error
    if root(heads) != found.root or sum(head.seq for head in heads) != found.events:
        raise BadCheckpoint("校验点文件自身不一致：内容与其总指纹不符，可能被改动过。")
    return found
