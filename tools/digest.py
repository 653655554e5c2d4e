"""Recompute the digest of an exported log (`dudao export`) with nothing but Python itself.

    python tools/digest.py events.jsonl        or        dudao export DB | python tools/digest.py

Prints the digest (64 hex digits). Exits 1 and names the first line that does not fit.
"""

import json
import sys
from hashlib import sha256

KEYS = ["case", "seq", "at", "actor", "role", "on_behalf_of", "key", "body", "prev", "hash"]


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def misfit(line, last_case, last_seq, last_hash):
    event = json.loads(line)
    if list(event) != KEYS or compact(event) + b"\n" != line:
        return "not as it was exported"
    *fields, prev, hashed = event.values()
    case, seq = fields[:2]
    if case != last_case:
        last_seq, last_hash = 0, ""
    order = case >= last_case and seq == last_seq + 1 and prev == last_hash
    same = hashed == sha256(compact([prev, *fields])).hexdigest()
    return "" if order and same else "hash is wrong" if order else "not what follows before it"


heads, case, seq, head = {}, "", 0, ""
with open(sys.argv[1], "rb") if len(sys.argv) > 1 else sys.stdin.buffer as lines:
    for number, line in enumerate(lines, 1):
        try:
            if reason := misfit(line, case, seq, head):
                sys.exit(f"line {number}: {reason}")
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            sys.exit(f"line {number}: {error}")
        case, seq, *_, head = json.loads(line).values()
        heads[case] = sha256(b"\0" + f"{case}\n{seq}\n{head}".encode()).digest()
level = list(heads.values())
while len(level) > 1:
    pairs = [level[n : n + 2] for n in range(0, len(level), 2)]
    level = [sha256(b"\1" + p[0] + p[1]).digest() if len(p) == 2 else p[0] for p in pairs]
print(level[0].hex() if level else sha256(b"").hexdigest())
