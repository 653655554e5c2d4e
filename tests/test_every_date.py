"""Every date explains itself wherever it is told: on the page, in the message, in the letter and at
the command line the same sentence. Shown with a day that is provisional still and with one that is
reckoned over a make-up workday; on both databases."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from dudao.main import app
from engine.journal import Entry, Recorded
from models.deadlines import DeadlineRow
from models.letters import Letter
from models.messages import Message
from notifications.outbox import Outbox
from rules.issue_list.words import RaiseIssue
from rules.messages import Finding
from rules.reckoning import Reckoning
from rules.values import Actor
from tasks.carrying import carry_out, plainly
from tasks.house import House, live_in
from tests.portal_letters import lines
from tests.portal_people import County, county_at, said
from tests.portal_scoring import review

DEADLINES, MESSAGES, LETTERS = DeadlineRow.__table__, Message.__table__, Letter.__table__
OFFICE = Actor("O2", "office", "SLX-DD")


@pytest.fixture(scope="module")
def december(lived_until: Callable[..., Path]) -> Path:
    return lived_until(date(2026, 12, 10))


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    return lived_until(date(2026, 5, 12))


def carried(county: County, flow: str) -> None:
    """Messages are placed and letters drafted, as the flow of a stage does it."""
    with live_in(House(county.journal, county.desk.home, Outbox(county.desk.home / "outbox"))):
        carry_out(flow, "SLX-DD", county.now, call=plainly)


class Told:
    """One running deadline of a school, and what is said of it everywhere."""

    def __init__(self, county: County, school: str, key: str, letter: str) -> None:
        self.county, self.case, self.key, self.letter = county, county.case(school), key, letter
        with county.database.reading() as connection:
            wanted = select(DEADLINES.c.reckoning).where(
                DEADLINES.c.case == self.case, DEADLINES.c.key == key
            )
            stored = connection.execute(wanted.where(DEADLINES.c.state == "armed")).scalar_one()
        self.why = Reckoning.model_validate_json(stored).in_chinese()

    def on_pages(self) -> list[str]:
        """The list of deadlines, the case and its stage, the calendar feed is another test's."""
        office, case = self.county.browser("O2"), self.case.replace("/", "~")
        stage = self.key.partition("/")[0]
        places = (f"/deadlines?stage={stage}", f"/cases/{case}", f"/cases/{case}/{stage}")
        return [said(office.open(place)) for place in places]

    def in_messages(self) -> list[str]:
        """The messages of its day, to whoever they went."""
        wanted = select(MESSAGES.c.text).where(
            MESSAGES.c.case == self.case, MESSAGES.c.owed_on == self.county.desk.today()
        )
        with self.county.database.reading() as connection:
            return list(connection.execute(wanted).scalars())

    def in_letters(self) -> list[str]:
        """The letter of its kind drafted last, as it lies in its folder."""
        wanted = select(LETTERS.c.path).where(
            LETTERS.c.case == self.case, LETTERS.c.kind == self.letter
        )
        latest = wanted.order_by(LETTERS.c.drafted_on.desc(), LETTERS.c.order.desc()).limit(1)
        with self.county.database.reading() as connection:
            paths = list(connection.execute(latest).scalars())
        files = [(self.county.desk.letters / path).read_bytes() for path in paths]
        return ["\n".join(lines(content)) for content in files]

    def at_the_command(self) -> str:
        """What `dudao days why` prints."""
        url = self.county.database.url
        ran = CliRunner().invoke(app, ["days", "why", self.case, self.key, "--database", url])
        assert ran.exit_code == 0, ran.output
        return ran.output

    def everywhere(self) -> None:
        """The one sentence stands in all four."""
        assert all(self.why in page for page in self.on_pages())
        messages = [text for text in self.in_messages() if self.why in text]
        assert messages
        letters = self.in_letters()
        assert letters and all(self.why in text for text in letters)
        assert self.why in self.at_the_command()


@pytest.fixture
def provisional(december: Path, tmp_path: Path, database_url: str) -> Iterator[Told]:
    """A problem raised in December is due in January, a year not arranged yet."""
    with county_at(december, tmp_path / "county", date(2026, 12, 10), database_url) as county:
        wish = RaiseIssue(
            stage="issue_list", finding=Finding(basis="A1.1.1", text="1"), form={"1": "台账不全"}
        )
        case = county.case("S0003")
        recorded = county.journal.record(Entry(wish, case, OFFICE, county.now, "found"))
        assert isinstance(recorded, Recorded), recorded
        carried(county, "issue_list")
        with county.database.reading() as connection:
            rows = select(DEADLINES.c.key).where(
                DEADLINES.c.case == case, DEADLINES.c.state == "armed"
            )
            keys = [k for k in connection.execute(rows).scalars() if "/dated/" in k]
        key = max(keys, key=lambda one: int(one.rpartition("/")[2]))
        yield Told(county, "S0003", key, "issue_demand")


@pytest.fixture
def made_up(may: Path, tmp_path: Path, database_url: str) -> Iterator[Told]:
    """The opinion of 8 May: Saturday the 9th is worked for 劳动节, and counts of the five days."""
    with county_at(may, tmp_path / "county", date(2026, 5, 13), database_url) as county:
        office, at = county.browser("O2"), review(county, "S0002")
        office.open(f"{at}/GivePreliminaryOpinion")
        given = {"overall": "总体良好", "happened_on": "2026-05-08"}
        office.send(f"{at}/GivePreliminaryOpinion", **given)
        carried(county, "on_site_review")
        yield Told(county, "S0002", "on_site_review/defence", "preliminary_opinion")


def test_a_provisional_day_says_so_everywhere(provisional: Told) -> None:
    assert re.search(
        r"自12月10日次日起算30日，.*（暂按法定节假日推算）$", provisional.why.replace("2026年", "")
    )
    provisional.everywhere()
    pages = provisional.on_pages()
    assert all("暂定" in page for page in pages)


def test_a_day_over_a_make_up_workday_says_so_everywhere(made_up: Told) -> None:
    assert made_up.why == (
        "自5月8日次日起算5个工作日，跳过周末，计入调休上班日5月9日，截止日为2026年5月14日（周四）"
    )
    made_up.everywhere()


DAYS = "（周[一二三四五六日]）前"
# What a letter sets a day for; each is followed by its reckoning.
SETS = {
    "opinion_letter": (rf"请在\S+?{DAYS}提交整改计划", "期限推算：提交整改计划，自"),
    "process_guidance_record": (rf"指导报告应于\S+?{DAYS}提交", "期限推算：提交指导报告，自"),
    "follow_up_report": (rf"在\S+?{DAYS}再次回访", "再次回访，自"),
    "issue_demand": (rf"请在\S+?{DAYS}（含当日", "期限推算："),
    "preliminary_opinion": (rf"可以在\S+?{DAYS}（含当日）提出书面申辩", "期限推算：自"),
    "annual_plan_notice": (r"公示期|意见", "期限推算：自"),
}


@pytest.mark.parametrize("kind", SETS)
def test_every_letter_that_sets_a_day_says_how_it_was_reckoned(
    december: Path, tmp_path: Path, kind: str
) -> None:
    setting, reckoned = SETS[kind]
    with county_at(december, tmp_path / "county", date(2026, 12, 10)) as county:
        wanted = select(LETTERS.c.path).where(LETTERS.c.kind == kind)
        with county.database.reading() as connection:
            paths = list(connection.execute(wanted).scalars())
        texts = ["\n".join(lines((county.desk.letters / path).read_bytes())) for path in paths]
    sets = [text for text in texts if re.search(setting, text)]
    assert sets and all(reckoned in text for text in sets)
