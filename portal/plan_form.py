"""A plan as it was typed: read row by row, its mistakes named, what is newly ticked filled in."""

import re
from collections import Counter
from datetime import date

from portal.drafts import Values
from portal.fields import Options
from portal.plans import Draft, Table
from rules.planning import Planned

LONGEST_WHY = 60
_BETWEEN_NAMES = re.compile(r"[、，,；;\s]+")


def read(table: Table, values: Values) -> Draft:
    """The plan that was typed. Whoever was only just ticked gets the least crowded week, the
    inspectors of the zone, and the reason the proposal gives."""
    draft = Draft((), reason=values("reason"))
    known = {one.subject: one for one in (*table.proposal, *table.standing)}
    picked = [
        code
        for code in dict.fromkeys(values("pick", True))
        if code in table.candidates or code in known
    ]
    crowd = Counter(values(f"week.{code}") for code in picked)
    found = []
    for code in picked:
        if f"week.{code}" in values.found:
            found.append(_typed(table, values, code, draft.mistakes))
        else:
            new = _newly(table, code, known.get(code), crowd)
            crowd[new.week.isoformat()] += 1
            found.append(new)
    draft.selected = tuple(found)
    return draft


def _typed(table: Table, values: Values, code: str, mistakes: dict[str, str]) -> Planned:
    weeks = {week.isoformat(): week for week in table.weeks}
    given = values(f"week.{code}")
    if given not in weeks:
        mistakes[f"week.{code}"] = "请从列表中选择一周。"
    ticked = [one for one in values(f"inspectors.{code}", True) if one in table.inspectors]
    named, unknown = people_named(values(f"more.{code}"), table.inspectors)
    if unknown:
        mistakes[f"more.{code}"] = f"督学名单中没有：{'、'.join(unknown)}；重名的请选带编号的一项。"
    people = tuple(dict.fromkeys((*ticked, *named)))
    candidate = table.candidates.get(code)
    if candidate and (recused := [one for one in people if one in candidate.recused]):
        names = "、".join(table.inspectors.get(one, one) for one in recused)
        mistakes[f"inspectors.{code}"] = f"{names}与该校有利害关系，应当回避，请另选。"
    why = " ".join(values(f"why.{code}").split())
    if len(why) > LONGEST_WHY:
        mistakes[f"why.{code}"] = f"最多{LONGEST_WHY}个字。"
    week = weeks.get(given) or (table.weeks[0] if table.weeks else date.min)
    return Planned(subject=code, week=week, inspectors=people, why=why)


def _newly(table: Table, code: str, known: Planned | None, crowd: Counter[str]) -> Planned:
    if known is not None:
        return known
    candidate = table.candidates[code]
    used = sorted({one.week for one in (*table.proposal, *table.standing)}) or list(table.weeks)
    week = min(used, key=lambda day: (crowd[day.isoformat()], day))
    people = tuple(one for one in candidate.inspectors if one not in candidate.recused)
    last = candidate.last
    why = f"督导室列入，上次评估在{last.year}年" if last else "从未评估"
    return Planned(subject=code, week=week, inspectors=people, why=why)


def people_named(text: str, known: Options) -> tuple[list[str], list[str]]:
    """The inspectors a line names, by name, or as 姓名（编号） where two are called alike; and the
    words that name nobody."""
    titles: dict[str, list[str]] = {}
    for person, name in known.items():
        titles.setdefault(name, []).append(person)
    found, unknown = [], []
    for word in filter(None, _BETWEEN_NAMES.split(text)):
        name, _, number = word.rstrip("）)").replace("(", "（").partition("（")
        people = [p for p in titles.get(name, ()) if not number or p == number]
        if len(people) == 1:
            found.append(people[0])
        else:
            unknown.append(word)
    return found, unknown


def titled(known: Options) -> list[str]:
    """The inspectors as that line takes them."""
    twice = {name for name, count in Counter(known.values()).items() if count > 1}
    return [f"{name}（{person}）" if name in twice else name for person, name in known.items()]
