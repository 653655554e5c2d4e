"""Two hundred megabytes sent to the portal as it is really served: refused in Chinese while they
still come, with nothing kept of them, no memory taken, and everybody else answered meanwhile."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from http.client import HTTPConnection

import httpx
import pytest

from portal import api
from portal.protection import MEGABYTE
from portal.sessions import COOKIE, open_session
from tests.listening import Served, both_listening
from tests.portal_people import County, Form, county_at, live_until, said

SENT = 200  # megabytes
GROWS = 40 * MEGABYTE  # at most: what Python and its reader of forms keep in hand
EDGE = "edge-of-a-part"
HEAD = {"content-type": f"multipart/form-data; boundary={EDGE}"}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """Eight schools in the middle of their self-assessment."""
    folder = tmp_path_factory.mktemp("february")
    source = live_until(folder / "lived", date(2026, 2, 5))
    with county_at(source, folder / "county", date(2026, 2, 6)) as county:
        yield county


@pytest.fixture(scope="module")
def here(county: County) -> Iterator[Served]:
    with both_listening(county.desk.home, county.now - datetime.now(UTC)) as served:
        yield served


@pytest.fixture
def head(county: County, here: Served) -> Iterator[httpx.Client]:
    """A school's head at a computer of the office's network."""
    with county.database.writing() as connection:
        token = open_session(connection, "H0001", county.now, "测试").token
    with httpx.Client(base_url=here.inside, cookies={COOKIE: token}, timeout=120) as client:
        yield client


def part(name: str, more: str = "") -> bytes:
    return f'--{EDGE}\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()


def seal_on(head: httpx.Client, page: str, action: str) -> str:
    return next(v["seal"][0] for a, v in Form(head.get(page).text).forms if a == action)


def streamed(beginning: bytes, meanwhile: Callable[[], None] = lambda: None) -> Iterator[bytes]:
    """The body piece by piece, as a browser sends a file; ``meanwhile`` happens on the way."""
    yield beginning
    for number in range(SENT):
        if number == 30:
            meanwhile()
        yield b"0" * MEGABYTE
    yield f"\r\n--{EDGE}--\r\n".encode()


def test_a_file_of_200_megabytes_is_refused_while_it_comes(
    head: httpx.Client, here: Served, county: County
) -> None:
    seal = seal_on(head, "/files", "/uploads/files")
    begins = part("seal") + seal.encode() + b"\r\n" + part("files", '; filename="video.mp4"')
    others = []

    def somebody_else_asks() -> None:
        others.append(httpx.get(f"{here.inside}/login", timeout=60).status_code)

    before = here.memory()
    body = streamed(begins, somebody_else_asks)
    answer = head.post("/uploads/files", content=body, headers=HEAD)
    assert answer.status_code == 413
    assert "内容太大：一次最多提交64兆字节" in said(answer.text)
    assert others == [200], "answered while the file was under way"
    assert here.memory() - before < GROWS
    kept = [path for path in county.desk.evidence.rglob("*") if path.is_file()]
    assert kept == []
    assert head.get("/files").status_code == 200


@pytest.mark.parametrize(
    ("action", "headers", "begins"),
    [
        ("/login", HEAD, part("name")),
        ("/login", HEAD, part("name", '; filename="name.txt"')),
        ("/login", {"content-type": "application/x-www-form-urlencoded"}, b"name="),
    ],
    ids=["a field", "a file where none belongs", "as a plain form"],
)
def test_as_much_in_an_ordinary_form_is_refused(
    head: httpx.Client, here: Served, action: str, headers: dict[str, str], begins: bytes
) -> None:
    before = here.memory()
    answer = head.post(action, content=streamed(begins), headers=headers)
    assert answer.status_code == 413 and "内容太大" in said(answer.text)
    assert here.memory() - before < GROWS
    assert head.get("/").status_code == 200


def test_as_much_for_the_api_is_refused_in_json(head: httpx.Client, here: Served) -> None:
    before = here.memory()
    where, headers = f"{api.PLACE}/hooks/x", {"content-type": "application/json"}
    answer = head.post(where, content=streamed(b'{"subject": "'), headers=headers)
    assert answer.status_code == 413 and "内容太大" in answer.json()["error"]
    assert here.memory() - before < GROWS


def test_it_is_refused_before_it_has_all_come(head: httpx.Client, here: Served) -> None:
    """With its length announced, as browsers do, and a third of it sent."""
    seal = seal_on(head, "/files", "/uploads/files")
    begins = part("seal") + seal.encode() + b"\r\n" + part("files", '; filename="video.mp4"')
    line = HTTPConnection(here.inside.removeprefix("http://"), timeout=60)
    cookie = f"{COOKIE}={head.cookies[COOKIE]}"
    length = str(len(begins) + SENT * MEGABYTE)
    announced = {**HEAD, "cookie": cookie, "content-length": length}
    line.putrequest("POST", "/uploads/files")
    for name, value in announced.items():
        line.putheader(name, value)
    line.endheaders()
    pieces = streamed(begins)
    for _ in range(SENT // 3):
        line.send(next(pieces))
    answer = line.getresponse()
    assert answer.status == 413
    assert "一次最多提交64兆字节" in said(answer.read().decode())
    line.close()
