"""The self-assessment by the standard as one form: answers, the report's texts, the plan's rows.

Between three shapes: the fields of the page (name → texts), the form of the command
(``docs/forms.md``), and the tally of both. Fields beside the answers are ``report.organised``,
``report.improvement``, ``report.<area>.strengths`` (``problems``, ``causes``) and
``plan.<n>.problem`` (``cause``, ``measure``, ``person``, ``date``).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from portal.answers import Tally, fields, names, tally
from portal.cleaning import clean
from portal.drafts import Values
from portal.sheet_layout import Block, layout
from rules.standard import Standard

WHOLE = (("organised", "自评工作的组织"), ("improvement", "改进打算"))
OF_AREA = (("strengths", "成绩"), ("problems", "问题"), ("causes", "原因"))
PLAN = (
    ("problem", "问题", 1000),
    ("cause", "原因", 1000),
    ("measure", "整改措施", 2000),
    ("person", "责任人", 40),
    ("date", "完成日期", 10),
)
LONGEST_TEXT = 5000
MOST_ROWS = 60
BLANK_ROWS = 2  # offered to whoever has no JavaScript

_ROW = re.compile(r"plan\.(\d{1,2})\.(problem|cause|measure|person|date)")
_PLAN_MOST = {key: most for key, _, most in PLAN}

Fields = dict[str, list[str]]


class Account:
    """The form of one kind of school by one standard."""

    def __init__(self, standard: Standard, kind: str) -> None:
        self.standard = standard
        self.kind = kind

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The standard as it lies on the page."""
        return layout(self.standard, self.kind)

    @property
    def told_of(self) -> list[Block]:
        """The areas the report tells of: the value-added one is scored and not written about."""
        return [block for block in self.blocks if not block.apart]

    @cached_property
    def code_of(self) -> dict[str, str]:
        """The indicator each field of an answer belongs to."""
        lines = (line for block in self.blocks for group in block.groups for line in group.lines)
        return {name: line.code for line in lines for name, _ in names(line)}

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each indicator is called, by code."""
        return {leaf.code: leaf.title for leaf in self.standard.for_school(self.kind)}

    @cached_property
    def longest(self) -> dict[str, int]:
        """Every field but the plan's, with the most characters it takes."""
        found = dict(
            pair
            for block in self.blocks
            for group in block.groups
            for line in group.lines
            for pair in names(line)
        )
        found |= {f"report.{key}": LONGEST_TEXT for key, _ in WHOLE}
        for block in self.told_of:
            found |= {f"report.{block.area.code}.{key}": LONGEST_TEXT for key, _ in OF_AREA}
        return found

    def most(self, name: str) -> int:
        """The most characters a field takes; 0 for one this form does not have."""
        if row := _ROW.fullmatch(name):
            return _PLAN_MOST[row[2]]
        return self.longest.get(name, 0)

    def came(self, pairs: Iterable[tuple[str, Any]]) -> Fields:
        """What was sent, cleaned; fields of others are left out. A field sent empty stands in it
        with nothing, so that it can be told from one that was not sent."""
        found: Fields = {}
        for name, text in pairs:
            if isinstance(text, str) and self.most(name):
                given = found.setdefault(name, [])
                if text and (cleaned := clean(text)):
                    given.append(cleaned)
        return found

    def too_long(self, found: Fields) -> dict[str, str]:
        """The fields that hold more than they take, with what to do."""
        wrong = {}
        for name, texts in found.items():
            longest, most = max(map(len, texts), default=0), self.most(name)
            if longest > most:
                wrong[name] = f"最多{most}个字，现在有{longest}个字，请删减。"
        return wrong

    def tally(self, value: Values) -> Tally:
        """What it comes to so far."""
        return tally(self.standard, self.kind, value)

    def form(self, value: Values, counted: Tally, uploaded: Mapping[str, list[str]]) -> dict:
        """The form of the command. ``uploaded``: names of files by indicator; they are evidence."""
        answers = counted.answers
        for code, files in uploaded.items():
            if code in answers:
                told = list(dict.fromkeys([*answers[code].get("evidence", ()), *files]))
                answers[code] = {**answers[code], "evidence": told[:50]}
        report: dict[str, Any] = {key: value(f"report.{key}") for key, _ in WHOLE}
        areas = {}
        for block in self.told_of:
            code = block.area.code
            texts = {key: value(f"report.{code}.{key}") for key, _ in OF_AREA}
            if any(texts.values()):
                areas[code] = {key: text for key, text in texts.items() if text}
        report = {key: text for key, text in report.items() if text}
        if areas:
            report["areas"] = areas
        plan = [row for _, row in rows(value) if row]
        parts = {"answers": answers, "report": report, "plan": plan}
        return {key: part for key, part in parts.items() if part}

    def fields(self, form: Mapping[str, Any], only_answers: bool = False) -> Fields:
        """The fields of a form that was handed in before; what does not fit is left out."""
        found: Fields = {}
        answers = _mapping(form.get("answers"))
        for leaf in self.standard.for_school(self.kind):
            if leaf.code in answers:
                found |= fields(leaf, _mapping(answers[leaf.code]))
        if only_answers:
            return found
        report = _mapping(form.get("report"))
        texts = {f"report.{key}": report.get(key) for key, _ in WHOLE}
        for area, told in _mapping(report.get("areas")).items():
            texts |= {f"report.{area}.{key}": _mapping(told).get(key) for key, _ in OF_AREA}
        plan = form.get("plan")
        for number, row in enumerate(plan if isinstance(plan, list) else []):
            texts |= {f"plan.{number}.{key}": _mapping(row).get(key) for key, *_ in PLAN}
        kept = {name: str(text) for name, text in texts.items() if text and self.most(name)}
        return found | {name: [text] for name, text in kept.items()}

    def merged(self, draft: Fields, came: Fields) -> Fields:
        """A draft with what came from elsewhere. An indicator that came with a score keeps nothing
        of its former score, a plan nothing of its former rows; other fields stay as they are."""
        scored = {self.code_of[name] for name in came if name in self.scoring}
        replaced = {name for name in self.scoring if self.code_of[name] in scored}
        if any(map(_ROW.fullmatch, came)):
            replaced |= {name for name in draft if _ROW.fullmatch(name)}
        return {name: texts for name, texts in draft.items() if name not in replaced} | came

    @cached_property
    def scoring(self) -> set[str]:
        """The fields a score is made of."""
        lines = (line for block in self.blocks for group in block.groups for line in group.lines)
        return {box.name for line in lines for box in line.boxes}

    def differing(self, mine: Values, theirs: Values) -> list[str]:
        """The names in which two drafts differ, in the order of the page."""
        known = [*self.longest, *sorted({*mine.found, *theirs.found} - self.longest.keys())]
        return [name for name in known if mine(name, True) != theirs(name, True)]

    def place(self, name: str) -> tuple[str, str]:
        """Where a field stands on the page: its anchor, and what the place is called."""
        if code := self.code_of.get(name):
            return code, f"{code} {self.titles[code]}"
        part = name.partition(".")[0]
        return part, "自评报告" if part == "report" else "整改计划"


_ACCOUNTS: dict[tuple[str, str], Account] = {}  # as many as there are standards in use


def account(standard: Standard, kind: str) -> Account:
    """The form for a kind of school the standard covers."""
    return _ACCOUNTS.setdefault((standard.version, kind), Account(standard, kind))


def rows(value: Values) -> list[tuple[int, dict[str, str]]]:
    """The rows of the plan that stand on the page, each with what is filled in."""
    numbers = {int(row[1]) for name in value.names() if (row := _ROW.fullmatch(name))}
    found = []
    for number in sorted(numbers):
        row = {key: value(f"plan.{number}.{key}") for key, *_ in PLAN}
        found.append((number, {key: text for key, text in row.items() if text}))
    return found


def row_numbers(value: Values) -> list[int]:
    """The rows to draw: those filled in, and some empty ones."""
    used = [number for number, _ in rows(value)]
    after = (used[-1] if used else -1) + 1
    return [n for n in (*used, *range(after, after + BLANK_ROWS)) if n < MOST_ROWS]


def wrong_days(value: Values) -> dict[str, str]:
    """The days of the plan that are none."""
    wrong = {}
    for number, row in rows(value):
        try:
            date.fromisoformat(row.get("date", "2026-01-01"))
        except ValueError:
            wrong[f"plan.{number}.date"] = "日期应写成2026-09-18这样。"
    return wrong


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
