"""QR codes: an address as a picture that a phone's camera opens."""

import segno
from markupsafe import Markup


def qr(address: str) -> Markup:
    """The code of an address as SVG, with its quiet zone; it scales to whatever holds it. A sixth
    of it may be dirty or torn (level M)."""
    made = segno.make(address, error="m", micro=False)
    return Markup(made.svg_inline(omitsize=True, light="white", svgclass="qr", lineclass=None))
