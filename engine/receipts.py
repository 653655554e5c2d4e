"""A message's own link: who opens it and presses the button has read it. It names the message and
is sealed by the house's secret, so that nobody confirms what they were not sent."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

PATH = "/read/"


def token_of(secret: bytes, key: str) -> str:
    """What the link of a message ends with."""
    named = urlsafe_b64encode(key.encode("utf-8", "surrogatepass")).decode().rstrip("=")
    return f"{named}.{_seal(secret, named)}"


def key_of(secret: bytes, token: str) -> str | None:
    """The message a link is of; None for one that is not ours."""
    named, _, seal = token.partition(".")
    if not hmac.compare_digest(_seal(secret, named).encode(), seal.encode("utf-8", "replace")):
        return None
    return urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode("utf-8", "surrogatepass")


def _seal(secret: bytes, named: str) -> str:
    signed = hmac.new(secret, b"receipt of message\n" + named.encode("utf-8", "replace"), sha256)
    return signed.hexdigest()[:32]
