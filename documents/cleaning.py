"""The boundary to Word: texts as people sent them, made fit to stand in an XML file."""

import re
import unicodedata
from collections import Counter
from typing import Any

MOST = 2_000_000  # characters of one text: far beyond any form, below what makes Word give up
NAME_MOST = 60  # characters of a file name, well under 255 bytes in UTF-8

# What XML forbids, and marks that turn the order of what follows: a letter says what it seems to.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
REPLACED = "\ufffd"


class Cleaner:
    """Cleans the texts of one paper and remembers what it had to change."""

    def __init__(self) -> None:
        self._done: Counter[str] = Counter()

    def clean(self, value: Any) -> str:
        """A text that XML can carry: line ends are LF, what XML forbids is the mark “\ufffd”, half
        characters (lone surrogates) too, and what goes beyond MOST is cut and said to be."""
        text = value if isinstance(value, str) else "" if value is None else str(value)
        if text.isascii() and text.isprintable():
            return self._cut(text)
        text = _LINE_ENDS.sub("\n", text)
        if _SURROGATE.search(text):
            before = text.count(REPLACED)
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            self._done["残缺字符"] += text.count(REPLACED) - before
        text, illegal = _ILLEGAL.subn(REPLACED, text)
        self._done["控制字符"] += illegal
        return self._cut(text.replace("\t", " "))

    def _cut(self, text: str) -> str:
        if len(text) <= MOST:
            return text
        self._done["过长文字"] += 1
        return f"{text[:MOST]}……（原文共{len(text)}字，以下从略，全文见案卷）"

    @property
    def mended(self) -> tuple[str, ...]:
        """What was replaced or cut, in Chinese, one sentence a kind."""
        said = {
            "残缺字符": "有{}个残缺字符无法显示，已用“\ufffd”代替。",
            "控制字符": "有{}个控制字符无法写入文书，已用“\ufffd”代替。",
            "过长文字": "有{}处文字过长，文书中已截短。",
        }
        return tuple(
            text.format(self._done[what]) for what, text in said.items() if self._done[what]
        )


def file_name(title: str) -> str:
    """A name every file system takes: no separators, no control or direction marks, not too
    long, with ``.docx``."""
    kept = "".join(c for c in title if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    kept = re.sub(r'[\\/:*?"<>|\s]+', "_", kept).strip("._")
    return f"{kept[:NAME_MOST] or '文书'}.docx"
