"""Problems found, as a block of a form: each becomes a line of the issue list."""

from dataclasses import dataclass
from typing import ClassVar

from portal import choices
from portal.fields import Field, Options, Written
from portal.receiving import Typed
from portal.sight import Sight
from rules.messages import Finding

MOST = 60
BLANK = 3  # empty rows offered to whoever has no JavaScript


@dataclass(frozen=True)
class Findings(Field):
    """Rows ``findings.<n>.text`` and the rest; a row without text is none. ``single``: exactly one
    (an issue entered by hand), under the command's ``finding``."""

    single: bool = False
    macro: ClassVar[str] = "findings"

    def rows(self, typed_names: object, sight: Sight) -> range:
        """The rows to draw: those typed and some empty ones."""
        if self.single:
            return range(1)
        used = [int(name.split(".")[1]) for name in typed_names if _is_row(name)]
        return range(min(MOST, max([-1, *used]) + 1 + (BLANK if not used else 1)))

    def severities(self) -> Options:
        return choices.SEVERITIES

    def outcomes(self) -> Options:
        return choices.OUTCOMES

    def natures(self) -> Options:
        return choices.NATURES

    def units(self, sight: Sight) -> Options:
        return choices.units(sight)

    def indicators(self, sight: Sight) -> Options:
        return choices.indicators(sight)

    def read(self, typed: Typed, sight: Sight, item: str, into: Written) -> None:
        numbers = sorted({int(name.split(".")[1]) for name in typed.form if _is_row(name)})
        found, texts = [], {}
        for number in numbers[:MOST]:
            row = f"findings.{number}"
            text = typed.paragraphs(f"{row}.text", 2000)
            if not text:
                continue
            key = f"f{number + 1}"
            texts[key] = text
            found.append(self._finding(typed, sight, row, key))
        if self.single and not found:
            typed.mistakes["findings.0.text"] = "请写明问题。"
        if typed.mistakes:
            return
        if self.single:
            into.command["finding"] = found[0]
        else:
            into.command["findings"] = tuple(found)
        if texts:
            into.form["findings"] = texts

    def _finding(self, typed: Typed, sight: Sight, row: str, key: str) -> Finding:
        basis = typed.text(f"{row}.basis", 80, required=True)
        known = choices.indicators(sight)
        code = basis.split(" ")[0]
        return Finding(
            severity=typed.choice(f"{row}.severity", choices.SEVERITIES) or "dated",
            outcome=typed.choice(f"{row}.outcome", choices.OUTCOMES) or "notice",
            nature=typed.choice(f"{row}.nature", choices.NATURES) or "individual",
            basis=code if code in known else basis,
            unit=typed.choice(f"{row}.unit", choices.units(sight)) or "school",
            text=key,
            rectify_by=typed.day(f"{row}.rectify_by", required=False),
        )


def _is_row(name: str) -> bool:
    parts = name.split(".")
    return len(parts) == 3 and parts[0] == "findings" and parts[1].isdecimal() and len(parts[1]) < 4
