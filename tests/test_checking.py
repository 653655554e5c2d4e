"""What hangs is found (law 3): cases broken by hand, and what the check says of each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from engine.checking import check
from engine.findings import Findings
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from models.messages import Message
from models.orders import OrderRow
from models.organisations import Organisation
from models.people import Assignment, Person
from models.standards import FrozenText
from tests.county import OFFICE, ROUND, County, case_of, live_some_months

CASES, DEADLINES, ORDERS = Case.__table__, DeadlineRow.__table__, OrderRow.__table__
ASSIGNED, PEOPLE, ROUNDS = Assignment.__table__, Person.__table__, Round.__table__
ORGANISATIONS, MESSAGES = Organisation.__table__, Message.__table__
S1, S3 = case_of("S1"), case_of("S3")


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """Some months have been lived, and every order was carried out."""
    county = County(database_url)
    live_some_months(county)
    with county.database.writing() as connection:
        done = {"state": "done", "done_at": "2026-02-06T02:00:00Z", "flow_run": "demo"}
        connection.execute(update(ORDERS).values(done))
    yield county
    county.close()


@contextmanager
def broken(county: County) -> Iterator[Connection]:
    """A connection on which anything may be broken; in the end nothing was."""
    with county.database.engine.connect() as connection:
        held = connection.begin()
        yield connection
        held.rollback()


def now(county: County) -> datetime:
    """The evening of the county's last day."""
    return county.minute.replace(hour=10)


def test_a_county_that_is_looked_after_has_nothing_to_say(county: County) -> None:
    with county.database.reading() as connection:
        findings = check(connection, now(county))
    assert findings.in_chinese() == []
    assert findings.cases == 4  # three schools and the round


# -- broken by hand --------------------------------------------------------------------------------


def the_round_is_over(c: Connection) -> None:
    c.execute(update(CASES).where(CASES.c.id == ROUND).values(status="closed"))
    of_round = (DEADLINES.c.case == ROUND) & (DEADLINES.c.state == "armed")
    c.execute(update(DEADLINES).where(of_round).values(state="cancelled"))


def nothing_is_armed(c: Connection, case: str = S1) -> None:
    gone = update(DEADLINES).where(DEADLINES.c.case == case)
    c.execute(gone.values(state="cancelled"))
    state = c.execute(select(CASES.c.state).where(CASES.c.id == case)).scalar_one()
    head, tail = state.split('"deadlines":{')
    left = tail[tail.index('},"dates"') :] if '},"dates"' in tail else tail
    emptied = f'{head}"deadlines":{{{left}'
    c.execute(update(CASES).where(CASES.c.id == case).values(state=emptied))


def nothing_is_armed_and_the_round_is_over(c: Connection) -> None:
    the_round_is_over(c)
    nothing_is_armed(c)


def only_an_order_is_open(c: Connection) -> None:
    nothing_is_armed_and_the_round_is_over(c)
    first = select(ORDERS.c.id).where(ORDERS.c.case == S1).order_by(ORDERS.c.id).limit(1)
    key = c.execute(first).scalar_one()
    opened = {"state": "open", "owed_on": date(2026, 2, 6)}
    c.execute(update(ORDERS).where(ORDERS.c.id == key).values(opened))


def a_row_of_the_clock_is_lost(c: Connection) -> None:
    rows = (DEADLINES.c.case == S1) & (DEADLINES.c.state == "armed")
    seq = c.execute(select(DEADLINES.c.seq).where(rows)).scalars().first()
    c.execute(delete(DEADLINES).where(DEADLINES.c.case == S1, DEADLINES.c.seq == seq))


def a_row_of_the_clock_is_put_off(c: Connection) -> None:
    rows = (DEADLINES.c.case == S1) & (DEADLINES.c.state == "armed")
    c.execute(update(DEADLINES).where(rows).values(next_on=date(2030, 1, 1)))


def a_met_deadline_is_armed_again(c: Connection) -> None:
    rows = (DEADLINES.c.case == S1) & (DEADLINES.c.key == "account/review")
    c.execute(update(DEADLINES).where(rows).values(state="armed"))


def a_closed_case_still_counts(c: Connection) -> None:
    c.execute(update(CASES).where(CASES.c.id == S1).values(status="closed"))


LETTER = '{"flow":"self_assessment","kind":"draft","name":"self_assessment_handbook"}'


def an_order(**columns: object) -> Callable[[Connection], None]:
    """The first order of S1, as it is made to stand."""

    def change(c: Connection) -> None:
        wanted = select(ORDERS.c.id).where(ORDERS.c.case == S1).order_by(ORDERS.c.id)
        key = c.execute(wanted).scalars().first()
        c.execute(update(ORDERS).where(ORDERS.c.id == key).values(columns))

    return change


def a_message(c: Connection, **columns: object) -> None:
    order = c.execute(select(ORDERS.c.id).where(ORDERS.c.case == S1)).scalars().first()
    row = {
        "key": f"{order}/S-1",
        "order": order,
        "case": S1,
        "office": OFFICE,
        "name": "self_assessment.opened",
        "person": "S-1",
        "role": "school",
        "organisation": "S1",
        "owed_on": date(2026, 1, 5),
        "subject": "",
        "text": "",
        "state": "failed",
        "reason": "邮箱不存在",
        "tries": 3,
        "not_before": "",
    }
    c.execute(insert(MESSAGES).values(row | columns))


def a_message_failed(c: Connection) -> None:
    a_message(c)


def a_message_lies_in_the_office(c: Connection) -> None:
    a_message(c, state="open", reason="", tries=0)


def a_state_is_spoilt(c: Connection) -> None:
    c.execute(update(CASES).where(CASES.c.id == S1).values(state='{"deadlines":{"x":3}}'))


def the_definition_is_gone(c: Connection) -> None:
    c.execute(delete(FrozenText.__table__))


def nobody_is_in_the_office(c: Connection) -> None:
    c.execute(delete(ASSIGNED).where(ASSIGNED.c.role == "office"))


def nobody_heads_a_school(c: Connection) -> None:
    c.execute(delete(ASSIGNED).where(ASSIGNED.c.organisation == "S3"))


def the_only_inspector_left(c: Connection) -> None:
    c.execute(update(PEOPLE).where(PEOPLE.c.id == "I-1").values(left_on=date(2026, 1, 31)))


def a_round_was_never_begun(c: Connection) -> None:
    row = c.execute(select(ROUNDS)).first()._asdict()
    c.execute(insert(ROUNDS).values(row | {"id": "O/small-year/2027", "period": "2027"}))


def a_school_has_no_case(c: Connection) -> None:
    school = c.execute(select(ORGANISATIONS).where(ORGANISATIONS.c.code == "S1")).one()._asdict()
    c.execute(insert(ORGANISATIONS).values(school | {"code": "S9", "name": "示例小学九"}))


LATER = {"state": "open", "done_at": "", "flow_run": ""}
BROKEN: list[tuple[Callable[[Connection], None], str, str, str]] = [
    # what was done            found as       where  words that name it, since when, what to do
    (nothing_is_armed_and_the_round_is_over, "hanging", S1, "谁都不会收到提醒"),
    (nothing_is_armed, "lost_deadline", S1, "按日志还在计算，案卷和期限表里却都没有了"),
    (a_row_of_the_clock_is_lost, "deadline_row", S1, "时钟看不到它"),
    (a_row_of_the_clock_is_put_off, "deadline_row", S1, "下次查看日，期限表与案卷不一致"),
    (a_met_deadline_is_armed_again, "deadline_row", S1, "account/review，案卷里已经没有"),
    (a_closed_case_still_counts, "deadline_row", S1, "案卷已办结"),
    (an_order(state="failed", outcome="磁盘已满"), "order", S1, "没有办成：磁盘已满。"),
    (an_order(state="failed"), "order", S1, "请督导室示例督导员改正后在“没有办成的事项”里"),
    (an_order(state="failed", body=LETTER), "order", S1, "里交回重办"),
    (an_order(state="unknown"), "order", S1, "结果不明，可能已经办了"),
    (
        an_order(**LATER, claim=2, leased_until="2026-02-06T02:10:00Z"),
        "lease",
        S1,
        "第2次被领走，没有交回结果。（自2026-02-06T02:10:00Z起）",
    ),
    (an_order(**LATER), "untaken", S1, "有1项交办无人领取"),
    (a_message_failed, "message", S1, "给S-1的消息（self_assessment.opened）没有办成：邮箱不存在"),
    (a_message_lies_in_the_office, "unsent", S1, "有1条消息该发没有发"),
    (an_order(state="limbo"), "order", S1, "状态“limbo”不认识，不会有人去办"),
    (a_state_is_spoilt, "state", S1, "案卷状态读不出来"),
    (the_definition_is_gone, "definition", ROUND, "不在了或读不出来"),
    (nobody_is_in_the_office, "nobody", ROUND, "没有人担任O的“督导室”"),
    (nobody_heads_a_school, "nobody", S3, "没有人担任S3的“学校”"),
    (the_only_inspector_left, "nobody", S1, "没有人担任S1的“责任督学”，本案卷的提醒无人接收。"),
    (a_round_was_never_begun, "round", "O/small-year/2027", "本轮已登记，却没有开始"),
    (a_school_has_no_case, "no_case", ROUND, "本轮有1个单位没有立案：S9。（自2026-01-01起）"),
]


def test_each_thing_broken_by_hand_is_found_and_named(
    county: County, subtests: pytest.Subtests
) -> None:
    for number, (done, kind, case, words) in enumerate(BROKEN):
        with subtests.test(f"{number} {words}"), broken(county) as connection:
            done(connection)
            findings = check(connection, now(county))
            found = [f for f in findings.found if (f.kind, f.case) == (kind, case)]
            assert len(found) == 1, findings.in_chinese()
            assert words in found[0].in_chinese()
            assert found[0].advice


def test_waiting_for_a_live_round_or_an_open_order_is_not_hanging(county: County) -> None:
    for done in (nothing_is_armed, only_an_order_is_open):
        with broken(county) as connection:
            done(connection)
            assert "hanging" not in kinds(check(connection, now(county))), done.__name__


def test_a_hanging_case_says_since_when_and_who_must_act(county: County) -> None:
    with broken(county) as connection:
        nothing_is_armed_and_the_round_is_over(connection)
        found = [f for f in check(connection, now(county)).found if f.kind == "hanging"]
    assert found[0].since == "2026-02-06T01:00:00Z"
    assert found[0].advice.startswith("请督导室示例督导员核对后办理下一步")


def test_a_round_speaks_to_the_people_of_all_its_subjects(county: County) -> None:
    said = '{"flow":"planning","kind":"tell","name":"n","to":["school","inspector","superior"]}'
    with broken(county) as connection:
        wanted = select(ORDERS.c.id).where(ORDERS.c.case == S1).order_by(ORDERS.c.id).limit(1)
        key = connection.execute(wanted).scalar_one()
        spoken = {**LATER, "case": ROUND, "body": said, "owed_on": date(2026, 2, 6)}
        connection.execute(update(ORDERS).where(ORDERS.c.id == key).values(spoken))
        found = check(connection, now(county)).found
    assert [(f.kind, f.case, f.what) for f in found] == [
        ("nobody", ROUND, "没有人担任O的“上级督导机构”，本案卷的提醒无人接收。")
    ]


def test_the_clock_stands_still_once_for_each_office(county: County) -> None:
    with county.database.reading() as connection:
        assert "clock" not in kinds(check(connection, now(county) + timedelta(2)))
        findings = check(connection, now(county) + timedelta(30))
    clocks = [finding for finding in findings.found if finding.kind == "clock"]
    assert len(clocks) == 1
    assert "时钟停了：督导室O有" in clocks[0].what
    assert date.fromisoformat(clocks[0].since) <= date(2026, 3, 5)


def test_an_empty_database_has_nothing_that_hangs(database_url: str) -> None:
    from tests.county import journal_of

    journal = journal_of(database_url)
    with journal.database.reading() as connection:
        assert check(connection, datetime(2026, 1, 1, tzinfo=UTC)).clean
    journal.database.close()


def kinds(findings: Findings) -> set[str]:
    """The kinds of what was found."""
    return {finding.kind for finding in findings.found}
