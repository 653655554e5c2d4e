"""The log holds what was done (law 8): what each tampering leaves to see, alone and with a
checkpoint that was kept elsewhere."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from engine.chain import GENESIS, link
from engine.checkpoint import BadCheckpoint, read_checkpoint, write_checkpoint
from engine.export import CHAINED
from engine.findings import MOST, Finding, Findings
from engine.rounds import CLOCK
from engine.verification import verify
from models.cases import Case
from models.events import Payload, StoredEvent
from rules.case_words import ReceiveIssues
from rules.messages import Finding as Problem
from rules.values import digest
from tests.county import CLERK, HEAD, County, case_of, live_some_months, raise_issue, submit

CASES, EVENTS, PAYLOADS = Case.__table__, StoredEvent.__table__, Payload.__table__
S1, S3 = case_of("S1"), case_of("S3")
LAST = 1_000_000
KEPT_AT = datetime(2026, 2, 10, 16, tzinfo=UTC)


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """Some months have been lived."""
    county = County(database_url)
    live_some_months(county)
    yield county
    county.close()


@contextmanager
def tampering(county: County) -> Iterator[Connection]:
    """A connection on which anything may be done; in the end nothing was."""
    with county.database.engine.connect() as connection:
        held = connection.begin()
        yield connection
        held.rollback()


# -- the tools of the tamperer ---------------------------------------------------------------------


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


NOTHING: set[str] = set()
TAMPERINGS: list[tuple[Callable[[Connection], None], set[str], set[str]]] = [
    # what is done                            seen alone               seen with the checkpoint
    (edit_a_body, {"edited", "column"}, {"edited", "column", "rewritten"}),
    (edit_a_body_and_recompute, NOTHING, {"rewritten"}),
    (edit_the_day_searched_by, {"column"}, {"column"}),
    (edit_who_did_it, {"edited"}, {"edited", "rewritten"}),
    (edit_when_it_was_recorded_and_recompute, NOTHING, {"rewritten"}),
    (edit_a_hash, {"edited", "broken"}, {"edited", "broken"}),
    (spoil_a_body, {"edited", "unreadable"}, {"edited", "unreadable", "rewritten"}),
    (delete_the_last, {"end"}, {"end", "removed"}),
    (delete_the_last_and_mend, NOTHING, {"removed"}),
    (delete_one_between, {"gap"}, {"gap", "rewritten"}),
    (delete_one_between_and_recompute, NOTHING, {"removed"}),
    (delete_the_first, {"gap"}, {"gap", "rewritten"}),
    (delete_all_events_of_a_case, {"no_events"}, {"no_events", "case_removed"}),
    (delete_a_case_row, {"no_case"}, {"no_case"}),
    (delete_a_case_altogether, NOTHING, {"case_removed"}),
    (delete_everything, NOTHING, {"case_removed"}),
    (swap_two, {"edited", "broken"}, {"edited", "broken", "rewritten"}),
    (swap_two_and_recompute, NOTHING, {"rewritten"}),
    (move_one_to_another_case, NOTHING, {"removed"}),  # S1 is shorter; S3 only has one more
    (forge_one_at_the_end, {"end"}, {"end"}),
    (forge_one_between, {"edited", "broken", "end"}, {"edited", "broken", "end", "rewritten"}),
    (forge_one_between_and_recompute, NOTHING, {"rewritten"}),
    (append_as_the_program_would, NOTHING, NOTHING),  # nothing before the checkpoint changed
    (edit_a_payload, {"payload"}, {"payload"}),
    (edit_a_payload_and_its_digest, {"payload_gone"}, {"payload_gone"}),
    (edit_a_payload_up_to_the_chain, NOTHING, {"rewritten"}),
    (delete_a_payload, {"payload_gone"}, {"payload_gone"}),
    (say_erased_but_keep, {"payload"}, {"payload"}),
]


def kinds(findings: Findings) -> set[str]:
    """The kinds of what was found."""
    return {finding.kind for finding in findings.found}


def test_each_tampering_is_seen_as_far_as_it_can_be(
    county: County, subtests: pytest.Subtests
) -> None:
    with county.database.reading() as connection:
        checkpoint = read_checkpoint(write_checkpoint(connection, KEPT_AT))
    for done, alone, with_checkpoint in TAMPERINGS:
        with subtests.test(done.__name__), tampering(county) as connection:
            done(connection)
            assert kinds(verify(connection)) == alone
            findings = verify(connection, checkpoint)
            assert kinds(findings) == with_checkpoint
            touched = {S3} if done is move_one_to_another_case else set()
            everything = {head.case for head in checkpoint.heads}
            allowed = everything if done is delete_everything else {S1} | touched
            assert {finding.case for finding in findings.found} <= allowed


def test_what_came_after_the_checkpoint_can_be_rewritten_and_it_says_so(county: County) -> None:
    with county.database.reading() as connection:
        checkpoint = read_checkpoint(write_checkpoint(connection, KEPT_AT))
    county.do("S3", submit(), HEAD)
    with tampering(county) as connection:
        edit(connection, S3, LAST, actor="O-1")
        recompute(connection, S3)
        findings = verify(connection, checkpoint)
    assert findings.clean
    assert "其后的" in findings.notes[-1] and "只能看出是否前后一致" in findings.notes[-1]


def test_alone_it_says_that_it_can_only_show_inconsistency(county: County) -> None:
    with county.database.reading() as connection:
        findings = verify(connection)
    assert findings.clean
    assert findings.in_chinese() == [
        "没有校验点：以上只能看出日志自身是否前后一致；"
        "若有人改写后把指纹全部重算，单凭日志看不出来。请用另外保存的校验点再核对一次。"
    ]


def test_an_issue_that_came_from_another_case_keeps_its_words_there(county: County) -> None:
    with county.database.reading() as connection:
        text = connection.execute(select(PAYLOADS.c.digest).where(PAYLOADS.c.case == S3)).scalar()
    finding = Problem(basis="B2", text="1", payload=text)
    county.do("S1", ReceiveIssues(source=S3, findings=(finding,)), CLOCK)
    with tampering(county) as connection:
        assert verify(connection).clean
        connection.execute(delete(PAYLOADS).where(PAYLOADS.c.digest == text))
        gone = {(found.kind, found.case) for found in verify(connection).found}
    assert gone == {("payload_gone", S3), ("payload_gone", S1)}


def test_it_names_case_number_and_what(county: County) -> None:
    with tampering(county) as connection:
        drop(connection, S1, 4)
        edit(connection, S3, 2, actor="O-1")
        found = verify(connection).in_chinese()
    assert found[:2] == [
        f"案卷{S1}第5条：这一条之前缺第4条，被删去或改了编号。",
        f"案卷{S3}第2条：内容与指纹不符，内容或指纹被改动过。",
    ]


def test_more_than_anyone_reads_is_counted() -> None:
    findings = Findings()
    for _ in range(MOST + 5):
        findings.add(Finding("gap", S1, "缺"))
    assert (len(findings.found), findings.count) == (MOST, MOST + 5)
    assert findings.in_chinese()[-1] == "另有5处，不再逐条列出。"


def test_a_later_log_fits_an_earlier_checkpoint(county: County) -> None:
    with county.database.reading() as connection:
        checkpoint = read_checkpoint(write_checkpoint(connection, KEPT_AT))
    county.do("S1", raise_issue(), CLERK)
    with county.database.reading() as connection:
        findings = verify(connection, checkpoint)
        assert findings.clean and findings.events > checkpoint.events


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('"events":', '"events":1'),  # counts what is not there
        lambda text: text.replace("/S1", "/S9"),  # names another case
        lambda text: text.replace('"root":"', '"root":"0'),
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: "不是校验点",
    ],
)
def test_a_checkpoint_that_was_changed_is_refused(spoil, tmp_path) -> None:
    county = County(str(tmp_path / "c.db"), ["S1"])
    with county.database.reading() as connection:
        text = write_checkpoint(connection, KEPT_AT)
    county.close()
    assert read_checkpoint(text).at == "2026-02-10T16:00:00Z"
    with pytest.raises(BadCheckpoint, match="校验点"):
        read_checkpoint(spoil(text))
