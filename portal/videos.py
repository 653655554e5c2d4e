"""Videos: what the camera noted beside picture and sound - the place, the device - is blanked
before one is kept.

An MP4 file is a tree of boxes. A box that is not needed for playing becomes an empty one of the
same length, so that everything else stays where the tables of the film look for it. A track that
is neither picture nor sound (a drone's or phone's running record of where it is) is blanked with
what it has in between the pictures.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from portal.file_types import NotTaken
from portal.protection import MEGABYTE

MOST_BOXES, MOST_CHUNKS = 10_000, 1_000_000
SHOWN = (b"vide", b"soun")

# What is kept of each box that is looked into; every other box of it is blanked.
KEPT = {
    b"": {b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"free", b"wide"},
    b"moov": {b"mvhd", b"trak", b"mvex", b"iods"},
    b"trak": {b"tkhd", b"edts", b"tref", b"mdia"},
    b"mdia": {b"mdhd", b"hdlr", b"minf"},
    b"minf": {b"vmhd", b"smhd", b"nmhd", b"dinf", b"stbl"},
}
_DAMAGED = "的视频不完整或已损坏，请在手机上重新导出后再上传"


class Box(NamedTuple):
    """One box: where it begins, where what is in it begins, where it ends."""

    kind: bytes
    begins: int
    body: int
    ends: int


def forget_place(file: BinaryIO) -> None:
    """Blank in a video whatever is not needed to play it; NotTaken where it cannot be read."""
    size = file.seek(0, 2)
    film = _Film(file)
    film.look_into(Box(b"", 0, 0, size))
    film.blank_hidden()


class _Film:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.seen = 0
        self.told = self.fragments = False
        self.media: list[Box] = []
        self.shown: list[int] = []  # where pieces of picture and sound begin, and of all else
        self.hidden: list[int] = []

    def look_into(self, box: Box) -> None:
        """Blank what is not kept of a box, and of those in it."""
        for inner in self._boxes(box):
            if inner.kind not in KEPT[box.kind] or inner.kind in (b"free", b"wide"):
                self._blank(inner)
            elif inner.kind == b"trak":
                self._track(inner)
            elif inner.kind in KEPT:
                self.look_into(inner)
            self.told |= inner.kind == b"moov"
            self.fragments |= inner.kind == b"moof"
            if inner.kind == b"mdat":
                self.media.append(inner)

    def blank_hidden(self) -> None:
        """Blank what a hidden track has in between picture and sound: each piece reaches to where
        the next one begins."""
        if not self.told:
            raise NotTaken(_DAMAGED)
        if self.hidden and self.fragments:
            raise NotTaken("的视频里有拍摄地点等附加记录，请用剪辑软件另存为普通MP4后再上传")
        marks = sorted({*self.shown, *self.hidden})
        for at in self.hidden:
            for media in self.media:
                if media.body <= at < media.ends:
                    after = bisect_right(marks, at)
                    ends = min(marks[after] if after < len(marks) else media.ends, media.ends)
                    self._zeros(at, ends)

    def _track(self, track: Box) -> None:
        """One track: whether it is picture or sound, and where its pieces begin."""
        handlers = [self._read(box, 12)[8:12] for box in self._within(track, b"mdia", b"hdlr")]
        tables = self._within(track, b"mdia", b"minf", b"stbl")
        begins = [at for table in tables for at in self._chunks(table)]
        if len(handlers) == 1 and handlers[0] in SHOWN:
            self.shown += begins
            self.look_into(track)
        else:
            self.hidden += begins
            self._blank(track)

    def _within(self, box: Box, *path: bytes) -> list[Box]:
        found = [box]
        for kind in path:
            found = [one for outer in found for one in self._boxes(outer) if one.kind == kind]
        return found

    def _chunks(self, table: Box) -> Iterator[int]:
        for box in self._boxes(table):
            wide = {b"stco": 4, b"co64": 8}.get(box.kind)
            if wide is None:
                continue
            count = int.from_bytes(self._read(box, 8)[4:8], "big")
            if count > MOST_CHUNKS or box.body + 8 + count * wide > box.ends:
                raise NotTaken(_DAMAGED)
            listed = self._read(box, 8 + count * wide)
            for at in range(8, len(listed), wide):
                yield int.from_bytes(listed[at : at + wide], "big")

    def _boxes(self, outer: Box) -> Iterator[Box]:
        at = outer.body
        while at + 8 <= outer.ends:
            self.seen += 1
            self.file.seek(at)
            head = self.file.read(16)
            size, body = int.from_bytes(head[:4], "big"), at + 8
            if size == 1:
                size, body = int.from_bytes(head[8:16], "big"), at + 16
            elif size == 0 and not outer.kind:  # the last one reaches to the end
                size = outer.ends - at
            if size < body - at or at + size > outer.ends or self.seen > MOST_BOXES:
                raise NotTaken(_DAMAGED)
            yield Box(head[4:8], at, body, at + size)
            at += size
        self._zeros(at, outer.ends)

    def _read(self, box: Box, length: int) -> bytes:
        if box.body + length > box.ends:
            raise NotTaken(_DAMAGED)
        self.file.seek(box.body)
        return self.file.read(length)

    def _blank(self, box: Box) -> None:
        self.file.seek(box.begins + 4)
        self.file.write(b"free")
        self._zeros(box.body, box.ends)

    def _zeros(self, begins: int, ends: int) -> None:
        self.file.seek(begins)
        while begins < ends:
            length = min(MEGABYTE, ends - begins)
            self.file.write(bytes(length))
            begins += length
