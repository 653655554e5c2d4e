"""The dates of a sentence, marked, so that who only glances at a mail sees them."""

import re

from markupsafe import Markup, escape

_DAY = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日(?:（周.）)?")
_MARK = r'<strong style="white-space:nowrap">\g<0></strong>'


def dated(text: str) -> Markup:
    """A text for a page, escaped, its full dates marked."""
    return Markup(_DAY.sub(_MARK, str(escape(text))))
