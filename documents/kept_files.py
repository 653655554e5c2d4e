"""Files as they are kept: there whole, or not there at all, whoever else writes or is killed."""

import os
import secrets
from pathlib import Path


def keep_at(place: Path, content: bytes) -> None:
    """Put a file where its hash says; whoever has put it there before has put the same."""
    if not place.exists():
        _beside(place, content).replace(place)


def write_at(place: Path, content: bytes) -> None:
    """Put a file in the place of whatever was there."""
    _beside(place, content).replace(place)


def _beside(place: Path, content: bytes) -> Path:
    """The content on the disk, under a name that nobody else has."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f"{place.name[:80]}.{secrets.token_hex(6)}.part")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return beside
