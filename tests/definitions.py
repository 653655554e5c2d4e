"""A small good definition, for tests that spoil it: every kind but guidance, every way to begin."""

import pytest

from rules.definition import KINDS
from rules.loading import Library, load_definition
from rules.mistakes import Mistakes
from tests.story import SPOKEN

GOOD = """\
process: example
title: 示例流程
version: "1"
subjects: [primary]
period: year
standard: example-1000
remind: [on the day, every 2 working days after]
escalate:
  - {after: 5 working days, to: office}
stages:
  - id: account
    kind: self_assessment
    title: 自查
    form: standard
    deadlines:
      submit: 10 working days after opened
      resubmit: 5 working days after returned
      review: 5 working days after submitted
    tell: {submitted: [office]}
    letters: {submitted: [self_assessment_report]}
  - id: plan
    kind: planning
    title: 计划
    of: round
    opens: on 1 March
    cover: {each_year: 1/3}
    deadlines:
      propose: 5 working days after opened
      publish: 5 working days after proposed
      comments: 5 working days after published
      adopt: 5 working days after comments.closed
  - id: visit
    kind: on_site_review
    title: 督导
    opens: when plan.selected
    until: [opinion_letter.issued, plan.deferred]
    deadlines:
      team: 5 working days after opened
      schedule: 5 working days after opened
      announcement: 10 days before visit.starts
      record: 3 working days after visit.ends
      preliminary_opinion: 8 working days after visit.ended
      defence: 5 working days after preliminary_opinion.given
      opinion_letter: 15 working days after visit.ended
  - id: list
    kind: issue_list
    title: 清单
    sources: [visit, again]
    deadlines:
      at_once: 3 working days after issue.raised
      dated: 30 days after issue.raised
      long_term: 6 months after issue.raised
      verify: 5 working days after issue.reported
      redo: 10 days after issue.refused
      reopened: 10 days after issue.reopened
    extendable: [dated]
  - id: again
    kind: follow_up_visit
    title: 回访
    opens: when visit.opinion_letter.issued
    of_issues: list
    deadlines:
      visit: 5 working days after visit.opinion_letter.rectify_by
      again: 10 days after failed
      report: 3 working days after visited
"""
KNOWN = Library(
    messages={f"{kind}.{name}" for kind in KINDS for name in (*KINDS[kind].event_names, *SPOKEN)},
    letters={"self_assessment_report", "opinion_letter"},
    standards={"example-1000"},
)


def mistakes(text: str, library: Library = KNOWN) -> list[str]:
    with pytest.raises(Mistakes) as refused:
        load_definition(text, "definition.yaml", library)
    return refused.value.lines()
