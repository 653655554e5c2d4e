"""A paper's title in lines, as GB/T 9704-2012 asks: broken where the meaning allows (词意完整), as
even as can be, shaped like a trapezoid or a lozenge and never like an hourglass."""

import re
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

MOST, MOST_WIDE = 20, 32  # characters of 2号 in a line of an upright page, of one on its side
LATIN = 0.55  # of a character: how wide a letter or a digit is
MOST_LINES, MOST_PIECES = 4, 20  # what is longer is left to break where it breaks

# What papers are called; with what is said of it (情况的通报) it is not torn off.
_GENRES = (
    *("整改通知书", "协商函", "督评意见书", "意见书", "通知书", "通知", "通报", "公告", "公示"),
    *("专项督导报告", "回访督导报告", "自查自评报告", "报告", "问题清单", "整改计划", "计划", "函"),
    *("过程指导记录", "自评手册", "初步意见", "送达回证", "名单", "方案", "意见"),
)
# Words that stay whole, as far as they are known.
_WORDS = (
    *("实地督导", "督导评估", "回访督导", "过程指导", "专项督导", "自查自评", "经常性督导"),
    *("学校", "幼儿园", "小学", "初级中学", "中学", "九年制学校", "职业教育中心", "教学点"),
    *("义务教育", "均衡发展", "质量监测", "教学常规", "工程", "情况", "有关", "问题", "整改"),
    *("开展", "进行", "协商", "解决", "督导", "评估", "结果", "工作", "年度", "视导", "检查"),
)
_BEGINS = r"关于(?:对|公示|印发|公布|报送|协商解决)?|对"
_QUOTED = r"《[^《》]*》|“[^“”]*”|（[^（）]*）|〔[^〔〕]*〕"
_KEPT = (
    _BEGINS,
    r"[0-9]+年[0-9]+月[0-9]+日",
    r"第?[0-9][0-9.\-—至]*(?:学年度|年度|学年|年|月|日|号|所|次|期|批|个|项|级|届|轮|%)*",
    r"[A-Za-z]+",
    *sorted({*_GENRES, *_WORDS}, key=len, reverse=True),
)
# First with everything that is quoted whole; where that fits no line, without.
_WHOLE, _PARTED = (re.compile("|".join(kept)) for kept in ((_QUOTED, *_KEPT), _KEPT))
_ENDS = (  # with what the name of an organisation ends
    r"(?:省|市|县|区|镇|乡|街道|小学|中学|初中|高中|幼儿园|学校|学院|中心|教学点|局|委员会|办公室"
    r"|督导室|人民政府)"
)
# The longest name after 关于: up to what happens there.
_NAMED = re.compile(rf"({_BEGINS})((?:(?!第?[0-9]|的|开展|有关|实地|情况|“|《)[^\n]){{2,}}{_ENDS})")
_CLOSING = "》”）〕、，。：；！？的等"  # no line begins with one
_INSIDE = re.compile(r"[省市县区镇乡]|街道|[^省市县区镇乡]")

_GOOD, _PLAIN, _POOR, _TORN = 0.0, 3.0, 25.0, 60.0  # what a break costs, in squares of characters


def title_lines(title: str, names: Iterable[str] = (), most: int = MOST) -> tuple[str, ...]:
    """The lines of a title, one where it fits; their texts in a row are the title.

    ``names`` are whole names (of the school, of the office) that stay whole. What would need more
    than four lines is left as it is, to break where it breaks."""
    title = title.replace("\n", " ")
    if wide(title) <= most or len(title) > most * MOST_LINES:
        return (title,)
    found = _set(_pieces(title, names, _WHOLE, most), most)
    if found[0] > _TORN:
        found = min(found, _set(_pieces(title, names, _PARTED, most), most))
    return found[1] or (title,)


def wide(text: str) -> float:
    """How wide a text is, in Chinese characters."""
    return sum(1.0 if ord(c) > 0x7F else LATIN for c in text)


# -- pieces that are not torn ----------------------------------------------------------------------


def _pieces(
    title: str, names: Iterable[str], words: re.Pattern[str], most: int
) -> list[tuple[str, float]]:
    """A title in pieces, each with what it costs to break before it."""
    whole = {name for name in names if name}
    if found := _NAMED.search(title):
        whole.add(found[2])
    parts = [title]
    for name in sorted(whole, key=len, reverse=True):
        parts = [piece for part in parts for piece in _apart(part, name, whole)]
    glued: list[tuple[str, float]] = []
    for part in parts:
        for word in (part,) if part in whole else _words(part, words):
            glued += _within(word, most) if wide(word) > most else [(word, _PLAIN)]
    return _fewer(list(_glued(glued, most)))


def _apart(part: str, name: str, whole: set[str]) -> Iterator[str]:
    """A name, and what stands beside it; other names stay as they are."""
    if part in whole:
        yield part
        return
    for place, beside in enumerate(part.split(name)):
        yield from filter(None, (name if place else "", beside))


def _words(title: str, words: re.Pattern[str]) -> Iterator[str]:
    """Known words, and whatever stands between them."""
    begun = 0
    for found in words.finditer(title):
        yield from filter(None, (title[begun : found.start()], found[0]))
        begun = found.end()
    if begun < len(title):
        yield title[begun:]


def _within(name: str, most: int) -> Iterator[tuple[str, float]]:
    """A name longer than a line: broken after a county or a township, else anywhere."""
    cost = _PLAIN
    for found in _INSIDE.finditer(name):
        yield found[0], cost
        cost = _POOR if re.fullmatch("[省市县区镇乡]|街道", found[0]) else _TORN


def _glued(pieces: list[tuple[str, float]], most: int) -> Iterator[tuple[str, float]]:
    """Pieces that stand together: what no line begins with, 关于 and what it is about, the genre
    and what is said of it."""
    held, price = "", _GOOD
    last = len(pieces) - 1
    for place, (text, cost) in enumerate(pieces):
        genre = place == last and text in _GENRES
        if not held:
            held = text
        elif _together(held, text, genre) and wide(held + text) <= most:
            held += text
        else:
            yield held, price
            price = _price(held, text, max(cost, _TORN) if genre else cost)
            held = text
    yield held, price


def _together(before: str, text: str, genre: bool) -> bool:
    if text[0] in _CLOSING or re.fullmatch(_BEGINS, before):
        return True
    return genre and (before.endswith("的") or wide(text) < 4)


def _price(before: str, text: str, cost: float) -> float:
    if cost > _PLAIN:
        return cost
    if before.endswith(("开展", "进行", "解决")):
        return _POOR
    return _GOOD if text.startswith(("开展", "“", "《", "第")) else _PLAIN


def _fewer(pieces: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Not so many that trying every break takes long: the worst breaks are given up."""
    while len(pieces) > MOST_PIECES:
        place = max(range(1, len(pieces)), key=lambda n: (pieces[n][1], -len(pieces[n][0]), n))
        joined = (pieces[place - 1][0] + pieces[place][0], pieces[place - 1][1])
        pieces = [*pieces[: place - 1], joined, *pieces[place + 1 :]]
    return pieces


# -- the best way to break -------------------------------------------------------------------------


def _set(pieces: list[tuple[str, float]], most: int) -> tuple[float, tuple[str, ...]]:
    """What the best way to set the pieces costs, and its lines; none where there is no way."""
    least = int(-(-sum(wide(text) for text, _ in pieces) // most))
    for count in range(least, MOST_LINES + 1):
        found = min(_ways(pieces, count, most), default=None)
        if found is not None:
            return found
    return float("inf"), ()


def _ways(
    pieces: list[tuple[str, float]], count: int, most: int
) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Every way to set the pieces in so many lines, with what it costs."""
    for breaks in combinations(range(1, len(pieces)), count - 1):
        bounds = (0, *breaks, len(pieces))
        lines = tuple("".join(text for text, _ in pieces[a:b]) for a, b in pairwise(bounds))
        widths = [wide(line) for line in lines]
        if max(widths) <= most:
            mean = sum(widths) / count
            uneven = sum((width - mean) ** 2 for width in widths)
            price = sum(pieces[place][1] for place in breaks)
            yield uneven + price + (_POOR if _hourglass(widths) else 0), lines


def _hourglass(widths: list[float]) -> bool:
    """Whether some line between is shorter than both beside it."""
    triples = zip(widths, widths[1:], widths[2:], strict=False)
    return any(a > b < c for a, b, c in triples)
