"""Tables and sentences that both of a round's papers count from its figures."""

from decimal import Decimal

from documents.case_view import CaseView
from documents.papers import Block, Table, Text, table
from documents.provenance import joined
from documents.round_figures import IssueFigure, RoundFigures, SchoolFigures
from documents.wording import SEVERITY, percent, said
from rules.definition import SUBJECT_TITLES

NAMED = 12  # schools named in a cell before it says how many more


def overview(view: CaseView, figures: RoundFigures) -> str:
    """How many there are, were chosen, seen and lettered, and the mean of their totals."""
    schools, lettered = figures.schools, figures.lettered
    n = figures.counted
    assessed = n(sum(bool(school.self_total) for school in schools))
    visited = n(sum(school.visited_on is not None for school in schools))
    chosen, whole = n(len(figures.selected)), n(len(schools))
    totals = [Decimal(school.total) for school in lettered if school.total]
    mean = f"，平均{n(sum(totals) / len(totals)):.1f}分" if totals else ""
    guided = n(sum(school.guided for school in schools))
    merged = n(sum(bool(school.successor) for school in schools))
    gone = f"（其中年内合并{merged}所）" if merged else ""
    return (
        f"截至{said(view.day)}，{view.round_title}范围内共{whole}所学校{gone}，"
        f"提交自评{assessed}所；列入实地督导计划{chosen}所，"
        f"占{percent(chosen, whole)}，已完成入校{visited}所，"
        f"已印发督评意见书{n(len(lettered))}所{mean}。开展过程指导{guided}次。"
    )


def grades_by_kind(view: CaseView, figures: RoundFigures) -> list[Block]:
    """Grades of the lettered schools, kind by kind, and the share at B or above."""
    letters = [rule.letter for rule in view.standard.grades]
    rows = []
    for kind, title in SUBJECT_TITLES.items():
        found = [school for school in figures.lettered if school.kind == kind]
        if found:
            rows.append([title, *_counts(figures, found, letters)])
    if not rows:
        return [Text("截至目前没有已定等的学校。")]
    rows.append(["合计", *_counts(figures, figures.lettered, letters)])
    columns = [
        ("学校类型", 28),
        ("已定等", 16, "center"),
        *((f"{letter}等", 14, "center") for letter in letters),
        ("B等以上占比", 24, "center"),
    ]
    return [table(columns, rows, "等级情况")]


def _counts(figures: RoundFigures, found: list[SchoolFigures], letters: list[str]) -> list[str]:
    counts, n = figures.grades(found), figures.counted
    good = n(sum(counts[letter] for letter in ("A", "B")))
    whole = n(sum(counts.values()))
    return [str(whole), *(str(n(counts[letter])) for letter in letters), percent(good, whole)]


def results(view: CaseView, figures: RoundFigures) -> tuple[Block, ...]:
    """Every lettered school with its scores side by side."""
    rows = [
        [
            str(number),
            school.name,
            SUBJECT_TITLES.get(school.kind, school.kind),
            school.self_total or "—",
            school.total or "—",
            school.value_added or "—",
            school.grade or "—",
            joined(school.vetoes) or "—",
            said(school.lettered_on),
        ]
        for number, school in enumerate(figures.lettered, 1)
    ]
    columns = [
        ("序号", 9, "center"),
        ("学校", 42),
        ("类型", 22, "center"),
        ("自评", 11, "center"),
        ("督评", 11, "center"),
        ("增值\n（单列）", 13, "center"),
        ("等级", 9, "center"),
        ("一票\n否决", 10, "center"),
        ("意见书日期", 28, "center"),
    ]
    none = Text("截至目前没有已印发督评意见书的学校。", "flush")
    return (table(columns, rows), *_vetoes(view, figures)) if rows else (none,)


def _vetoes(view: CaseView, figures: RoundFigures) -> list[Block]:
    """What the codes of the vetoes in the table stand for."""
    used = {code for school in figures.lettered for code in school.vetoes}
    known = view.measure.vetoes if view.measure else ()
    named = "；".join(f"{veto.code} {veto.title}" for veto in known if veto.code in used)
    return [Text(f"注：一票否决事项：{named}。", "note")] if named else []


Shared = list[tuple[str, list[tuple[SchoolFigures, IssueFigure]]]]
LEAST = 2  # schools that share what is called a common problem


def shared(figures: RoundFigures) -> Shared:
    """What several schools share, or one was told is common, by what it rests on; what most share
    first."""
    return [
        (basis, found)
        for basis, found in figures.by_basis()
        if len({school.code for school, _ in found}) >= LEAST
        or any(issue.nature == "common" for _, issue in found)
    ]


def common_problems(view: CaseView, figures: RoundFigures) -> list[Block]:
    """What schools share, by indicator: how often, how many schools, what share of the round's,
    and which: at first a dozen of them (`where_common` has them all)."""
    found, n = shared(figures), figures.counted
    if not found:
        return [Text("没有多所学校共有的问题。")]
    rows = []
    for number, (basis, issues) in enumerate(found, 1):
        names = _names(issues)
        more = f"等{n(len(names))}所" if len(names) > NAMED else ""
        rows.append(
            [
                str(number),
                indicator(view, basis),
                str(n(len(issues))),
                f"{n(len(names))}所\n{percent(n(len(names)), len(figures.schools))}",
                joined(names[:NAMED]) + more,
            ]
        )
    columns = [
        ("序号", 9, "center"),
        ("指标（依据）", 40),
        ("问题数", 13, "center"),
        ("涉及学校\n及占比", 18, "center"),
        ("学校名单", 60),
    ]
    schools = {school.code for _, issues in found for school, _ in issues}
    return [
        Text(
            f"共性问题{n(len(found))}类，涉及学校{n(len(schools))}所，"
            f"占{view.round_title}范围内{n(len(figures.schools))}所学校的"
            f"{percent(n(len(schools)), len(figures.schools))}。"
        ),
        table(columns, rows, "共性问题（按涉及学校数排列）"),
    ]


def where_common(view: CaseView, figures: RoundFigures) -> tuple[Block, ...]:
    """Every school of every common problem; nothing where `common_problems` names them all."""
    found = [(basis, _names(issues)) for basis, issues in shared(figures)]
    if all(len(names) <= NAMED for _, names in found):
        return ()
    rows = [
        [str(n), indicator(view, basis), joined(names)] for n, (basis, names) in enumerate(found, 1)
    ]
    columns = [("序号", 9, "center"), ("指标（依据）", 36), ("学校", 90)]
    return (
        table(columns, rows),
        Text("注：学校按单位代码排列，一所学校有几个同类问题只列一次。", "note"),
    )


def _names(issues: list[tuple[SchoolFigures, IssueFigure]]) -> list[str]:
    """The schools, each once: two of one name are two."""
    return list({school.code: school.name for school, _ in issues}.values())


def indicator(view: CaseView, basis: str) -> str:
    """A basis in words, whichever school kind has that indicator."""
    standard = view.measure
    for kind in standard.school_kinds if standard else ():
        for leaf in standard.for_school(kind):
            if leaf.code == basis:
                return f"{leaf.code} {leaf.title}"
    return basis


def rectified(figures: RoundFigures) -> Table:
    """Issues by severity: how many, closed, open, accounted for, and the rate."""
    rows = [
        [
            SEVERITY[severity],
            *_progress(figures, [i for _, i in figures.issues if i.severity == severity]),
        ]
        for severity in SEVERITY
    ]
    rows.append(["合计", *_progress(figures, [issue for _, issue in figures.issues])])
    columns = [
        ("整改类型", 24),
        ("问题数", 16, "center"),
        ("已销号", 16, "center"),
        ("整改中", 16, "center"),
        ("转出", 16, "center"),
        ("转问责", 16, "center"),
        ("整改完成率", 22, "center"),
    ]
    return table(columns, rows, "整改情况")


def _progress(figures: RoundFigures, issues: list[IssueFigure]) -> list[str]:
    n = figures.counted
    closed, carried, accountable = (
        sum(issue.state == state for issue in issues)
        for state in ("closed", "carried", "accountable")
    )
    still = len(issues) - closed - carried - accountable
    counts = (len(issues), closed, still, carried, accountable)
    return [*(str(n(count)) for count in counts), percent(n(closed), len(issues))]


def by_unit(view: CaseView, figures: RoundFigures) -> Table:
    """Issues by whoever can solve them: schools themselves, or a department by its name."""
    units: dict[str, list[IssueFigure]] = {}
    for school, issue in figures.issues:
        own = issue.unit in ("school", school.code)
        units.setdefault("学校" if own else view.unit_name(issue.unit), []).append(issue)
    ordered = sorted(units.items(), key=lambda item: (-len(item[1]), item[0]))
    rows = [[name, *_progress(figures, issues)] for name, issues in ordered]
    columns = [
        ("责任单位", 36),
        ("问题数", 14, "center"),
        ("已销号", 14, "center"),
        ("整改中", 14, "center"),
        ("转出", 14, "center"),
        ("转问责", 14, "center"),
        ("整改完成率", 20, "center"),
    ]
    return table(columns, rows, "按责任单位")
