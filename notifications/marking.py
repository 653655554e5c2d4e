"""What stands out in the sentences of a mail: whole dates, and phone numbers on one line."""

import re

from markupsafe import Markup, escape

_DAY = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日(?:（周.）)?")
_PHONE = re.compile(r"(?<![\d-])\d{3,4}-\d{7,8}(?![\d-])")


def marked(text: str) -> Markup:
    """A text for a page, escaped, with its dates marked."""
    safe = str(escape(text))
    safe = _DAY.sub(r'<strong style="white-space:nowrap">\g<0></strong>', safe)
    return Markup(_PHONE.sub(r'<span style="white-space:nowrap">\g<0></span>', safe))
