"""A file kept by its hash: there whole, on the disk, or not there at all."""

import os
import secrets
from pathlib import Path


def keep_at(place: Path, content: bytes) -> None:
    """Put a file where its hash says; whoever has put it there before has put the same."""
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f"{place.name}.{secrets.token_hex(6)}.part")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place)
