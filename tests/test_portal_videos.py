"""A video that is kept shows what was filmed and not where: every other box is blanked, and
picture and sound stay byte for byte where they were."""

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.file_types import NotTaken
from portal.videos import forget_place
from tests.films import PLACE, box, film, track

FTYP = box(b"ftyp", b"isom\0\0\2\0isommp41")


def kept(content: bytes) -> bytes:
    file = io.BytesIO(content)
    forget_place(file)
    return file.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(NotTaken) as why:
        forget_place(io.BytesIO(content))
    return str(why.value)


PLACES = {
    "a phone's box in the user data": film(moov=box(b"udta", box(b"\xa9xyz", PLACE))),
    "the standard's": film(moov=box(b"udta", box(b"loci", b"\0\0\0\0", PLACE))),
    "keys and values": film(moov=box(b"meta", box(b"keys", b"location"), box(b"ilst", PLACE))),
    "in a track": film(in_track=box(b"udta", box(b"\xa9xyz", PLACE))),
    "beside the film": film(after=box(b"uuid", b"16 letters of id", PLACE)),
    "in what only fills": film(after=box(b"free", PLACE)),
    "a maker's own box": film(after=box(b"sefd", PLACE)),
    "after everything": film(after=PLACE[:7]),
    "a running record": film(record=b"meta"),
    "written as subtitles": film(record=b"text"),
}


@pytest.mark.parametrize("content", PLACES.values(), ids=PLACES)
def test_the_place_is_gone_and_the_film_is_where_it_was(content: bytes) -> None:
    after = kept(content)
    assert PLACE[:7] in content and PLACE[:7] not in after
    assert len(after) == len(content)
    for shown in (b"picture one", b"picture two", b"sound"):
        assert content.count(shown) == 1 and after.find(shown) == content.find(shown)
    assert kept(after) == after, "looked at again it stays as it is"


def test_a_film_without_anything_of_it_stays_as_it_is() -> None:
    assert kept(film()) == film()


def test_what_is_cut_off_or_no_film_is_refused_with_what_to_do() -> None:
    whole = film()
    assert "请在手机上重新导出" in refused(FTYP)
    assert "不完整" in refused(whole[:-3])
    assert "不完整" in refused(FTYP + box(b"moov", box(b"mvhd"), b"\0\0\0\7what"))
    assert "不完整" in refused(FTYP + box(b"free") * 10_001 + box(b"moov"))
    lying = track(b"vide", ()).replace(b"stco\0\0\0\0\0\0\0\0", b"stco\0\0\0\0\x0f\0\0\0")
    assert "不完整" in refused(FTYP + box(b"moov", lying))
    pieces = FTYP + box(b"moov", track(b"meta", (9,))) + box(b"moof")
    assert "另存为普通MP4" in refused(pieces)


@given(some.lists(some.tuples(some.integers(0, 700), some.binary(max_size=9)), max_size=6))
def test_a_damaged_film_breaks_nothing(changes: list[tuple[int, bytes]]) -> None:
    content = bytearray(film(moov=box(b"udta", PLACE), record=b"meta"))
    for at, other in changes:
        content[at : at + len(other)] = other
    with suppress(NotTaken):
        assert len(kept(bytes(content))) == len(content)


def test_sizes_may_be_long_or_left_open() -> None:
    long = b"\0\0\0\1mdat" + (16 + 5).to_bytes(8, "big") + b"whole"
    open_ = b"\0\0\0\0mdatto the end"
    content = FTYP + box(b"moov", box(b"udta", PLACE)) + long + open_
    ends = len(FTYP + box(b"moov", box(b"udta", PLACE)))
    assert kept(content)[ends:] == long + open_ and PLACE not in kept(content)
