"""保管期限: how long each paper is kept, and a whole file with them.

The terms are those of 机关文件材料归档范围和文书档案保管期限规定 (国家档案局令第8号, 2006), in its
article 6. Which paper has which follows articles 7 and 8; by article 12 every office fixes a table
of its own with the archives authority, so an office may choose otherwise.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Term = Literal["permanent", "30", "10"]

# From the longest to the shortest: the title, and the code that a 档号 has for it (DA/T 22-2015).
TERMS: dict[Term, tuple[str, str]] = {
    "permanent": ("永久", "Y"),
    "30": ("30年", "D30"),
    "10": ("10年", "D10"),
}


class Rule(NamedTuple):
    """A term and why: the article, and what of it a paper is."""

    term: Term
    why: str


_WEIGHTY = Rule("permanent", "第七条第三项：本机关职能活动中形成的重要业务文件材料")
_REPORTS = Rule("permanent", "第七条第四项：重要的报告、总结")
_BUSINESS = Rule("30", "第八条第一项：本机关职能活动中形成的一般性业务文件材料")
_FROM_BELOW = Rule("30", "第八条：下级单位报送的年度计划、总结和专题报告")
_ROUTINE = Rule("10", "第八条第一项：一般性业务文件材料中事务性的部分")

RULES: dict[str, Rule] = {
    "annual_plan_notice": _WEIGHTY,
    "opinion_letter": _WEIGHTY,
    "special_report": _REPORTS,
    "annual_bulletin": _REPORTS,
    "preliminary_opinion": _BUSINESS,
    "visit_notice": _BUSINESS,
    "issue_demand": _BUSINESS,
    "issue_ledger": _BUSINESS,
    "follow_up_report": _BUSINESS,
    "self_assessment_report": _FROM_BELOW,
    "rectification_plan": _FROM_BELOW,
    "rectification_report": _FROM_BELOW,
    "self_assessment_handbook": _ROUTINE,
    "visit_announcement": _ROUTINE,
    "process_guidance_record": _ROUTINE,
    "visit_bulletin": _ROUTINE,
}


def term_of(kind: str) -> Term:
    """The term of a paper; one that is not in the table is kept for 30 years."""
    return RULES[kind].term if kind in RULES else "30"


def longest(kinds: Iterable[str]) -> Term:
    """The term of a file with these papers in it: that of the one kept longest."""
    order = list(TERMS)
    return min((term_of(kind) for kind in kinds), key=order.index, default="10")
