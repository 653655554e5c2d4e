"""A round and its cases: publication answers every school, the year's end ends every case.

What the flows do with work orders is done here by hand, with nothing but the rules.
"""

from datetime import date, timedelta

from rules.issue_list.words import Carried
from tests.people import REASON
from tests.reviews import finding
from tests.story import CALENDAR, Story, process
from tests.test_planning import planned

SCHOOLS = ("S1", "S2", "S3")
TEXT = {"text": "全县情况"}


class Year:
    """One county's year: the round's own case, and one for every school."""

    def __init__(self) -> None:
        subjects = {code: {"visits": 0} for code in SCHOOLS}
        self.round = Story(
            of="round", subject="510101", subject_kind="office", subjects=subjects, names={}
        )
        self.schools = {code: Story(subject=code) for code in SCHOOLS}
        self._carried_out = 1  # the cases are open

    def on(self, when: str):
        """The round on a day, everybody's clock having run up to it."""
        self.until(when)
        return self.round.on(when)

    def until(self, when: str) -> "Year":
        while (last := self.round.today) < date.fromisoformat(when):
            for story in (self.round, *self.schools.values()):
                story.until(last + timedelta(1))
            self.carry_out()
        return self

    def carry_out(self) -> None:
        """Do what the orders of the round and of its cases say is to be done."""
        work = [order.name for order in self.round.orders if order.kind == "work"]
        for name in work[self._carried_out :]:
            if name == "answer_cases":
                self.answer()
            if name == "end_cases":
                for story in self.schools.values():
                    if story.state.live:
                        story.on(story.today).system.ends_round()
        self._carried_out = len(work)

    def answer(self) -> None:
        data = self.round.data("planning")
        chosen = {p.subject: p for p in data.selected}
        for code, story in self.schools.items():
            plan = chosen.get(code)
            if story.state.live:
                story.on(self.round.today).system.answers_plan(
                    answer="selected" if plan else "deferred",
                    number=data.number,
                    week=plan.week if plan else None,
                )


def test_a_year_from_its_opening_to_its_filing():
    year = Year().until("2026-02-11")
    for code, story in year.schools.items():
        story.on("2026-02-10", typed="2026-02-11").school.of(code).submits()
        story.on("2026-02-11").office.accepts()
    year.on("2026-03-04").office.proposes(selected=planned("S1"))
    year.on("2026-03-05").office.publishes()
    year.carry_out()
    answers = {code: story.state.plan.answer for code, story in year.schools.items()}
    assert answers == {"S1": "selected", "S2": "deferred", "S3": "deferred"}
    year.on("2026-03-16").office.adopts()
    year.on("2026-05-11").office.amends(remove=["S1"], add=planned("S2"))
    year.carry_out()
    answers = {code: story.state.plan.answer for code, story in year.schools.items()}
    assert answers == {"S1": "deferred", "S2": "selected", "S3": "deferred"}
    assert "on_site_review" not in year.schools["S1"].open

    year.until("2026-11-16")  # 15 November 2026 is a Sunday
    assert "special_report" in year.round.open
    assert year.round.due("special_report/submit") == "2026-12-07"
    year.on("2026-12-01").office.submits(at="special_report", form=TEXT)
    year.on("2026-12-16").office.submits(at="bulletin", form=TEXT)
    assert year.round.due("filing/submit") == "2026-12-23"
    year.on("2026-12-22").office.submits(at="filing", form=TEXT)
    year.on("2026-12-25").superior.accepts(at="filing")
    assert year.round.state.status == "open"  # until its last day is over
    year.until("2027-01-01")
    assert year.round.state.status == "closed" and not year.round.state.deadlines
    # deferred schools kept their guidance and close with the round; S2's review is owed still
    assert [year.schools[code].state.status for code in ("S1", "S3")] == ["closed", "closed"]
    assert year.schools["S2"].state.status == "escalated"
    assert year.schools["S2"].open == ["issue_list", "on_site_review"]


def test_a_returned_filing_is_filed_again():
    year = Year()
    year.until("2026-12-01")
    year.on("2026-12-14").office.submits(at="bulletin", form=TEXT)
    year.on("2026-12-15").office.submits(at="filing", form=TEXT)
    year.on("2026-12-17").superior.returns(at="filing", **REASON)
    assert year.round.due("filing/resubmit") == "2026-12-24"
    year.on("2026-12-18").office.submits(at="filing", form=TEXT)


def test_a_round_ends_with_stages_still_open_and_they_stay_owed():
    year = Year()
    year.until("2027-01-01")
    assert "round.ended" in year.round.types()
    assert set(year.round.open) == {"planning", "special_report", "bulletin"}
    assert year.round.state.status == "escalated"
    for code, story in year.schools.items():
        assert "self_assessment" in story.open, code
        assert "process_guidance" not in story.open  # nothing of it was owed any more
    year.on("2027-01-12").office.submits(at="bulletin", form=TEXT)
    assert "filing" in year.round.open


def test_a_merged_school_leaves_its_issues_to_its_successor_in_mid_year():
    year = Year()
    left, successor = year.schools["S1"], year.schools["S2"]
    year.until("2026-08-24")
    left.on("2026-08-24").inspector.raises(finding=finding("A6.1.1"))
    left.on("2026-08-24").office.merges(successor="R2026/S2")
    moved = [e.item for e in left.events if isinstance(e, Carried) and e.to == "R2026/S2"]
    issues = left.data("issue_list").issues
    successor.on("2026-08-24").system.receives(
        source="R2026/S1",
        findings=[{"basis": issues[no].basis, "severity": issues[no].severity} for no in moved],
    )
    assert successor.data("issue_list").issues["1"].basis == "A6.1.1"
    year.until("2027-01-01")
    assert left.state.status == "merged"


def test_a_round_ends_once_and_merges_into_nothing():
    year = Year()
    year.on("2026-12-31").system.ends_round()
    year.until("2027-01-02")
    assert year.round.types().count("round.ended") == 1
    why = year.round.refuses("2027-01-02").office.merges(successor="R2026/S2")
    assert why == "学校合并在该校自己的案卷里办理。"


def test_every_date_of_the_shipped_process_lands_on_a_working_day():
    """But for windows and dates written in a letter, which stand as they are."""
    story = Story(process())
    story.until("2026-03-02")
    for key, deadline in story.state.deadlines.items():
        assert CALENDAR.is_working_day(deadline.due_on), key
