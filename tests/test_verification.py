"""The log holds what was done (law 8): what each tampering leaves to see, alone and with a
checkpoint that was kept elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select

from engine.checkpoint import BadCheckpoint, read_checkpoint, write_checkpoint
from engine.findings import MOST, Finding, Findings
from engine.rounds import CLOCK
from engine.verification import verify
from rules.case_words import ReceiveIssues
from rules.messages import Finding as Problem
from tests.county import CLERK, HEAD, County, live_some_months, raise_issue, submit
from tests.tamperings import (
    LAST,
    PAYLOADS,
    S1,
    S3,
    a_body_that_is_no_text,
    a_body_that_is_no_utf8,
    a_day_that_is_none,
    a_last_number_that_is_none,
    a_number_that_is_none,
    a_payload_that_is_no_text,
    an_actor_that_is_no_text,
    append_as_the_program_would,
    delete_a_case_altogether,
    delete_a_case_row,
    delete_a_payload,
    delete_all_events_of_a_case,
    delete_everything,
    delete_one_between,
    delete_one_between_and_recompute,
    delete_the_first,
    delete_the_last,
    delete_the_last_and_mend,
    drop,
    edit,
    edit_a_body,
    edit_a_body_and_recompute,
    edit_a_hash,
    edit_a_payload,
    edit_a_payload_and_its_digest,
    edit_a_payload_up_to_the_chain,
    edit_the_day_searched_by,
    edit_when_it_was_recorded_and_recompute,
    edit_who_did_it,
    forge_one_at_the_end,
    forge_one_between,
    forge_one_between_and_recompute,
    move_one_to_another_case,
    recompute,
    rewrite_the_definition,
    say_erased_but_keep,
    spoil_a_body,
    swap_two,
    swap_two_and_recompute,
)

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


OF_NO_SUCH_TYPE: list[tuple[Callable[[Connection], None], set[str]]] = [
    (a_body_that_is_no_text, {"edited", "unreadable"}),
    (a_body_that_is_no_utf8, {"edited", "unreadable"}),
    (an_actor_that_is_no_text, {"edited"}),
    (a_number_that_is_none, {"gap", "unreadable"}),
    (a_day_that_is_none, {"column"}),
    (a_last_number_that_is_none, {"end"}),
    (a_payload_that_is_no_text, {"payload"}),
]


def test_what_only_sqlite_takes_is_seen_and_does_not_stop_the_look(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    county = County(str(tmp_path / "c.db"))
    live_some_months(county)
    with county.database.reading() as connection:
        checkpoint = read_checkpoint(write_checkpoint(connection, KEPT_AT))
    for done, expected in OF_NO_SUCH_TYPE:
        with subtests.test(done.__name__), tampering(county) as connection:
            done(connection)
            assert kinds(verify(connection)) == expected
            found = verify(connection, checkpoint)
            assert kinds(found) >= expected and {finding.case for finding in found.found} == {S1}
    county.close()


def test_a_frozen_definition_that_says_something_else_is_seen(county: County) -> None:
    with tampering(county) as connection:
        rewrite_the_definition(connection)
        (found,) = verify(connection).found
    assert found.kind == "frozen" and "与其指纹不符" in found.what


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
        assert findings.notes[0].startswith("已与北京时间2026-02-11 00:00的校验点核对")


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
