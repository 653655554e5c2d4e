"""Charts as plain SVG: how areas compare, how grades spread, how a round comes along, who bears
what. Colours stand in the style sheet; every chart says in words what it shows."""

from collections.abc import Sequence
from math import cos, pi, sin
from typing import NamedTuple

from markupsafe import Markup, escape

LONGEST = 14  # characters of a label; the whole name stands in its tooltip
MOST_BARS = 40  # of a list of people: those who bear most come first
EMPTY = "还没有数据"


class Series(NamedTuple):
    """Named values, shares from 0 to 1 or counts; None where there is none. ``look`` is the
    class that colours it: own, review, before, plan."""

    name: str
    look: str
    values: Sequence[float | None]


class Bar(NamedTuple):
    """One bar of counts: ``done`` of ``whole`` where both are told."""

    name: str
    whole: float
    done: float = 0
    look: str = "review"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(
    x: float,
    y: float,
    words: str,
    anchor: str = "start",
    look: str = "",
    most: int = LONGEST,
) -> str:
    whole, cut = words, _short(words, most)
    hover = f"<title>{escape(whole)}</title>" if cut != whole else ""
    named = f' class="{look}"' if look else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(cut)}{hover}</text>'
    )


def _line(look: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{look}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _box(look: str, x: float, y: float, width: float, height: float) -> str:
    size = f'width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{look}" x="{x:.1f}" y="{y:.1f}" {size} rx="3"/>'


def _drawing(width: float, height: float, title: str, says: str, parts: Sequence[str]) -> Markup:
    """``says`` is the chart in words, for whoever does not see it."""
    return Markup(
        f'<svg class="chart" role="img" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">'
        f"<title>{escape(title)}</title><desc>{escape(says)}</desc>{''.join(parts)}</svg>"
    )


def _nothing(title: str) -> Markup:
    return _drawing(320, 60, title, EMPTY, [_text(160, 34, EMPTY, "middle", "faint")])


def _percent(value: float) -> str:
    """As grades read it: cut, not rounded, so that 79.96 % never looks like 80 %."""
    return f"{int(value * 1000 + 1e-6) / 10:g}%"


def _number(value: float) -> str:
    return f"{value:g}"


def _legend(series: Sequence[Series], y: float, width: float) -> str:
    step = width / max(1, len(series))
    return "".join(
        _line(one.look, x, y - 4, x + 22, y - 4) + _text(x + 28, y, one.name)
        for n, one in enumerate(series)
        for x in [n * step + step / 2 - 38]
    )


def _in_words(titles: Sequence[str], series: Sequence[Series], said=_percent) -> str:
    return "；".join(
        f"{one.name}："
        + "，".join(
            f"{title}{said(value)}"
            for title, value in zip(titles, one.values, strict=True)
            if value is not None
        )
        for one in series
    )


# -- areas -----------------------------------------------------------------------------------------


def areas(title: str, titles: Sequence[str], series: Sequence[Series]) -> Markup:
    """How the areas compare, as shares of their full points: a radar; bars for fewer than three."""
    series = [one for one in series if any(value is not None for value in one.values)]
    if not titles or not series:
        return _nothing(title)
    if len(titles) < 3:
        return _area_bars(title, titles, series)
    return _radar(title, titles, series)


def _radar(title: str, titles: Sequence[str], series: Sequence[Series]) -> Markup:
    width, height, radius = 380.0, 292.0, 92.0
    x, y = width / 2, 128.0
    turns = [2 * pi * n / len(titles) - pi / 2 for n in range(len(titles))]

    def points(values: Sequence[float | None]) -> str:
        return " ".join(
            f"{x + cos(turn) * radius * share:.1f},{y + sin(turn) * radius * share:.1f}"
            for turn, value in zip(turns, values, strict=True)
            if value is not None
            for share in [min(1.0, max(0.0, value))]
        )

    parts = [
        f'<polygon class="grid" points="{points([ring] * len(titles))}"/>'
        for ring in (0.2, 0.4, 0.6, 0.8, 1.0)
    ]
    parts += [
        _text(x + 3, y - radius * ring - 2, f"{ring:.0%}", "start", "faint") for ring in (0.6, 0.8)
    ]
    for turn, name in zip(turns, titles, strict=True):
        far_x, far_y = x + cos(turn) * radius, y + sin(turn) * radius
        parts.append(_line("grid", x, y, far_x, far_y))
        anchor = "middle" if abs(cos(turn)) < 0.2 else "start" if cos(turn) > 0 else "end"
        name_x, name_y = x + cos(turn) * (radius + 10), y + sin(turn) * (radius + 14) + 4
        parts.append(_text(name_x, name_y, name, anchor, most=7))
    parts += [f'<polygon class="{one.look} area" points="{points(one.values)}"/>' for one in series]
    parts.append(_legend(series, height - 12, width))
    return _drawing(width, height, title, _in_words(titles, series), parts)


def _area_bars(title: str, titles: Sequence[str], series: Sequence[Series]) -> Markup:
    parts, y = [], 10.0
    for n, name in enumerate(titles):
        parts.append(_text(8, y + 12, name))
        for one in series:
            value = one.values[n] or 0.0
            parts.append(_strip(150, y, 200, min(1.0, value), one.look))
            parts.append(_text(356, y + 11, f"{one.name}{_percent(value)}"))
            y += 20
        y += 6
    return _drawing(460, y + 4, title, _in_words(titles, series), parts)


def _strip(x: float, y: float, width: float, share: float, look: str) -> str:
    return _box("ground", x, y, width, 13) + _box(look, x, y, width * share, 13)


# -- counts ----------------------------------------------------------------------------------------


def columns(title: str, bars: Sequence[Bar], unit: str = "所") -> Markup:
    """How many of each, side by side: the grades of a round."""
    highest = max((bar.whole for bar in bars), default=0)
    if not highest:
        return _nothing(title)
    step, tall, low = 64.0, 130.0, 164.0
    width = max(200.0, step * len(bars) + 16)
    parts = [_line("axis", 4, low, width - 4, low)]
    for n, bar in enumerate(bars):
        x, height = 16 + n * step, tall * bar.whole / highest
        parts.append(_box(bar.look, x, low - height, 36, height))
        parts.append(_text(x + 18, low - height - 6, _number(bar.whole), "middle", "strong"))
        parts.append(_text(x + 18, low + 18, bar.name, "middle", most=5))
    says = "，".join(f"{bar.name}{_number(bar.whole)}{unit}" for bar in bars)
    return _drawing(width, low + 28, title, says, parts)


def loads(title: str, bars: Sequence[Bar], unit: str = "所") -> Markup:
    """Who bears how much, one line each: planned, and how much of it is done."""
    most = max((bar.whole for bar in bars), default=0)
    if not most:
        return _nothing(title)
    bars, parts = bars[:MOST_BARS], []
    for n, bar in enumerate(bars):
        y = 8 + n * 24.0
        parts.append(_text(104, y + 11, bar.name, "end", most=8))
        parts.append(_strip(110, y, 200, bar.whole / most, "plan"))
        if bar.done:
            parts.append(_box("review", 110, y + 3, 200 * min(1.0, bar.done / most), 7))
        done = f"{_number(bar.done)}/" if bar.done else ""
        parts.append(_text(316, y + 11, f"{done}{_number(bar.whole)}{unit}"))
    says = "，".join(
        f"{bar.name}{_number(bar.whole)}{unit}"
        + (f"（完成{_number(bar.done)}{unit}）" if bar.done else "")
        for bar in bars
    )
    return _drawing(380, 16 + 24.0 * len(bars), title, says, parts)


def progress(title: str, whole: int, planned: int, done: int, goal: int = 0) -> Markup:
    """One bar: how many of the whole are planned and done, with a mark where it must get to."""
    if not whole:
        return _nothing(title)
    width, left = 300.0, 2.0

    def upto(count: int) -> float:
        return width * min(1.0, count / whole)

    parts = [_box("ground", left, 4, width, 16)]
    if planned:
        parts.append(_box("plan", left, 4, upto(planned), 16))
    if done:
        parts.append(_box("review", left, 8, upto(done), 8))
    says = [f"共{whole}所"] + ([f"计划{planned}所"] if planned else []) + [f"完成{done}所"]
    if goal:
        x, near_end = left + upto(goal), goal / whole > 0.7
        parts.append(_line("goal", x, 0, x, 26))
        where = (x - 4, "end") if near_end else (x + 4, "start")
        parts.append(_text(where[0], 36, f"至少{goal}所", where[1], "goal-name"))
        says.append(f"至少应达到{goal}所")
    return _drawing(width + 4, 42 if goal else 24, title, "，".join(says), parts)


# -- time ------------------------------------------------------------------------------------------


def weeks(
    title: str, names: Sequence[str], series: Sequence[Series], goal: float = 0, unit: str = "所"
) -> Markup:
    """How counts grow week by week; ``goal`` is drawn as a line across where there is one."""
    known = [value for one in series for value in one.values if value is not None]
    if not names or not known:
        return _nothing(title)
    width, low, tall, left, right = 640.0, 190.0, 160.0, 34.0, 16.0
    top = max([*known, goal, 1])
    step = (width - left - right) / max(1, len(names) - 1)

    def at(n: int, value: float) -> str:
        return f"{left + n * step:.1f},{low - tall * value / top:.1f}"

    parts = [_line("axis", left, low, width - right, low)]
    for mark in sorted({top, top // 2} - {0}):
        y = low - tall * mark / top
        parts.append(_line("grid", left, y, width - right, y))
        parts.append(_text(left - 5, y + 4, _number(mark), "end", "faint"))
    if goal:
        y = low - tall * goal / top
        parts.append(_line("goal", left, y, width - right, y))
        parts.append(_text(left + 4, y - 5, f"应达到{_number(goal)}{unit}", "start", "goal-name"))
    for one in series:
        line = " ".join(at(n, v) for n, v in enumerate(one.values) if v is not None)
        parts.append(f'<polyline class="{one.look}" points="{line}"/>')
    every = max(1, -(-len(names) // 8))
    for n in range(0, len(names), every):
        parts.append(_text(left + n * step, low + 18, names[n], "middle", "faint"))
    parts.append(_legend(series, low + 42, width))
    return _drawing(width, low + 54, title, _lasts(names, series, goal, unit), parts)


def _lasts(names: Sequence[str], series: Sequence[Series], goal: float, unit: str) -> str:
    said = [f"应达到{_number(goal)}{unit}"] if goal else []
    for one in series:
        at = [(name, v) for name, v in zip(names, one.values, strict=True) if v is not None]
        if at:
            said.append(f"{one.name}：到{at[-1][0]}{_number(at[-1][1])}{unit}")
    return "；".join(said)
