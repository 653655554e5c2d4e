"""The log explains everything that stands (law 2), also after a person was forgotten (law 9)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from engine.checkpoint import log_digest, read_checkpoint, write_checkpoint
from engine.erasure import ERASED_NAME, erase_payload, erase_person
from engine.replaying import replay
from engine.shelf import Shelf
from engine.verification import verify
from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from models.issues import IssueRow
from models.messages import Attempt, Message
from models.orders import OrderRow
from models.people import Person, Recusal
from models.visits import Visit
from tests.county import HEAD, INSPECTOR, County, case_of, live_some_months, submit

CASES, EVENTS, DEADLINES = Case.__table__, StoredEvent.__table__, DeadlineRow.__table__
ORDERS, ISSUES, VISITS = OrderRow.__table__, IssueRow.__table__, Visit.__table__
PAYLOADS, PEOPLE, RECUSALS = Payload.__table__, Person.__table__, Recusal.__table__
MESSAGES, ATTEMPTS = Message.__table__, Attempt.__table__
S1, S2, S3 = case_of("S1"), case_of("S2"), case_of("S3")
FORGOTTEN_AT = datetime(2026, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """Some months have been lived."""
    county = County(database_url)
    live_some_months(county)
    yield county
    county.close()


@contextmanager
def changed(county: County) -> Iterator[Connection]:
    """A connection on which anything may be done; in the end nothing was."""
    with county.database.engine.connect() as connection:
        held = connection.begin()
        yield connection
        held.rollback()


def test_every_case_is_what_its_events_make_it(county: County) -> None:
    with county.database.reading() as connection:
        findings = replay(connection, Shelf())
        events = connection.execute(select(EVENTS)).all()
    assert findings.in_chinese() == []
    assert (findings.cases, findings.events) == (4, len(events))


def test_it_holds_after_every_single_command(tmp_path) -> None:
    county = County(str(tmp_path / "steps.db"))
    do, looks = county.do, []

    def do_and_look(*given):
        done = do(*given)
        with county.database.reading() as connection:
            looks.append(replay(connection, Shelf()).in_chinese())
        return done

    county.do = do_and_look
    live_some_months(county)
    county.close()
    assert looks == [[]] * 11


# -- what does not follow from the log -------------------------------------------------------------


def state_edited(c: Connection) -> None:
    row = c.execute(select(CASES.c.state).where(CASES.c.id == S1)).scalar_one()
    c.execute(update(CASES).where(CASES.c.id == S1).values(state=row.replace("2026-01", "2026-02")))


def state_written_otherwise(c: Connection) -> None:
    row = c.execute(select(CASES.c.state).where(CASES.c.id == S1)).scalar_one()
    c.execute(update(CASES).where(CASES.c.id == S1).values(state=row.replace(":", ": ", 1)))


def case_closed_by_hand(c: Connection) -> None:
    c.execute(update(CASES).where(CASES.c.id == S1).values(status="closed"))


def deadline_moved(c: Connection) -> None:
    of_s3 = (DEADLINES.c.case == S3) & (DEADLINES.c.key == "account/submit")
    c.execute(update(DEADLINES).where(of_s3).values(due_on=date(2026, 12, 31)))


def deadline_forgotten(c: Connection) -> None:
    c.execute(delete(DEADLINES).where(DEADLINES.c.case == S3, DEADLINES.c.key == "account/submit"))


def order_dropped(c: Connection) -> None:
    c.execute(delete(ORDERS).where(ORDERS.c.id == first_order(c)))


def order_rewritten(c: Connection) -> None:
    said = update(ORDERS).where(ORDERS.c.id == first_order(c))
    c.execute(said.values(body='{"flow":"self_assessment","kind":"tell"}'))


def order_invented(c: Connection) -> None:
    row = c.execute(select(ORDERS).where(ORDERS.c.id == first_order(c))).one()._asdict()
    c.execute(insert(ORDERS).values(row | {"id": f"{S1}#99999.0", "seq": 3}))


def issue_closed_by_hand(c: Connection) -> None:
    c.execute(update(ISSUES).where(ISSUES.c.case == S3).values(state="closed"))


def visit_lost(c: Connection) -> None:
    c.execute(delete(VISITS).where(VISITS.c.case == S3))


def event_unknown(c: Connection) -> None:
    third = (EVENTS.c.case == S1) & (EVENTS.c.seq == 3)
    c.execute(update(EVENTS).where(third).values(body='{"type":"no.such","v":1}'))


def case_gone(c: Connection) -> None:
    c.execute(delete(CASES).where(CASES.c.id == S3))


def first_order(c: Connection) -> str:
    """The first order of S1."""
    wanted = select(ORDERS.c.id).where(ORDERS.c.case == S1).order_by(ORDERS.c.id)
    return c.execute(wanted).scalars().first()


CHANGES: list[tuple[Callable[[Connection], None], str, str]] = [
    # what is changed         which case  what is said of it
    (state_edited, S1, "存的案卷状态与重放的不一致（stages.account.since"),
    (state_written_otherwise, S1, "内容相同，写法不同"),
    (case_closed_by_hand, S1, "案卷登记的status与重放的不一致"),
    (
        deadline_moved,
        S3,
        "期限表一行（account/submit）不一致：due_on存的是2026-12-31，应为2026-01-",
    ),
    (deadline_forgotten, S3, "期限表缺一行"),
    (order_dropped, S1, "交办表缺一行"),
    (order_rewritten, S1, "body存的是"),
    (order_invented, S1, "交办表多出一行"),
    (issue_closed_by_hand, S3, "问题台账一行（issues/1）不一致：state存的是closed，应为raised"),
    (visit_lost, S3, "到校记录缺一行"),
    (event_unknown, S1, "从这一条起无法重放"),
    (case_gone, S3, "期限表里有这个案卷的记录，案卷却不在了"),
]


def test_whatever_does_not_follow_from_the_log_is_named(
    county: County, subtests: pytest.Subtests
) -> None:
    for done, case, words in CHANGES:
        with subtests.test(done.__name__), changed(county) as connection:
            done(connection)
            findings = replay(connection, Shelf())
            assert {finding.case for finding in findings.found} == {case}
            assert any(words in finding.what for finding in findings.found), findings.in_chinese()


def test_what_became_of_an_order_is_no_matter_of_the_log(county: County) -> None:
    with changed(county) as connection:
        connection.execute(update(ORDERS).values(state="done", flow_run="r", claim=3))
        assert replay(connection, Shelf()).clean


# -- forgetting ------------------------------------------------------------------------------------


def everything_readable(connection: Connection) -> str:
    """All free text and personal data there is, in one string."""
    told = [
        *connection.execute(select(PAYLOADS.c.body, PAYLOADS.c.salt)),
        *connection.execute(select(PEOPLE.c.name, PEOPLE.c.mail, PEOPLE.c.phone)),
        *connection.execute(select(RECUSALS.c.reason)),
        *connection.execute(select(MESSAGES.c.subject, MESSAGES.c.text)),
        *connection.execute(select(ATTEMPTS.c.detail)),
        *connection.execute(select(EVENTS.c.body)),
        *connection.execute(select(CASES.c.state)),
        *connection.execute(select(ORDERS.c.body)),
    ]
    return "\n".join(str(text) for row in told for text in row)


def write_to_the_head(connection: Connection) -> None:
    """A message to the head of S1 and its attempt, and a recusal of the head's."""
    message = {
        "key": "m1",
        "order": first_order(connection),
        "case": S1,
        "office": "O",
        "name": "self_assessment.opened",
        "person": "S-1",
        "role": "school",
        "organisation": "S1",
        "owed_on": date(2026, 1, 5),
        "subject": "致示例校长",
        "text": "示例校长：请于期限内提交。",
        "state": "sent",
        "reason": "",
        "tries": 1,
        "not_before": "",
    }
    attempt = {
        "message": "m1",
        "number": 1,
        "channel": "mail",
        "begun_at": "2026-01-05T01:00:00Z",
        "ended_at": "",
        "state": "sent",
        "detail": "to s1@example.org",
        "flow_run": "",
    }
    connection.execute(insert(MESSAGES).values(message))
    connection.execute(insert(ATTEMPTS).values(attempt))
    recusal = {"person": "S-1", "organisation": "S3", "reason": "示例校长的亲属"}
    connection.execute(insert(RECUSALS).values(recusal))


def test_a_person_is_forgotten_and_nothing_breaks(county: County) -> None:
    with county.database.writing() as connection:
        write_to_the_head(connection)
        before = log_digest(connection)
        checkpoint = read_checkpoint(write_checkpoint(connection, FORGOTTEN_AT))
        for words in ("马厩已拆", "示例校长", "s1@example.org"):
            assert words in everything_readable(connection)
    with county.database.writing() as connection:
        assert erase_person(connection, "S-1", FORGOTTEN_AT) == 5
    with county.database.reading() as connection:
        left = everything_readable(connection)
        for words in ("马厩已拆", "数据已补", "迟到的自查", "示例校长", "s1@example.org"):
            assert words not in left
        assert "数据不全" in left  # the office's own words stay
        name = select(PEOPLE.c.name).where(PEOPLE.c.id == "S-1")
        assert connection.execute(name).scalar_one() == ERASED_NAME
        assert log_digest(connection) == before
        assert replay(connection, Shelf()).clean
        findings = verify(connection, checkpoint)
        assert findings.clean
        assert "有5份所附文字已依规定删除，不影响核对。" in findings.notes


def test_what_somebody_else_did_for_them_is_forgotten_too(county: County) -> None:
    entry = county.entry("S3", submit("代为填报"), HEAD)._replace(on_behalf_of="S-9")
    county.journal.record(entry)
    with county.database.writing() as connection:
        assert erase_person(connection, "S-9", FORGOTTEN_AT) == 1
        assert "代为填报" not in everything_readable(connection)


def test_one_text_is_erased_once_and_says_when(county: County) -> None:
    wanted = select(PAYLOADS).where(PAYLOADS.c.body.contains("听课"))
    with county.database.writing() as connection:
        key = connection.execute(wanted).one().digest
        assert erase_payload(connection, key, FORGOTTEN_AT)
        assert not erase_payload(connection, key, FORGOTTEN_AT)
        assert not erase_payload(connection, "0" * 64, FORGOTTEN_AT)
        row = connection.execute(select(PAYLOADS).where(PAYLOADS.c.digest == key)).one()
    assert (row.body, row.salt, row.erased_at) == ("", "", "2026-03-01T02:00:00Z")


def test_erased_text_leaves_the_file_of_sqlite(tmp_path) -> None:
    county = County(str(tmp_path / "c.db"))
    county.do("S1", submit("只此一处的原文"), HEAD)
    with county.database.writing() as connection:
        assert erase_person(connection, HEAD.person, FORGOTTEN_AT) == 1
    with county.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    county.close()
    assert "只此一处的原文".encode() not in (tmp_path / "c.db").read_bytes()


def test_the_story_goes_on_after_somebody_was_forgotten(county: County) -> None:
    with county.database.writing() as connection:
        erase_person(connection, INSPECTOR.person, FORGOTTEN_AT)
    county.do("S3", submit(), HEAD)
    with county.database.reading() as connection:
        assert replay(connection, Shelf()).clean and verify(connection).clean
