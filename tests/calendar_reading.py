"""A calendar read as strictly as RFC 5545 allows, from its bytes and without any library: the ones
there are forgive what a phone does not."""

import re
from datetime import UTC, date, datetime
from typing import NamedTuple

NAME = r"[A-Z0-9-]+"
LINE = re.compile(rf'({NAME})((?:;{NAME}=(?:"[^"]*"|[^";:,]*))*):(.*)', re.S)
ESCAPES = {"\\n": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}
TEXTS = ("SUMMARY", "DESCRIPTION", "UID", "X-WR-CALNAME")
# What an entry has, each once; nothing else is in it.
OF_ENTRY = ("UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY")
OF_ENTRY += ("DESCRIPTION", "STATUS", "TRANSP")
OF_CALENDAR = ("VERSION", "PRODID", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL")
STATUSES = ("TENTATIVE", "CONFIRMED", "CANCELLED")


class Read(NamedTuple):
    """One entry. ``last`` is still in it; ``said`` is all a person sees of it."""

    uid: str
    sequence: int
    changed: datetime
    first: date
    last: date
    summary: str
    description: str
    status: str

    @property
    def said(self) -> tuple:
        return self.first, self.last, self.summary, self.description, self.status


def lines(content: bytes) -> list[str]:
    """The content lines, unfolded. Every line as sent ends in CRLF, has at most 75 octets, and
    tears no character apart."""
    assert content.endswith(b"\r\n") and b"\r\n\r\n" not in content
    found: list[str] = []
    for line in content[:-2].split(b"\r\n"):
        assert len(line) <= 75, line
        text = line.decode("utf-8")  # of itself: a phone decodes before it unfolds, or after
        assert text.replace("\t", "").isprintable(), repr(text)
        if text.startswith(" "):
            found[-1] += text[1:]
        else:
            found.append(text)
    return found


def read(content: bytes) -> dict[str, Read]:
    """The entries of a calendar by their UID."""
    entries: dict[str, Read] = {}
    calendar: dict[str, str] = {}
    entry: dict[str, str] | None = None
    whole = lines(content)
    assert (whole[0], whole[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    for line in whole[1:-1]:
        if line == "BEGIN:VEVENT":
            assert entry is None
            entry = {}
        elif line == "END:VEVENT":
            assert entry is not None
            one = _entry(entry)
            assert one.uid not in entries, f"twice: {one.uid}"
            entries[one.uid], entry = one, None
        else:
            _put(calendar if entry is None else entry, line)
    assert entry is None and sorted(calendar) == sorted(OF_CALENDAR)
    assert calendar["VERSION"] == "2.0" and calendar["X-WR-CALNAME"]
    assert calendar["REFRESH-INTERVAL"] == "PT1H"
    return entries


def _put(into: dict[str, str], line: str) -> None:
    found = LINE.fullmatch(line)
    assert found, f"no content line: {line!r}"
    name, parameters, value = found.groups()
    assert name not in into, f"twice: {name}"
    wanted = {"DTSTART": ";VALUE=DATE", "DTEND": ";VALUE=DATE"}
    wanted["REFRESH-INTERVAL"] = ";VALUE=DURATION"
    assert parameters == wanted.get(name, ""), line
    into[name] = _text(value) if name in TEXTS else value


def _text(value: str) -> str:
    bare = re.sub(r"\\[n,;\\]", "", value)
    assert not set(bare) & set(",;\\"), f"not escaped: {value!r}"
    return re.sub(r"\\[n,;\\]", lambda found: ESCAPES[found[0]], value)


def _entry(given: dict[str, str]) -> Read:
    assert sorted(given) == sorted(OF_ENTRY), sorted(given)
    assert given["DTSTAMP"] == given["LAST-MODIFIED"] and given["STATUS"] in STATUSES
    assert given["TRANSP"] == "TRANSPARENT" and given["SEQUENCE"].isdecimal()
    assert given["SUMMARY"] and "\n" not in given["SUMMARY"] and given["DESCRIPTION"]
    changed = datetime.strptime(given["DTSTAMP"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    first, after = (datetime.strptime(given[n], "%Y%m%d").date() for n in ("DTSTART", "DTEND"))
    assert after > first
    cancelled = given["STATUS"] == "CANCELLED"
    assert given["SUMMARY"].startswith("已取消 ") == cancelled
    return Read(
        given["UID"],
        int(given["SEQUENCE"]),
        changed,
        first,
        date.fromordinal(after.toordinal() - 1),
        given["SUMMARY"],
        given["DESCRIPTION"],
        given["STATUS"],
    )


def changed(before: dict[str, Read], after: dict[str, Read], since: date = date.min) -> set[str]:
    """Which entries changed: exactly those whose number rose, and whose stamp with it. None that
    was there has gone, but for those before ``since``: what is taken away stays as cancelled."""
    gone = {uid for uid in before.keys() - after.keys() if before[uid].last >= since}
    assert not gone, gone
    before = {uid: one for uid, one in before.items() if uid in after}
    found = {uid for uid, one in before.items() if after[uid].said != one.said}
    for uid, one in before.items():
        now = after[uid]
        if uid in found:
            assert now.sequence > one.sequence and now.changed >= one.changed, (one, now)
        else:
            assert (now.sequence, now.changed) == (one.sequence, one.changed), (one, now)
    return found | (after.keys() - before.keys())
