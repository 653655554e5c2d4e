"""Text as it comes in: only what can be read, stored and printed again, and not without end."""

import unicodedata

_UNWANTED = ("Cc", "Cs", "Co", "Cn")  # control characters, halves of one, what nobody has
_HIDDEN = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"  # turn a line around


def clean(text: str) -> str:
    """Line ends as LF, no control characters, no hidden direction marks; outer blanks away."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if not text.replace("\n", "").isprintable():
        text = "".join(
            c
            for c in text
            if c == "\n" or (unicodedata.category(c) not in _UNWANTED and c not in _HIDDEN)
        )
    return text.strip()


def one_line(text: str) -> str:
    """Cleaned, and without line ends."""
    return " ".join(clean(text).split())
