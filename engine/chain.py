"""The chain: how an event's hash is made, and the root over all heads that a checkpoint holds."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

GENESIS = ""  # the hash before a case's first event


def link(prev: str, fields: tuple[Any, ...]) -> str:
    """The hash of an event: SHA-256 over the hash before it and everything recorded with it.

    ``fields`` are case, seq, at, actor, role, on_behalf_of, key and body, in that order; the text
    hashed is their JSON array, so no two different records read alike.
    """
    return sha256(_text([prev, *fields]).encode("utf-8", "surrogatepass")).hexdigest()


def root(heads: Iterable[tuple[str, int, str]]) -> str:
    """The Merkle root over (case, seq, head) of all cases, sorted by case; 64 hex digits.

    Leaves and nodes are told apart by a first byte, an odd node moves up as it is; no cases at
    all have the hash of nothing.
    """
    level = [
        sha256(b"\x00" + f"{case}\n{seq}\n{head}".encode()).digest()
        for case, seq, head in sorted(heads)
    ]
    if not level:
        return sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [
            sha256(b"\x01" + level[n] + level[n + 1]).digest() for n in range(0, len(level) - 1, 2)
        ]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex()
