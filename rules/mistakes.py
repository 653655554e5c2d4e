"""What is wrong in a file an office wrote: where it stands, and in Chinese words what was meant."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

Path = tuple[str | int, ...]
LONGEST_WORD = 200  # no known word is near to one that is longer


@dataclass(frozen=True)
class Mistake:
    """One mistake: its line (from 1), the reason in Chinese, the path of keys that leads there."""

    line: int
    reason: str
    path: Path = ()


class Mistakes(Exception):
    """Every mistake found in one file, in the order of its lines."""

    def __init__(self, name: str, items: list[Mistake]):
        unique = dict.fromkeys(items)
        self.name = name
        self.items = tuple(sorted(unique, key=lambda mistake: mistake.line))
        super().__init__("\n".join(self.lines()))

    def lines(self, file_name: str | None = None) -> list[str]:
        """One text a mistake: `FILE:LINE: reason`."""
        return [f"{file_name or self.name}:{item.line}: {item.reason}" for item in self.items]


def meant(word: str, known: list[str]) -> str:
    """ "，是否想写“title”？" when a known word is near, else the list of known words."""
    near = get_close_matches(word[:LONGEST_WORD], known, n=1, cutoff=0.6)
    if near:
        return f"，是否想写“{near[0]}”？"
    return f"；可以写：{'、'.join(known)}" if known else ""


def shown(value: Any) -> str:
    """A value as the reader wrote it, short enough for one line."""
    if value is None:
        return "空"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "一组键和值"
    if isinstance(value, list):
        return "一个列表"
    text = str(value)
    if len(text) > 40:
        text = text[:40] + "…"
    return f"“{text}”" if isinstance(value, str) else text


# What a pydantic error type says to the writer of the file; {got} is the value as written,
# the other names come from pydantic's own context of that error.
PHRASES = {
    "string_type": "这里要写文字，写的却是{got}；编号、版本这样的数字请加引号",
    "string_too_short": "文字至少要有 {min_length} 个字",
    "string_too_long": "文字最多 {max_length} 个字",
    "string_pattern_mismatch": "{got}的写法不对，应符合 {pattern}",
    "int_type": "这里要写整数，写的却是{got}",
    "int_parsing": "这里要写整数，写的却是{got}",
    "int_from_float": "这里要写整数，写的却是{got}",
    "float_type": "这里要写数，写的却是{got}",
    "float_parsing": "这里要写数，写的却是{got}",
    "decimal_type": "这里要写数，写的却是{got}",
    "decimal_parsing": "这里要写数，写的却是{got}",
    "decimal_max_places": "小数最多 {decimal_places} 位，写的是{got}",
    "decimal_max_digits": "数最多 {max_digits} 位，写的是{got}",
    "finite_number": "这里要写有限的数，写的却是{got}",
    "bool_type": "这里要写 true 或 false，写的却是{got}",
    "bool_parsing": "这里要写 true 或 false，写的却是{got}",
    "list_type": "这里要写一个列表，写的却是{got}",
    "tuple_type": "这里要写一个列表，写的却是{got}",
    "set_type": "这里要写一个列表，写的却是{got}",
    "frozen_set_type": "这里要写一个列表，写的却是{got}",
    "dict_type": "这里要写一组键和值，写的却是{got}",
    "mapping_type": "这里要写一组键和值，写的却是{got}",
    "model_type": "这里要写一组键和值，写的却是{got}",
    "model_attributes_type": "这里要写一组键和值，写的却是{got}",
    "too_short": "至少要有 {min_length} 项，现在是 {actual_length} 项",
    "too_long": "最多 {max_length} 项",
    "greater_than": "应大于 {gt}，写的是{got}",
    "greater_than_equal": "不能小于 {ge}，写的是{got}",
    "less_than": "应小于 {lt}，写的是{got}",
    "less_than_equal": "不能大于 {le}，写的是{got}",
    "multiple_of": "应是 {multiple_of} 的倍数，写的是{got}",
    "date_type": "这里要写日期，如 2026-09-01，写的却是{got}",
    "date_parsing": "这里要写日期，如 2026-09-01，写的却是{got}",
    "date_from_datetime_parsing": "这里要写日期，如 2026-09-01，写的却是{got}",
    "none_required": "这里应当留空，写的却是{got}",
}


def in_chinese(error: dict[str, Any], known: list[str]) -> str:
    """The reason of one pydantic error (an item of `ValidationError.errors()`).

    `known` are the keys allowed where the error stands, for "did you mean".
    """
    kind, context, got = error["type"], error.get("ctx", {}), error["input"]
    key = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "missing":
        place = error["loc"][-1]
        return f"缺少第 {place + 1} 项" if isinstance(place, int) else f"缺少“{key}”"
    if kind == "extra_forbidden":
        return f"不认识的键{shown(key)}{meant(key, known)}"
    if kind in ("literal_error", "enum"):
        return f"不认识的值{shown(got)}{meant(str(got), quoted_words(context['expected']))}"
    if kind == "union_tag_invalid":
        field, tags = context["discriminator"].strip("'"), quoted_words(context["expected_tags"])
        tag = got.get(field) if isinstance(got, dict) else context["tag"]
        return f"“{field}”不认识{shown(tag)}{meant(str(tag), tags)}"
    if kind == "union_tag_not_found":
        return f"缺少“{context['discriminator'].strip(chr(39))}”"
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])
    phrase = PHRASES.get(kind, "{got}不是这里可以写的值")
    return phrase.format(got=shown(got), **context)


def quoted_words(text: str) -> list[str]:
    """The words of pydantic's list of choices: "'a', 'b' or 'c'"."""
    return text.split("'")[1::2] or text.replace(" or ", ", ").split(", ")
