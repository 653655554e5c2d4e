"""Text as it may leave the house: no control characters, no broken ones, and not too long."""

import unicodedata

# Cc: control characters; Cf: direction marks and the like, which can hide what a line says;
# Cs: halves of a character, which no file takes; Co and Cn: characters nobody has.
_UNWANTED = ("Cc", "Cf", "Cs", "Co", "Cn")


def clean(text: str) -> str:
    """Only what can be read, and line ends as LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if text.replace("\n", "").isprintable():  # nearly always, and far quicker than looking
        return text
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _UNWANTED)


def shorten(text: str, most: int) -> str:
    """At most so many characters; a cut shows."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def one_line(text: str, most: int) -> str:
    """A value in the middle of a sentence: cleaned, on one line, at most so many characters."""
    return shorten(" ".join(clean(str(text)).split()), most)
