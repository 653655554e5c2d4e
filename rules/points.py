"""Points: exact tenths (得分到小数点后一位), never binary fractions, texts in JSON.

Everything computed (a coefficient, a share of a measure) is rounded half up to a tenth once, at
the leaf; sums of tenths are exact.
"""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from rules.mistakes import shown

TENTH = Decimal("0.1")
ZERO = Decimal("0.0")
WRITTEN = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,4})?")


def exact(value: Any) -> Decimal:
    """A number as it was written, in a file, a form or JSON: at most 9 digits and 4 decimals.

    So few that no product or difference of a scoring rule leaves the 28 digits of a Decimal.
    """
    if isinstance(value, Decimal):
        return value
    text = value.strip() if isinstance(value, str) else repr(value)
    if isinstance(value, bool) or not WRITTEN.fullmatch(text):
        raise ValueError(f"这里要写数（最多 9 位整数、4 位小数），写的却是{shown(value)}")
    return Decimal(text)


def in_tenths(value: Decimal) -> Decimal:
    if value != value.quantize(TENTH):
        raise ValueError(f"分数最多一位小数，写的是{shown_number(value)}")
    return value.quantize(TENTH)


def not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise ValueError(f"分数不能小于 0，写的是{shown_number(value)}")
    return abs(value)


def share(value: Any) -> Decimal:
    """A share is written as a percentage ("80%"), so that 0.8 and 80 cannot be confused."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not value.endswith("%"):
        raise ValueError(f"这里要写百分比，如 80%，写的却是{shown(value)}")
    part = exact(value.removesuffix("%"))
    if not 0 <= part <= 100:
        raise ValueError(f"百分比应在 0% 到 100% 之间，写的是{shown(value)}")
    return part / 100


def rounded(value: Decimal) -> Decimal:
    """To a tenth, half up: 5.25 → 5.3."""
    return value.quantize(TENTH, ROUND_HALF_UP)


def quotient(part: Decimal, whole: Decimal) -> Decimal:
    """`part / whole` (both positive) to a tenth, half up, without an inexact step between."""
    return ((20 * part + whole) // (2 * whole)).scaleb(-1)


def percent_down(part: Decimal, whole: Decimal) -> Decimal:
    """Part of whole in percent, cut to a tenth, so that what misses 80 % never reads as 80.0."""
    return (part * 100 / whole).quantize(TENTH, ROUND_DOWN) if whole else ZERO


def shown_number(value: Decimal) -> str:
    """As people write it: no trailing zeros, no exponent."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


Exact = Annotated[Decimal, BeforeValidator(exact), PlainSerializer(shown_number, when_used="json")]
Points = Annotated[
    Decimal,
    BeforeValidator(exact),
    AfterValidator(in_tenths),
    AfterValidator(not_negative),
    PlainSerializer(str, when_used="json"),
]
Share = Annotated[
    Decimal,
    BeforeValidator(share),
    PlainSerializer(lambda part: f"{shown_number(part * 100)}%", when_used="json"),
]
