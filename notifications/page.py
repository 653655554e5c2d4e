"""A message as a page of a mail, made of what the ledger keeps and nothing else: so both parts of a
mail say the same. It loads nothing from anywhere, and is laid out in tables, as mail programs want.

Each message's ``page.html`` says in which tone it is told and what its reader does next; how it
looks is said once, in ``_shared/page.html`` and, around it, ``_shared/mail.html``.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from engine.receipts import PATH
from notifications.catalogue import MESSAGES, PAGE, shipped, template
from notifications.sender import Outgoing

_LABELLED = re.compile(r"([^：，。；、“”（）《》\s]{2,6})：(.+)")
# What these say is the message itself, and no note to it.
_LEADS = ("请按期办理", "请尽快办理", "已经逾期", "期限有变", "督办事项")


class Line(NamedTuple):
    """A line of a text; ``label`` where it begins with one."""

    label: str
    said: str


def page(name: str, subject: str, text: str, link: str = "", role: str = "") -> str:
    """The HTML of one message, which need not be one that is shipped (a test message is none).
    ``role`` is its reader's."""
    return _mail(subject, "", [_section(name, subject, text, link, role)], link)


def page_of(message: Outgoing) -> str:
    """The HTML of what goes out: a message, or several as one, each below the other."""
    if not message.parts:
        return page(message.name, message.subject, message.text, message.link, message.role)
    sections = [
        _section(one.name, one.subject, one.text, message.link, one.role, rank=2)
        for one in message.parts
    ]
    opening = message.text.partition("\n\n")[0]
    return _mail(message.subject, opening, sections, message.link)


def portal_of(link: str) -> str:
    """Where the portal stands, by the link to confirm a message there; "" where there is none."""
    return link.rpartition(PATH)[0]


def _mail(title: str, opening: str, sections: Sequence[Markup], link: str) -> str:
    frame = shipped("_shared/mail.html")
    return frame.render(title=title, opening=opening, sections=sections, link=link)


def _section(
    name: str,
    subject: str,
    text: str,
    link: str,
    role: str,
    rank: int = 1,
) -> Markup:
    """One message, its subject a heading of that rank."""
    lines = [_line(line) for line in text.split("\n") if line.strip()]
    notes = [n for n, line in enumerate(lines) if line.label and line.label not in _LEADS]
    last = notes[-1] if notes else len(lines)
    seen = {
        "subject": subject,
        "text": text,
        "role": role,
        "rank": rank,
        "portal": portal_of(link),
        "opening": [line for n, line in enumerate(lines) if n < last and n not in notes],
        "notes": [lines[n] for n in notes],
        "closing": [line for n, line in enumerate(lines) if n > last],
        "duty": next((one.said.partition("。")[0] for one in lines if one.label in _LEADS), ""),
        "mine": any(one.label == "期限" for one in lines),
    }
    of = template(name, PAGE) if name in MESSAGES else shipped("_shared/page.html")
    return Markup(of.render(seen))


def _line(line: str) -> Line:
    found = _LABELLED.fullmatch(line)
    return Line(found[1], found[2]) if found else Line("", line)
