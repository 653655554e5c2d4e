"""Reading YAML safely: from text to plain values and the line of each, every oddity refused.

The text is read as a stream of parser events and the values are built here, so that nothing of
YAML that runs, expands or guesses is ever reached: no tags, no anchors, no merge keys, no
`yes`/`on` booleans, no octal or base-60 numbers. Dates stay text.
"""

import re
from typing import Any

import yaml

from rules.mistakes import Mistake, Mistakes, Path

LARGEST_BYTES = 1024 * 1024
DEEPEST = 40
MOST_NODES = 50_000

# Tab and line feed are treated apart; carriage returns are gone before this is asked. The last
# group turns text around on the screen, so that a file reads otherwise than it works.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
    "\u202a-\u202e\u2066-\u2069]"
)
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(\.[0-9]+)?")
MOST_DIGITS = 15
GUESSED = {"yes", "no", "on", "off"}
NOT_FINITE = {".inf", "-.inf", "+.inf", ".nan"}
CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}

CORE = "tag:yaml.org,2002:"
CORE_TYPES = {"str": str, "int": int, "float": float, "bool": bool, "null": type(None)}

# libyaml where the wheel has it, ten times faster than the parser in Python; same events.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Stopped(Exception):
    """The rest of the document cannot be read; the reason is already among the mistakes."""


class Reader:
    """One reading of one text: the events still to come, what was found, what was wrong."""

    def __init__(self, text: str, name: str):
        self.text, self.name = text, name
        self.mistakes: list[Mistake] = []
        self.lines: dict[Path, int] = {}
        self.nodes = 0
        self.last_line = self.text.rstrip("\n").count("\n") + 1

    def note(self, line: int, reason: str, path: Path = ()) -> None:
        """The parser notices what is missing only after the end; the reader has no such line."""
        self.mistakes.append(Mistake(min(line, self.last_line), reason, path))

    def stop(self, line: int, reason: str, path: Path = ()) -> Stopped:
        self.note(line, reason, path)
        return Stopped()

    def refuse_unreadable(self) -> None:
        """What can be told before parsing: size, tabs, characters nobody sees."""
        too_large = f"文件太大：最多 {LARGEST_BYTES // 1024} KB"
        long = (
            len(self.text) > LARGEST_BYTES
        )  # asked first: 10 MB need not be encoded to be refused
        if long or len(self.text.encode("utf-8", "replace")) > LARGEST_BYTES:
            raise Mistakes(self.name, [Mistake(1, too_large)])
        for number, line in enumerate(self.text.split("\n"), 1):
            if "\t" in line:
                self.note(number, "有制表符（Tab）：请改用空格")
            if hidden := UNSEEN.search(line):
                self.note(number, f"有看不见的控制字符 U+{ord(hidden[0]):04X}：请删去")
        if self.mistakes:
            raise Mistakes(self.name, self.mistakes)

    def document(self) -> Any:
        """The value of the only document; mistakes are noted, not raised."""
        self.events = yaml.parse(self.text, Loader=Loader)
        try:
            return self.only_document()
        except Stopped:
            return None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            self.note(mark.line + 1 if mark else 1, self.syntax(error, mark))
        except (ValueError, OverflowError):  # the parser's own, on absurd escapes and directives
            self.note(1, "不是合法的 YAML")

    def only_document(self) -> Any:
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise self.stop(1, "文件是空的")
        first = next(self.events)
        value = self.node(first, (), 1)
        if isinstance(first, yaml.ScalarEvent) and not self.mistakes:
            hint = full_width_hint(first.value)
            reason = "文件是空的" if value is None else f"这不是键和值：每行应写“键: 值”{hint}"
            raise self.stop(first.start_mark.line + 1, reason)
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.stop(after.start_mark.line + 1, "一个文件只能有一份文档：这里开始了第二份")
        return value

    def opened(self, event: Any, path: Path, depth: int) -> int:
        """Count a node that begins here and refuse what no node may be or have; its line."""
        line = event.start_mark.line + 1
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise self.stop(line, f"内容太多：最多 {MOST_NODES} 项", path)
        if depth > DEEPEST:
            raise self.stop(line, f"嵌套太深：最多 {DEEPEST} 层", path)
        if isinstance(event, yaml.AliasEvent):
            raise self.stop(line, f"不支持别名 *{event.anchor}：请把内容写出来", path)
        if event.anchor is not None:
            self.note(line, f"不支持锚点 &{event.anchor}：请去掉，需要处把内容写出来", path)
        return line

    def node(self, event: Any, path: Path, depth: int) -> Any:
        """The value that begins with this event; its line unless a key already gave one."""
        line = self.opened(event, path, depth)
        self.lines.setdefault(path, line)
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, path, line)
        wanted = CORE + ("seq" if isinstance(event, yaml.SequenceStartEvent) else "map")
        if event.tag not in (None, "!", wanted):
            self.note(line, f"不支持标签 {readable(event.tag)}：这里只能写普通的值", path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path, depth)
        return self.mapping(path, depth)

    def sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, (*path, len(items)), depth + 1))
        return items

    def mapping(self, path: Path, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = self.key(event, path, depth + 1)
            if key is None:
                key = f"<{line}>"  # already a mistake; the value is still read for its own
            elif key in found:
                earlier = self.lines[(*path, key)]
                self.note(line, f"重复的键“{key}”：第 {earlier} 行已经写过", (*path, key))
            self.lines.setdefault((*path, key), line)
            found[key] = self.node(next(self.events), (*path, key), depth + 1)
        return found

    def key(self, event: Any, path: Path, depth: int) -> str | None:
        """The text of a key, or None with the mistake noted."""
        if not isinstance(event, yaml.ScalarEvent):
            self.node(event, (*path, ""), depth)
            self.note(event.start_mark.line + 1, "键必须是文字", path)
            return None
        line, before = self.opened(event, path, depth), len(self.mistakes)
        plain = event.tag is None and event.implicit[0]
        if plain and event.value == "<<":
            self.note(line, "不支持合并键 <<：请把内容写出来", path)
        elif plain and event.value.lower() in GUESSED:
            self.note(line, f"{event.value} 不能作键：YAML 会把它当成真假值，请换一个词", path)
        else:
            value = self.scalar(event, path, line)
            if isinstance(value, str):
                return value
            if len(self.mistakes) == before:
                written = event.value[:40] or "空"
                self.note(line, f"{written} 不能作键：键必须是文字，数字请加引号", path)
        return None

    def scalar(self, event: Any, path: Path, line: int) -> Any:
        """Plain text becomes a number, true, false or null only where every reader would agree."""
        if hidden := UNSEEN.search(event.value):
            self.note(line, f"有看不见的控制字符 U+{ord(hidden[0]):04X}：请删去", path)
            return None
        name = (event.tag or "").removeprefix(CORE)
        if event.tag not in (None, "!") and name not in CORE_TYPES:
            self.note(line, f"不支持标签 {readable(event.tag)}：这里只能写普通的值", path)
            return None
        if name == "str" or event.tag == "!" or (event.tag is None and not event.implicit[0]):
            return event.value
        value, reason = plain_value(event.value)
        if not reason and name and not isinstance(value, CORE_TYPES[name]):
            reason = f"标签 !!{name} 与值“{event.value[:40]}”不符"
        if reason:
            self.note(line, reason, path)
        return value

    def syntax(self, error: yaml.YAMLError, mark: Any) -> str:
        """The parser's complaint, in words for somebody who has never seen a parser."""
        problem = f"{getattr(error, 'problem', '')} {getattr(error, 'context', '')}"
        rows = self.text.split("\n")
        row = rows[mark.line] if mark and mark.line < len(rows) else ""
        for words, reason in COMPLAINTS:
            if words in problem:
                return f"不是合法的 YAML：{reason}{full_width_hint(row)}"
        return f"不是合法的 YAML{full_width_hint(row)}"


COMPLAINTS = (
    ("mapping values are not allowed", "冒号的位置不对——检查缩进；文字里有“: ”时要加引号"),
    ("could not find expected ':'", "键后面缺少“: ”"),
    ("quoted scalar", "引号没有配对"),
    ("cannot start any token", "这个字符开头的文字要加引号"),
    ("undefined tag handle", "不支持标签（“!”开头的词）"),
    ("flow", "方括号、花括号或逗号没有配对"),
    ("block", "缩进不一致，或缺少引号、括号"),
)


def full_width_hint(text: str) -> str:
    return "（全角冒号“：”应改为半角冒号加空格“: ”）" if "：" in text and ": " not in text else ""


def readable(tag: str) -> str:
    return tag.replace(CORE, "!!", 1)[:60]


def plain_value(text: str) -> tuple[Any, str]:
    """The value of unquoted text and, where readers of YAML would disagree, why it is refused."""
    lowered = text.lower()
    if lowered in CONSTANTS:
        return CONSTANTS[lowered], ""
    if lowered in GUESSED:
        return None, f"{text} 有歧义：表示真假请写 true 或 false，表示文字请加引号"
    if lowered in NOT_FINITE:
        return None, f"{text} 不是有限的数"
    if LEADING_ZERO.fullmatch(text):
        return None, f"{text[:40]} 以 0 开头：编号请加引号"
    if not (whole := WHOLE.fullmatch(text)) and not DECIMAL.fullmatch(text):
        return text, ""
    if len(text) > MOST_DIGITS + 2:
        return None, f"数字太长（多于 {MOST_DIGITS} 位）：编号请加引号"
    return (int(text) if whole else float(text)), ""
