"""The evidence store: each content once, whole or not at all, whoever else is at it."""

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from starlette.datastructures import UploadFile

from engine.journal import Journal
from engine.library import shipped_calendar
from models.creation import create
from models.database import Database
from models.evidence import Evidence
from models.organisations import Organisation
from portal import uploads
from portal.desk import Desk
from portal.uploads import keep_all, place_of, remove
from tests.portal_papers import PDF

_EVIDENCE = Evidence.__table__


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk with two schools, on either database."""
    create(database_url)
    database = Database(database_url)
    names = [{"code": code, "name": code, "kind": "primary"} for code in ("S1", "S2")]
    filled = {"facts": {}, "initials": "", "tier": "", "invented": False}
    with database.writing() as connection:
        connection.execute(insert(Organisation.__table__), [{**row, **filled} for row in names])
    journal = Journal(database, shipped_calendar(), lambda key: "")
    noon = datetime(2026, 5, 12, 4, tzinfo=UTC)
    yield Desk(journal, tmp_path / "home", lambda: noon, b"secret")
    database.close()


def chosen(name: str, content: bytes) -> UploadFile:
    return UploadFile(io.BytesIO(content), filename=name, size=len(content))


def evidence(desk: Desk) -> list[tuple[str, str]]:
    with desk.database.reading() as connection:
        found = select(_EVIDENCE.c.organisation, _EVIDENCE.c.name)
        return sorted(tuple(row) for row in connection.execute(found))


def test_the_same_file_at_the_same_moment_is_there_once(desk: Desk) -> None:
    together = threading.Barrier(6)

    def send(number: int) -> list[Any]:
        together.wait(10)
        return keep_all(desk, "S1", [chosen("同一个.pdf", PDF)], [("C", f"A{number % 2}")])

    with ThreadPoolExecutor(6) as pool:
        kept = [one for found in pool.map(send, range(6)) for one in found]
    assert not any(one.why for one in kept) and sum(not one.again for one in kept) == 1
    assert evidence(desk) == [("S1", "同一个.pdf")]
    assert len([p for p in desk.evidence.rglob("*") if p.is_file()]) == 1


def test_what_one_removes_while_another_sends_it_never_loses_its_file(desk: Desk) -> None:
    sha256 = sha256_of(PDF).hexdigest()
    for _ in range(6):
        keep_all(desk, "S1", [chosen("一.pdf", PDF)])
        together = threading.Barrier(2)

        def send(together: threading.Barrier = together) -> str:
            together.wait(10)
            return keep_all(desk, "S2", [chosen("二.pdf", PDF)])[0].sha256

        def take_away(together: threading.Barrier = together) -> None:
            together.wait(10)
            with desk.database.writing() as connection:
                remove(desk, connection, "S1", sha256)

        with ThreadPoolExecutor(2) as pool:
            sent, gone = pool.submit(send), pool.submit(take_away)
            sent.result(), gone.result()
        assert evidence(desk) == [("S2", "二.pdf")] and place_of(desk, sha256).is_file()
        with desk.database.writing() as connection:
            assert remove(desk, connection, "S2", sha256)
        assert not place_of(desk, sha256).exists()


@pytest.mark.parametrize("step", ["_written", "_enter"])
def test_an_upload_cut_off_leaves_nothing_to_be_seen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    whole: Callable = getattr(uploads, step)

    def cut_off(*given: Any) -> Any:
        whole(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(uploads, step, cut_off)
    with pytest.raises(KeyboardInterrupt):
        keep_all(desk, "S1", [chosen("一.pdf", PDF)])
    assert evidence(desk) == []
    monkeypatch.undo()
    assert keep_all(desk, "S1", [chosen("一.pdf", PDF)])[0].again is False
    assert evidence(desk) == [("S1", "一.pdf")]


def test_leftovers_are_swept_away_after_two_days(desk: Desk) -> None:
    incoming = desk.evidence / "incoming"
    incoming.mkdir(parents=True)
    for name in ("2026-05-09-a", "2026-05-12-b", "strange"):
        (incoming / name).write_bytes(b"half a file")
    keep_all(desk, "S1", [chosen("一.pdf", PDF)])
    assert {path.name for path in incoming.iterdir()} == {"2026-05-12-b", "strange"}


def test_a_full_disk_is_an_error_and_not_a_half_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads.shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        keep_all(desk, "S1", [chosen("一.pdf", PDF)])
    assert evidence(desk) == [] and [p for p in desk.evidence.rglob("*") if p.is_file()] == []
