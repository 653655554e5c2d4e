"""Notes of a visit: lessons heard, talks, places seen, strengths, problems - kept as they grow.

Everybody keeps their own; the whole team's come together in the papers written afterwards: the
problems stand in the forms of the opinion letter and of the guidance record, typed only once.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from starlette.datastructures import FormData

from models.drafts import Draft
from portal import drafts
from portal.cleaning import clean
from portal.drafts import Values, owner_of
from portal.receiving import Typed
from portal.sight import Sight
from rules.clauses import due, parse_clause

_DRAFTS = Draft.__table__

MOST_ROWS = 60

# Part, title, most characters; the first part tells whether a row is one.
Part = tuple[str, str, int]
BLOCKS: dict[str, tuple[str, tuple[Part, ...]]] = {
    "lessons": (
        "听课",
        (
            ("seen", "看到的情况", 2000),
            ("subject", "学科、课题", 60),
            ("class", "年级班级", 40),
            ("teacher", "任课教师（写岗位，不写姓名）", 40),
        ),
    ),
    "talks": (
        "访谈、座谈",
        (("said", "反映的情况", 2000), ("whom", "对象", 60), ("count", "人数", 6)),
    ),
    "places": ("现场、资料", (("seen", "看到的情况", 2000), ("place", "地点或资料名称", 80))),
}
TEXTS: dict[str, tuple[str, str]] = {
    "strengths": ("主要成绩", "一行一条"),
    "other": ("其他记录", ""),
}
WHOM = ("教师", "家长", "学生", "干部")
_FINDING = ("text", "basis", "severity", "outcome", "nature", "unit", "rectify_by")
_LONGEST = {"text": 2000, "basis": 80}
_ROW = re.compile(r"(lessons|talks|places|findings)\.(\d{1,2})\.([a-z_]+)")


class Place(NamedTuple):
    """Where notes are kept, as drafts know it."""

    stage: str
    name: str


class Colleague(NamedTuple):
    """The notes of one in the team."""

    owner: str
    name: str
    value: Values


def place_of(sight: Sight, stage: str) -> Place:
    """The notes of this visit: those of a guidance visit end with its record, and the next visit
    begins with an empty page."""
    standing = sight.state.stages.get(stage)
    if standing is not None and standing.kind == "process_guidance":
        return Place(stage, f"notes~{standing.data.visits + 1}")
    return Place(stage, "notes")


def most_of(name: str) -> int:
    """The most characters a field of the notes takes; 0 for a field of others."""
    if name in TEXTS:
        return 5000
    row = _ROW.fullmatch(name)
    if row is None or int(row[2]) >= MOST_ROWS:
        return 0
    if row[1] == "findings":
        return _LONGEST.get(row[3], 40) if row[3] in _FINDING else 0
    return next((most for part, _, most in BLOCKS[row[1]][1] if part == row[3]), 0)


def came(typed: Typed) -> Typed:
    """What was typed that belongs to notes, cleaned; its mistakes noted, in Chinese."""
    found, mistakes = [("version", typed.text("version", 10))], {}
    for name, text in typed.form.multi_items():
        most = most_of(name)
        if not most or not isinstance(text, str):
            continue
        if len(cleaned := clean(text)) > most:
            mistakes[name] = f"最多{most}个字，现在有{len(cleaned)}个字，请删减。"
        found.append((name, cleaned))
    read = Typed(FormData(found))
    read.mistakes |= mistakes
    return read


def rows(value: Values, block: str) -> list[int]:
    """The rows of a block that have something in them, by number."""
    found = set()
    for name in value.names():
        row = _ROW.fullmatch(name)
        if row is not None and row[1] == block:
            found.add(int(row[2]))
    if block == "findings":  # a row's choices alone make no problem
        found = {n for n in found if value(f"findings.{n}.text")}
    return sorted(found)


def own_notes(sight: Sight, stage: str) -> Values:
    """The visitor's own notes of this visit."""
    return drafts.values(sight, place_of(sight, stage))


def team_notes(sight: Sight, stage: str) -> list[Colleague]:
    """The notes of everybody in the team now, and of the office, by name: whoever had to step
    back has no part in what is written."""
    team = getattr(sight.state.stages[stage].data, "team", ())
    wanted = select(_DRAFTS).where(
        _DRAFTS.c.case == sight.id,
        _DRAFTS.c.stage == stage,
        _DRAFTS.c.form == place_of(sight, stage).name,
        _DRAFTS.c.owner.in_((*team, sight.row.office)),
    )
    found = [_colleague(sight, row) for row in sight.connection.execute(wanted)]
    return sorted(found, key=lambda one: one.name)


def colleagues(sight: Sight, stage: str) -> list[Colleague]:
    """The others' notes."""
    mine = owner_of(sight)
    return [one for one in team_notes(sight, stage) if one.owner != mine]


def _colleague(sight: Sight, row: Row) -> Colleague:
    value = Values(json.loads(row.body), row.version)
    return Colleague(row.owner, sight.dossier.name(row.saved_by), value)


def lines(value: Values, name: str) -> list[str]:
    """A text as its lines."""
    return [line.strip() for line in value(name).split("\n") if line.strip()]


def strengths(notes: Iterable[Values]) -> list[str]:
    """What was good, each once."""
    return list(dict.fromkeys(line for value in notes for line in lines(value, "strengths")))


def problems(notes: Iterable[Values]) -> Iterator[dict[str, str]]:
    """The problems noted, each once: the parts of a finding."""
    seen = set()
    for value in notes:
        for n in rows(value, "findings"):
            parts = {part: value(f"findings.{n}.{part}") for part in _FINDING}
            if parts["text"] not in seen:
                seen.add(parts["text"])
                yield {part: text for part, text in parts.items() if text}


def finding_fields(found: Iterable[dict[str, str]]) -> dict[str, list[str]]:
    """Problems as the fields of a form's findings."""
    return {
        f"findings.{n}.{part}": [text]
        for n, parts in enumerate(found)
        if n < MOST_ROWS
        for part, text in parts.items()
    }


def observed(value: Values) -> str:
    """Lessons, talks and places as the text of a record."""
    told = []
    for block, (title, parts) in BLOCKS.items():
        for n in rows(value, block):
            about = [value(f"{block}.{n}.{part}") for part, _, _ in parts[1:]]
            what = value(f"{block}.{n}.{parts[0][0]}")
            head = "，".join(part for part in about if part)
            told.append(f"{title}：{head}{'。' if head and what else ''}{what}")
    other = value("other")
    return "\n".join([*told, other] if other else told)


def samples(notes: Iterable[Values]) -> dict[str, int]:
    """How many lessons were heard and people talked to, as far as it was noted."""
    found = {"lessons": 0, "teachers": 0, "parents": 0, "students": 0}
    keys = {"教师": "teachers", "家长": "parents", "学生": "students"}
    for value in notes:
        found["lessons"] += len(rows(value, "lessons"))
        for n in rows(value, "talks"):
            whom, count = value(f"talks.{n}.whom"), value(f"talks.{n}.count")
            key = next((key for word, key in keys.items() if word in whom), "")
            if key and count.isascii() and count.isdecimal():
                found[key] += int(count)
    return {key: count for key, count in found.items() if count}


def _guidance(sight: Sight, stage: str) -> dict[str, list[str]]:
    value = own_notes(sight, stage)
    texts = {"observations": observed(value), "strengths": value("strengths")}
    found = {name: [text] for name, text in texts.items() if text}
    methods = {"lessons": ("听", "看"), "talks": ("谈",), "places": ("查", "看")}
    used = {way for block, ways in methods.items() if rows(value, block) for way in ways}
    if used:
        found["methods"] = sorted(used)
    return found | finding_fields(problems([value]))


def _preliminary(sight: Sight, stage: str) -> dict[str, list[str]]:
    notes = [one.value for one in team_notes(sight, stage)]
    texts = {
        "strengths": "\n".join(strengths(notes)),
        "problems": "\n".join(" ".join(one["text"].split()) for one in problems(notes)),
    }
    return {name: [text] for name, text in texts.items() if text}


def _letter(sight: Sight, stage: str) -> dict[str, list[str]]:
    """What the preliminary opinion said, and every problem noted."""
    notes = [one.value for one in team_notes(sight, stage)]
    said = sight.dossier.last("on_site_review.preliminary_opinion.given")
    form: dict[str, Any] = said.form if said else {}
    good = _listed(form, "strengths") or strengths(notes)
    found = list(problems(notes))
    known = {" ".join(one["text"].split()) for one in found}
    found += [{"text": text} for text in _listed(form, "problems") if text not in known]
    overall = form.get("overall")
    texts = {
        "overall": overall if isinstance(overall, str) else "",
        "achievements": "\n".join(good),
        "rectify_by": _rectify_by(sight),
    }
    return {name: [text] for name, text in texts.items() if text} | finding_fields(found)


def _rectify_by(sight: Sight) -> str:
    """The day until which a dated issue raised today would be mended, by the definition."""
    for stage in sight.process.definition.stages:
        clause = stage.deadlines.get("dated", "")
        if stage.kind == "issue_list" and clause:
            calendar = sight.dossier.calendar
            return due(parse_clause(clause), sight.today, calendar).due.isoformat()
    return ""


def _listed(form: dict[str, Any], name: str) -> list[str]:
    found = form.get(name)
    found = found if isinstance(found, list) else [found]
    return [" ".join(text.split()) for text in found if isinstance(text, str) and text.strip()]


_BEGINS = {
    "RecordGuidance": _guidance,
    "GivePreliminaryOpinion": _preliminary,
    "IssueOpinionLetter": _letter,
}


def begun(sight: Sight, stage: str, command: str) -> Values:
    """What a form begins with: what the notes of the visit hold already; nothing for most."""
    begins = _BEGINS.get(command)
    return Values(begins(sight, stage) if begins else {})
