"""An office's templates in its own log: adopted, replaced, given up - who, when, which file - and
the letters drafted in between, which keep the template they were set in.

    6 January   the office adopts A for all kinds
    7 January   B takes its place
    8 January   the opinion letter has C of its own
    9 January   B is given up; the opinion letter keeps C
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import delete, insert, select, update

from documents.template_store import chosen, versions
from engine.checkpoint import read_checkpoint, write_checkpoint
from engine.journal import Entry, Recorded
from engine.replaying import replay
from engine.shelf import Shelf
from engine.verification import verify
from models.cases import Case
from models.events import StoredEvent
from models.letter_templates import ALL_KINDS, LetterTemplate
from rules.letter_templates import AdoptTemplate, GiveUpTemplate
from rules.messages import Command
from rules.office_affairs import OfficeCommand, own_case
from rules.values import Actor, Refusal
from tests.county import CLERK, HEAD, OFFICE, County, case_of, sound, submit

A, B, C = "a" * 64, "b" * 64, "c" * 64
OWN = own_case(OFFICE)
_EVENTS, _CASES, _TEMPLATES = StoredEvent.__table__, Case.__table__, LetterTemplate.__table__


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    county = County(database_url)
    yield county
    county.close()


def adopted(sha256: str, kind: str = ALL_KINDS, note: str = "加页眉") -> AdoptTemplate:
    form = {"file": "本室模板.docx", "note": note}
    return AdoptTemplate(office=OFFICE, kind=kind, sha256=sha256, form=form)


def given_up(kind: str = ALL_KINDS) -> GiveUpTemplate:
    return GiveUpTemplate(office=OFFICE, kind=kind)


def tried(
    county: County, command: Command, actor: Actor = CLERK, case: str = OWN, key: str = ""
) -> Recorded | Refusal:
    return county.journal.record(county.entry("S1", command, actor, key)._replace(case=case))


def lived(county: County) -> None:
    """The four days above."""
    steps: list[tuple[date, OfficeCommand]] = [
        (date(2026, 1, 6), adopted(A)),
        (date(2026, 1, 7), adopted(B, note="换徽标")),
        (date(2026, 1, 8), adopted(C, "opinion_letter")),
        (date(2026, 1, 9), given_up()),
    ]
    for day, command in steps:
        county.until(day)
        assert isinstance(tried(county, command), Recorded)


def logged(county: County) -> list[tuple]:
    with county.database.reading() as connection:
        wanted = select(_EVENTS).where(_EVENTS.c.case == OWN).order_by(_EVENTS.c.seq)
        rows = connection.execute(wanted).all()
    told = [(row, json.loads(row.body)) for row in rows]
    return [
        (
            row.type,
            row.item,
            row.happened_on.day,
            row.actor,
            body.get("sha256", ""),
            body["version"],
        )
        for row, body in told
    ]


def held(county: County, kind: str) -> str:
    with county.database.reading() as connection:
        return chosen(connection, OFFICE, kind)


def test_the_log_says_who_adopted_which_file_when_and_what_it_took_the_place_of(
    county: County,
) -> None:
    lived(county)
    assert logged(county) == [
        ("template.adopted", "*", 6, "O-1", A, 1),
        ("template.adopted", "*", 7, "O-1", B, 2),
        ("template.adopted", "opinion_letter", 8, "O-1", C, 1),
        ("template.given_up", "*", 9, "O-1", "", 3),
    ]
    with county.database.reading() as connection:
        wanted = select(_EVENTS.c.body).where(_EVENTS.c.case == OWN).order_by(_EVENTS.c.seq)
        replaced = [json.loads(body)["replaced"] for body in connection.execute(wanted).scalars()]
    assert replaced == ["", A, "", B]


def test_what_holds_follows_from_the_log_and_both_are_verified(county: County) -> None:
    lived(county)
    assert (held(county, "opinion_letter"), held(county, "visit_notice")) == (C, "")
    assert sound(county.database)


def test_a_step_taken_twice_is_one_and_what_holds_already_is_no_event(county: County) -> None:
    first = tried(county, adopted(A), key="once")
    again = tried(county, adopted(A), key="once")
    assert isinstance(again, Recorded) and again.again and again.events == first.events
    assert tried(county, adopted(A, note="再传一次")).events == ()
    assert tried(county, given_up("opinion_letter")).events == ()
    assert len(logged(county)) == 1


def test_eight_who_adopt_at_once_all_have_a_version(county: County) -> None:
    def adopt(number: int) -> Recorded | Refusal:
        entry = Entry(adopted(f"{number:064}"), OWN, CLERK, county.minute, f"upload {number}")
        return county.journal.record(entry)

    with ThreadPoolExecutor(4) as pool:
        assert all(isinstance(one, Recorded) for one in pool.map(adopt, range(1, 9)))
    with county.database.reading() as connection:
        found = [row.version for row in versions(connection, OFFICE)[ALL_KINDS]]
    assert found == [8, 7, 6, 5, 4, 3, 2, 1] and sound(county.database)


# wish, by whom, in which case: the reason of the refusal
REFUSED = [
    (adopted(A), HEAD, OWN, "应由督导室办理"),
    (adopted(A), Actor("X-1", "office", "X"), OWN, "别的督导室的事务"),
    (adopted(A), CLERK, case_of("S1"), "不是本室事务的案卷"),
    (adopted(A), CLERK, own_case("X"), "没有这个案卷"),
    (submit(), HEAD, OWN, "还没有立案"),
]


@pytest.mark.parametrize(("command", "actor", "case", "reason"), REFUSED)
def test_an_office_s_own_log_is_its_own_and_holds_nothing_else(
    county: County, command: Command, actor: Actor, case: str, reason: str
) -> None:
    if not isinstance(command, OfficeCommand):
        assert isinstance(tried(county, adopted(A)), Recorded)
    result = tried(county, command, actor, case)
    assert isinstance(result, Refusal) and reason in result.reason


def test_whoever_forges_or_hides_a_template_is_found_out(county: County) -> None:
    lived(county)
    with county.database.writing() as connection:
        forged = {"office": OFFICE, "kind": "visit_notice", "version": 1, "case": OWN, "seq": 9}
        connection.execute(insert(_TEMPLATES), {**forged, "sha256": "f" * 64})
        connection.execute(delete(_TEMPLATES).where(_TEMPLATES.c.sha256 == A))
        changed = update(_TEMPLATES).where(_TEMPLATES.c.sha256 == B)
        connection.execute(changed.values(sha256="e" * 64))
    with county.database.reading() as connection:
        found = [one.what for one in replay(connection, Shelf()).found]
    assert len(found) == 3
    assert any("多出一行（visit_notice/1）" in what for what in found)
    assert any("缺一行" in what for what in found)
    assert any(f"应为{B}" in what for what in found)


def test_a_changed_event_is_found_by_verify_with_a_checkpoint_even_if_hashes_were_redone(
    county: County,
) -> None:
    lived(county)
    with county.database.reading() as connection:
        checkpoint = read_checkpoint(write_checkpoint(connection, county.minute))
    with county.database.writing() as connection:
        last = (_EVENTS.c.case == OWN) & (_EVENTS.c.seq == 4)
        connection.execute(delete(_EVENTS).where(last))
        before = select(_EVENTS.c.hash).where(_EVENTS.c.case == OWN, _EVENTS.c.seq == 3)
        head = connection.execute(before).scalar_one()
        connection.execute(update(_CASES).where(_CASES.c.id == OWN).values(seq=3, head=head))
    with county.database.reading() as connection:
        assert verify(connection).found == []
        [finding] = verify(connection, checkpoint).found
    assert finding.case == OWN and finding.kind == "removed"
