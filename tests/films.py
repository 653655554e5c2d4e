"""Films as phones and drones write them, as small as they can be."""

PLACE = b"+34.2658+108.9541/"  # in the middle of Xi'an


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4 file."""
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def track(handler: bytes, chunks: tuple[int, ...], more: bytes = b"") -> bytes:
    """A track of picture, sound or something else, whose pieces begin there."""
    table = len(chunks).to_bytes(4, "big") + b"".join(at.to_bytes(4, "big") for at in chunks)
    stbl = box(b"stbl", box(b"stsd", b"\0" * 8), box(b"stco", b"\0\0\0\0", table))
    hdlr = box(b"hdlr", b"\0" * 8, handler, b"\0" * 12)
    mdia = box(b"mdia", box(b"mdhd", b"\0" * 24), hdlr, box(b"minf", box(b"vmhd"), stbl))
    return box(b"trak", box(b"tkhd", b"\0" * 84), mdia, more)


def film(
    moov: bytes = b"", in_track: bytes = b"", after: bytes = b"", record: bytes = b""
) -> bytes:
    """Two pieces of picture and one of sound; with ``record`` a third track of that kind says in
    between them where it was filmed."""
    ftyp = box(b"ftyp", b"isom\0\0\2\0isommp41")
    said = [b"picture one", PLACE if record else b"", b"sound", b"picture two"]
    begins = [len(ftyp) + 8 + sum(map(len, said[:n])) for n in range(4)]
    tracks = track(b"vide", (begins[0], begins[3]), in_track) + track(b"soun", (begins[2],))
    tracks += track(record, (begins[1],)) if record else b""
    whole = box(b"moov", box(b"mvhd", b"\0" * 100), tracks, moov)
    return ftyp + box(b"mdat", *said) + whole + after
