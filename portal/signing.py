"""Secrets of the pages: random tokens, their fingerprints, and hidden fields nobody can forge."""

import hmac
import secrets
from hashlib import sha256


def new_token() -> str:
    """256 random bits, fit for a URL or a cookie."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What is stored of a token: whoever reads the database cannot use it."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def seal(secret: bytes, *parts: str) -> str:
    """A keyed fingerprint of what belongs together."""
    return hmac.new(secret, "\n".join(parts).encode("utf-8", "surrogatepass"), sha256).hexdigest()


def sealed(secret: bytes, given: str, *parts: str) -> bool:
    """Whether a seal is ours, in constant time."""
    return hmac.compare_digest(seal(secret, *parts).encode(), given.encode("utf-8", "replace"))
