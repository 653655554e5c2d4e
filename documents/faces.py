"""The fonts a PDF is set in: those GB/T 9704 asks for where they are, else the nearest there are.

仿宋, 楷体 and 小标宋 come with no free system. An office puts its own into the house's ``fonts``
folder; after it come Fandol and Noto CJK, then whatever the machine has. typst draws a box for a
character that no font has and says nothing, so characters are looked for beforehand.
"""

import os
import struct
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError

# Each face, as the fonts that have it name it in English; from the official one to the nearest.
_SERIF = ("FandolSong", "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "SimSun")
_SANS = ("FandolHei", "Noto Sans CJK SC", "Source Han Sans SC", "Heiti SC", "PingFang SC")
CHAINS = {
    "fang": ("FangSong_GB2312", "FangSong", "STFangsong", "FandolFang", *_SERIF, *_SANS),
    "kai": ("KaiTi_GB2312", "KaiTi", "STKaiti", "FandolKai", "AR PL KaitiM GB", *_SERIF, *_SANS),
    "hei": ("SimHei", "STHeiti", *_SANS, *_SERIF),
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "STZhongsong", *_SERIF, *_SANS),
    "song": ("SimSun", "STSong", *_SERIF, *_SANS),
}
_ENDINGS = {".ttf", ".otf", ".ttc", ".otc"}
_PLACES = {
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("C:/Windows/Fonts",),
}.get(
    sys.platform, ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
)
_SHOWN = 20  # missing characters named one by one


# What nobody sees: marks of direction, joiners, spaces, controls, halves of a character.
_UNSEEN = frozenset({"Cf", "Cc", "Cs", "Zl", "Zp", "Zs"})

State = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Faces:
    """``folder``: the office's own fonts, looked through before the machine's; None for none."""

    folder: Path | None = None

    @classmethod
    def at(cls, home: Path) -> "Faces":
        """The fonts of a house: those in the folder ``fonts`` of its home first."""
        folder = home / "fonts"
        return cls(folder if folder.is_dir() else None)

    @property
    def chains(self) -> dict[str, tuple[str, ...]]:
        """Family names by face, as typst tries them."""
        return CHAINS

    def missing(self, text: str) -> list[str]:
        """The characters of a text that no font here can show, each once, in order."""
        unknown = dict.fromkeys(c for c in text if ord(c) not in _ASCII)
        if not unknown:
            return []
        machine, own = _of_machine(), _of_folder(self.folder, state_of(self.folder))
        found = (c for c in unknown if ord(c) not in machine and ord(c) not in own)
        return [c for c in found if _seen(c)]


_ASCII = frozenset(range(32, 127)) | {10}


def named(characters: Iterable[str]) -> str:
    """Characters for a reader; what only its maker's own font can show (造字) by its number."""
    known, private = list(characters), ("Co", "Cn")
    shown = "、".join(
        f"U+{ord(c):04X}" if unicodedata.category(c) in private else c for c in known[:_SHOWN]
    )
    return f"{shown}等{len(known)}个" if len(known) > _SHOWN else shown


def _seen(character: str) -> bool:
    """Whether a reader would miss it."""
    selects = 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF
    return not selects and unicodedata.category(character) not in _UNSEEN


def state_of(folder: Path | None) -> State:
    """The files of a folder, with their size and when they were changed: a font put in, or taken
    out, is seen by the next paper."""
    found = []
    with suppress(OSError):
        for file in os.scandir(folder) if folder else ():
            about = file.stat()
            found.append((file.name, about.st_size, about.st_mtime_ns))
    return tuple(sorted(found))


@cache
def _of_machine() -> frozenset[int]:
    """Every character that some font of this machine has (half a second, once)."""
    return _known(Path(place).expanduser() for place in _PLACES)


@lru_cache(maxsize=4)
def _of_folder(folder: Path | None, state: State) -> frozenset[int]:
    """Every character that some font of a folder has, as long as its files are these."""
    return _known([folder] if folder else [])


def _known(places: Iterable[Path]) -> frozenset[int]:
    found: set[int] = set()
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else ():
            if path.suffix.lower() in _ENDINGS:
                for font in _fonts(path):
                    found.update(font.getBestCmap() or ())
    return frozenset(found)


def _fonts(path: Path) -> Iterator[TTFont]:
    """The fonts of a file; none of one that cannot be read."""
    try:
        with open(path, "rb") as file:
            if path.suffix.lower() in (".ttc", ".otc"):
                with TTCollection(file, lazy=True) as collection:
                    yield collection.fonts[0]  # the others of a collection differ in shape alone
            else:
                with TTFont(file, lazy=True) as font:
                    yield font
    except (OSError, TTLibError, AssertionError, struct.error):
        return
