"""Files as they are kept: there whole, or not there at all, whoever else writes or is killed."""

import os
import secrets
from hashlib import sha256
from pathlib import Path


def kept_at(letters: Path, hashed: str) -> Path:
    """Where a text of a letter, or its PDF, lies that is kept by its hash; ``letters`` is the
    house's folder of letters."""
    return letters / "kept" / hashed[:2] / hashed[2:4] / hashed


def keep_at(place: Path, content: bytes) -> None:
    """Put a file where its hash says; whoever has put it there before has put the same."""
    if not place.exists():
        _beside(place, content).replace(place)


def write_at(place: Path, content: bytes) -> None:
    """Put a file in the place of whatever was there."""
    _beside(place, content).replace(place)


def put_beside(place: Path, content: bytes) -> Path:
    """Put a file where no other content is: in its place, or next to it under a longer name; which.
    It does not wait for the disk: for what is made again after a power cut."""
    beside = _beside(place, content, lasting=False)
    try:
        for one in (place, marked(place, content)):
            try:
                os.link(beside, one)  # which never takes another's place
            except FileExistsError:
                if one.read_bytes() != content:
                    continue
            return one
    finally:
        beside.unlink()
    raise FileExistsError(str(place))


def marked(place: Path, content: bytes) -> Path:
    """The place with the beginning of the content's hash in its name."""
    return place.with_stem(f"{place.stem}-{sha256(content).hexdigest()[:8]}")


def _beside(place: Path, content: bytes, lasting: bool = True) -> Path:
    """The content under a name that nobody else has; on the disk, where it is ``lasting``."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{secrets.token_hex(8)}.part")
    with beside.open("wb") as file:
        file.write(content)
        if lasting:
            file.flush()
            os.fsync(file.fileno())
    return beside
