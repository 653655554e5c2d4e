"""What a look back found: each thing named by case and number, in words for the office."""

from dataclasses import dataclass, field
from typing import NamedTuple

MOST = 1000  # more would not be read; the rest is counted


class Finding(NamedTuple):
    """One thing that is not as it should be.

    ``kind`` is one English word for programs; ``what`` says it in Chinese. ``seq`` is the event's
    number, 0 where it concerns the whole case; ``case`` is empty where it concerns no single one.
    ``since`` says from when (ISO day or instant) and ``advice`` what to do, where that is known.
    """

    kind: str
    case: str
    what: str
    seq: int = 0
    since: str = ""
    advice: str = ""

    def in_chinese(self) -> str:
        """The whole finding as one line."""
        where = f"案卷{self.case}" if self.case else ""
        if self.seq:
            where += f"第{self.seq}条"
        since = f"（自{self.since}起）" if self.since else ""
        advice = f"处理：{self.advice}" if self.advice else ""
        return f"{where}{'：' if where else ''}{self.what}{since}{advice}"


@dataclass
class Findings:
    """All that was found: at most ``MOST`` in full, and how many there are. ``notes`` are said in
    any case: how far the look reached, and what it cannot show."""

    found: list[Finding] = field(default_factory=list)
    count: int = 0
    notes: list[str] = field(default_factory=list)
    cases: int = 0
    events: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return self.count == 0

    def add(self, finding: Finding) -> None:
        """Keep a finding."""
        self.count += 1
        if len(self.found) < MOST:
            self.found.append(finding)

    def in_chinese(self) -> list[str]:
        """One line for each finding, then the notes."""
        lines = [finding.in_chinese() for finding in self.found]
        if self.count > len(self.found):
            lines.append(f"另有{self.count - len(self.found)}处，不再逐条列出。")
        return [*lines, *self.notes]
