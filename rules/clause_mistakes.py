"""A clause that does not follow the grammar: what is wrong with it, and what was probably meant."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from rules.mistakes import shown

VOCABULARY = (
    "working teaching day days week weeks month months before after on the date in every a once "
    "twice times time semester year first latest when january february march april may june july "
    "august september october november december"
)
WORDS = VOCABULARY.split()

# What people write by habit -> what the grammar says. Tried in this order, all of them.
HABITS = (
    (r"\b(\d+)(st|nd|rd|th)\b", r"\1"),
    (r"(\d)([a-z])", r"\1 \2"),
    (r"\b(work|business|week|office)[ -]?(days?)\b", r"working \2"),
    (r"\bworking[-_](days?)\b", r"working \1"),
    (r"\b(workday|weekday)(s?)\b", r"working day\2"),
    (r"\b(school|class)[ -]?(days?)\b", r"teaching \2"),
    (r"\b(calendar|natural) (days?)\b", r"\2"),
    (r"\b(from|since|following)\b", "after"),
    (r"\b(prior to|ahead of|until)\b", "before"),
    (r"^(in|within) ", ""),
    (r"\b(per|each)\b", "a"),
    (r"\bevery a\b", "every"),
    (r"^on ([a-z]+) (\d+)$", r"on \2 \1"),
    (r"^(\d+) ([a-z]+)$", r"on \1 \2"),
    (r"\b(weekly|monthly|yearly)\b", lambda m: f"every {m[1].removesuffix('ly')}"),
    (r"\bdaily\b", "every day"),
    (r"\b(before|after) ([a-z_]+) ([a-z_]+)$", r"\1 \2.\3"),
)
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
CHINESE = (
    (r"^\s*(\d+)个?工作日\s*(前|后|内)?", "working days"),
    (r"^\s*(\d+)个?教学日\s*(前|后|内)?", "teaching days"),
    (r"^\s*(\d+)(?:个?自然日|[日天])\s*(前|后|内)?", "days"),
    (r"^\s*(\d+)(?:周|个?星期)\s*(前|后|内)?", "weeks"),
    (r"^\s*(\d+)个月\s*(前|后|内)?", "months"),
)


class ClauseError(ValueError):
    """A clause that cannot be read; the message is Chinese and says what was probably meant."""


def refuse(
    value: object, read: Callable[[str], Any | None], examples: tuple[str, ...]
) -> ClauseError:
    """The error for `value`; `read` tells whether a proposal would be understood."""
    wanted = f"应写成“{examples[0]}”这样的形式"
    if not isinstance(value, str):
        return ClauseError(f"这里要写期限，写的却是{shown(value)}；{wanted}")
    if not value.strip():
        return ClauseError(f"期限是空的；{wanted}")
    for proposal in proposals(value):
        try:
            meant = read(proposal)
        except ClauseError as reason:
            return ClauseError(f"期限{shown(value)}不对：{reason}")
        if meant is not None:
            return ClauseError(f"看不懂期限{shown(value)}，是否想写“{meant}”？")
    if chinese := in_english(value, examples):
        return ClauseError(f"期限要用固定的英文句式，{shown(value)}是否想写“{chinese}”？")
    listed = "、".join(f"“{example}”" for example in examples)
    return ClauseError(f"看不懂期限{shown(value)}；可以写：{listed}")


def proposals(text: str) -> list[str]:
    """The text with habits put right, and that again with every unknown word made a known one."""
    words = " ".join(text.lower().split())
    for number, word in enumerate(NUMBERS, 1):
        words = re.sub(rf"\b{word}\b", str(number), words)
    for pattern, instead in HABITS:
        words = re.sub(pattern, instead, words)
    spelled = " ".join(_spelled(word) for word in words.split())
    for pattern, instead in HABITS:
        spelled = re.sub(pattern, instead, spelled)
    return [words, spelled]


def _spelled(word: str) -> str:
    if word in WORDS or "." in word or word.isdigit():
        return word
    short = [known for known in WORDS if len(word) >= 3 and known.startswith(word)]
    near = short[:1] or get_close_matches(word, WORDS, n=1, cutoff=0.6)
    return near[0] if near else word


def in_english(text: str, examples: tuple[str, ...]) -> str:
    """ "15个工作日后" in the grammar's words; empty if it is not of that kind."""
    ends = examples[0].split()
    tail = ends[3:] if len(ends) > 3 else []
    for pattern, unit in CHINESE:
        if match := re.match(pattern, text):
            unit = unit if match[1] != "1" else unit.removesuffix("s")
            way = [] if not tail else ["before" if match[2] == "前" else "after", *tail[1:]]
            return " ".join([match[1], unit, *way])
    return ""
