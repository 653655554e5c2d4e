"""Everything a tamperer might do to the log, the cases and the payloads, each with plain SQL."""

import json
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from engine.chain import GENESIS, link
from engine.export import CHAINED
from models.cases import Case
from models.events import Payload, StoredEvent
from models.standards import FrozenText
from rules.values import digest
from tests.county import case_of

CASES, EVENTS, PAYLOADS = Case.__table__, StoredEvent.__table__, Payload.__table__
TEXTS = FrozenText.__table__
S1, S3 = case_of("S1"), case_of("S3")
LAST = 1_000_000


# -- tools ---------------------------------------------------------------------


def at(connection: Connection, case: str, seq: int):
    """The condition that picks one event; ``LAST`` the last there is."""
    if seq == LAST:
        seq = max(connection.execute(select(EVENTS.c.seq).where(EVENTS.c.case == case)).scalars())
    return (EVENTS.c.case == case) & (EVENTS.c.seq == seq)


def edit(connection: Connection, case: str, seq: int, /, **columns) -> None:
    """Overwrite columns of one event."""
    connection.execute(update(EVENTS).where(at(connection, case, seq)).values(columns))


def drop(connection: Connection, case: str, seq: int) -> None:
    """Delete one event."""
    connection.execute(delete(EVENTS).where(at(connection, case, seq)))


def body_of(connection: Connection, case: str, seq: int) -> dict:
    """The body of one event."""
    wanted = select(EVENTS.c.body).where(at(connection, case, seq))
    return json.loads(connection.execute(wanted).scalar_one())


def recompute(connection: Connection, case: str) -> None:
    """The careful forger: number the events anew, make every hash again, mend the case's row."""
    rows = connection.execute(
        select(EVENTS).where(EVENTS.c.case == case).order_by(EVENTS.c.seq)
    ).all()
    connection.execute(delete(EVENTS).where(EVENTS.c.case == case))
    head = GENESIS
    for seq, row in enumerate(rows, 1):
        fields = {**row._asdict(), "seq": seq, "prev": head}
        head = link(head, tuple(fields[name] for name in CHAINED))
        connection.execute(insert(EVENTS).values({**fields, "hash": head}))
    stand = update(CASES).where(CASES.c.id == case)
    connection.execute(stand.values(seq=len(rows), head=head))


def swap(connection: Connection, case: str, one: int, other: int) -> None:
    """Exchange two events' numbers."""
    for was, now in ((one, -1), (other, one), (-1, other)):
        edit(connection, case, was, seq=now)


def forge(connection: Connection, case: str, after: int, key: str | None = "forged") -> None:
    """Put a copy of the first event behind another, with hashes that look right from before."""
    row = connection.execute(select(EVENTS).where(at(connection, case, 1))).one()._asdict()
    prev = connection.execute(select(EVENTS).where(at(connection, case, after))).one()
    later = select(EVENTS.c.seq).where(EVENTS.c.case == case, EVENTS.c.seq > prev.seq)
    for seq in sorted(connection.execute(later).scalars(), reverse=True):
        edit(connection, case, seq, seq=seq + 1)
    row |= {"seq": prev.seq + 1, "prev": prev.hash, "key": key}
    row["hash"] = link(prev.hash, tuple(row[name] for name in CHAINED))
    connection.execute(insert(EVENTS).values(row))


def rewrite_payload(connection: Connection, also_its_digest: bool) -> tuple[str, str]:
    """Change a free text of S1; its old and its new digest."""
    row = connection.execute(select(PAYLOADS).where(PAYLOADS.c.case == S1)).first()
    body = '{"report":"一切正常"}'
    new = digest(row.salt + body) if also_its_digest else row.digest
    changed = update(PAYLOADS).where(PAYLOADS.c.digest == row.digest)
    connection.execute(changed.values(body=body, digest=new))
    return row.digest, new


# -- the tamperings --------------------------------------------------------------------------------


def edit_a_body(c: Connection) -> None:
    body = body_of(c, S1, 2) | {"happened_on": "2026-01-01"}
    edit(c, S1, 2, body=json.dumps(body))


def edit_a_body_and_recompute(c: Connection) -> None:
    edit(c, S1, 2, body=json.dumps(body_of(c, S1, 2), sort_keys=True))
    recompute(c, S1)


def edit_the_day_searched_by(c: Connection) -> None:
    edit(c, S1, 2, happened_on=datetime(2026, 1, 1).date())


def edit_who_did_it(c: Connection) -> None:
    edit(c, S1, 2, actor="O-1")


def edit_when_it_was_recorded_and_recompute(c: Connection) -> None:
    edit(c, S1, LAST, at="2026-01-05T00:00:00Z")
    recompute(c, S1)


def edit_a_hash(c: Connection) -> None:
    edit(c, S1, 3, hash="0" * 64)


def spoil_a_body(c: Connection) -> None:
    edit(c, S1, 3, body="{")


def delete_the_last(c: Connection) -> None:
    drop(c, S1, LAST)


def delete_the_last_and_mend(c: Connection) -> None:
    drop(c, S1, LAST)
    recompute(c, S1)


def delete_one_between(c: Connection) -> None:
    drop(c, S1, 4)


def delete_one_between_and_recompute(c: Connection) -> None:
    drop(c, S1, 4)
    recompute(c, S1)


def delete_the_first(c: Connection) -> None:
    drop(c, S1, 1)


def delete_all_events_of_a_case(c: Connection) -> None:
    c.execute(delete(EVENTS).where(EVENTS.c.case == S1))


def delete_a_case_row(c: Connection) -> None:
    c.execute(delete(CASES).where(CASES.c.id == S1))


def delete_a_case_altogether(c: Connection) -> None:
    delete_all_events_of_a_case(c)
    delete_a_case_row(c)


def delete_everything(c: Connection) -> None:
    c.execute(delete(EVENTS))
    c.execute(delete(CASES))


def swap_two(c: Connection) -> None:
    swap(c, S1, 3, 4)


def swap_two_and_recompute(c: Connection) -> None:
    swap(c, S1, 3, 4)
    recompute(c, S1)


def move_one_to_another_case(c: Connection) -> None:
    edit(c, S1, LAST, case=S3, seq=999)
    recompute(c, S1)
    recompute(c, S3)


def forge_one_at_the_end(c: Connection) -> None:
    forge(c, S1, LAST)


def forge_one_between(c: Connection) -> None:
    forge(c, S1, 3)


def forge_one_between_and_recompute(c: Connection) -> None:
    forge(c, S1, 3)
    recompute(c, S1)


def append_as_the_program_would(c: Connection) -> None:
    forge(c, S1, LAST)
    recompute(c, S1)


def edit_a_payload(c: Connection) -> None:
    rewrite_payload(c, also_its_digest=False)


def edit_a_payload_and_its_digest(c: Connection) -> None:
    rewrite_payload(c, also_its_digest=True)


def edit_a_payload_up_to_the_chain(c: Connection) -> None:
    old, new = rewrite_payload(c, also_its_digest=True)
    for row in c.execute(select(EVENTS).where(EVENTS.c.case == S1)).all():
        edit(c, S1, row.seq, body=row.body.replace(old, new))
    recompute(c, S1)


def delete_a_payload(c: Connection) -> None:
    c.execute(delete(PAYLOADS).where(PAYLOADS.c.case == S1))


def say_erased_but_keep(c: Connection) -> None:
    c.execute(update(PAYLOADS).where(PAYLOADS.c.case == S1).values(erased_at="2026-02-01"))


def rewrite_the_definition(c: Connection) -> None:
    laxer = func.replace(TEXTS.c.text, "30 working days", "90 working days")
    c.execute(update(TEXTS).where(TEXTS.c.kind == "definition").values(text=laxer + " "))


# -- SQLite keeps in a column whatever it is given -------------------------------------------------


def a_body_that_is_no_text(c: Connection) -> None:
    _plainly(c, "UPDATE events SET body = x'FF00FE' WHERE \"case\" = ? AND seq = 3")


def a_body_that_is_no_utf8(c: Connection) -> None:
    _plainly(c, "UPDATE events SET body = CAST(x'7BFF7D' AS TEXT) WHERE \"case\" = ? AND seq = 3")


def an_actor_that_is_no_text(c: Connection) -> None:
    _plainly(c, "UPDATE events SET actor = x'FF' WHERE \"case\" = ? AND seq = 3")


def a_number_that_is_none(c: Connection) -> None:
    _plainly(c, "UPDATE events SET seq = 'third' WHERE \"case\" = ? AND seq = 3")


def a_day_that_is_none(c: Connection) -> None:
    _plainly(c, "UPDATE events SET happened_on = 'never' WHERE \"case\" = ? AND seq = 3")


def a_last_number_that_is_none(c: Connection) -> None:
    _plainly(c, "UPDATE cases SET seq = 'last' WHERE id = ?")


def a_payload_that_is_no_text(c: Connection) -> None:
    _plainly(c, "UPDATE payloads SET body = x'FF' WHERE \"case\" = ?")


def _plainly(c: Connection, statement: str) -> None:
    assert c.exec_driver_sql(statement, (S1,)).rowcount
