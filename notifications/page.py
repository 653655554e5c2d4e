"""A message as a page of a mail: its own lines, its dates marked, a button to confirm by. It loads
nothing from anywhere."""

import re
from html import escape

_DAY = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日(?:（周.）)?")
_HEAD = (
    '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head>'
    '<body style="font:16px/1.7 sans-serif;color:#1a1a1a;max-width:40em;margin:1em">'
)
_LINE = "<p style='margin:.3em 0'>{line}</p>"
_BUTTON = (
    '<p style="margin:1.5em 0"><a href="{link}" style="background:#14539a;color:#fff;'
    'padding:.5em 1.2em;border-radius:4px;text-decoration:none">我已阅知</a></p>'
)


def page_of(subject: str, text: str, link: str = "") -> str:
    """The HTML of a message; an empty line parts what was gathered from several."""
    title = escape(subject)
    parts = [_HEAD.format(title=title), f"<h1 style='font-size:1.2em'>{title}</h1>"]
    for block in re.split(r"\n{2,}", text):
        lines = "".join(_LINE.format(line=_marked(line)) for line in block.split("\n"))
        parts.append(f"<div style='margin:0 0 1.2em'>{lines}</div>")
    if link:
        parts.append(_BUTTON.format(link=escape(link)))
    return "".join(parts) + "</body></html>"


def _marked(line: str) -> str:
    return _DAY.sub(lambda found: f"<strong>{found[0]}</strong>", escape(line))
