"""The platforms of the chat channels on this machine: each checks a request as its maker documents
it, answers in its maker's numbers, and remembers what it took."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from engine.calls import ID, SIGNATURE, TIMESTAMP, signature

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
TOKEN, SECRET = "b9c8d7e6f5", "SECb7f9c1"
HOOK, HOOK_SECRET = "/messages/in", "between-us"


class Platforms:
    """``answers``: what comes instead of a check, one for each request: a status, a number of the
    platform, ``hang`` (takes it and hangs up), or ``nonsense``."""

    def __init__(self) -> None:
        self.answers: list[int | str] = []
        self.taken: list[dict[str, Any]] = []
        self.url = ""
        self.more: dict[str, str] = {}  # what an answer says besides its number

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """A status and what is said; status 0 is no answer at all."""
        told = self.answers.pop(0) if self.answers else ""
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        check, code = _CHECKS[parts.path]
        if isinstance(told, int) and 100 <= told < 600:
            return told, b""
        if told == "nonsense":
            return 200, b"<html>welcome</html>"
        number = told if isinstance(told, int) else check(query, headers, body)
        if number == 0:
            self.taken.append(json.loads(body))
        said = {code: number, "errmsg" if code == "errcode" else "msg": "as documented"}
        said |= self.more
        return (0 if told == "hang" else 200), json.dumps(said).encode()


def _wecom(query: dict[str, str], headers: dict[str, str], body: bytes) -> int:
    """developer.work.weixin.qq.com/document/path/91770: text of at most 2,048 bytes."""
    if query != {"key": KEY}:
        return 93000
    told = json.loads(body)
    if told.get("msgtype") != "text" or set(told) != {"msgtype", "text"}:
        return 40058
    if not set(told["text"]) <= {"content", "mentioned_list", "mentioned_mobile_list"}:
        return 40058
    return 45002 if len(told["text"]["content"].encode()) > 2048 else 0


def _dingtalk(query: dict[str, str], headers: dict[str, str], body: bytes) -> int:
    """open.dingtalk.com, custom robots: signed by HMAC-SHA256 over timestamp, line end, secret."""
    if query.get("access_token") != TOKEN:
        return 300001
    timestamp = query.get("timestamp", "0")
    if abs(time.time() * 1000 - int(timestamp)) > 3_600_000:
        return 310000
    wanted = hmac.new(SECRET.encode(), f"{timestamp}\n{SECRET}".encode(), sha256).digest()
    if query.get("sign") != base64.b64encode(wanted).decode():
        return 310000
    told = json.loads(body)
    good = told.get("msgtype") == "text" and isinstance(told["text"]["content"], str)
    good = good and set(told) == {"msgtype", "text", "at"}
    # Whoever is called must stand in the text, or the platform adds the number at its end.
    good = good and all(f"@{phone}" in told["text"]["content"] for phone in told["at"]["atMobiles"])
    return 0 if good and told["at"]["isAtAll"] is False else 400105


def _feishu(query: dict[str, str], headers: dict[str, str], body: bytes) -> int:
    """open.feishu.cn, custom bots: signed over nothing, timestamp (seconds) and secret as key."""
    told = json.loads(body)
    timestamp = str(told.get("timestamp", "0"))
    wanted = hmac.new(f"{timestamp}\n{SECRET}".encode(), b"", sha256).digest()
    if told.get("sign") != base64.b64encode(wanted).decode():
        return 19021
    good = told.get("msg_type") == "text" and set(told["content"]) == {"text"}
    return 0 if good else 9499


def _hook(query: dict[str, str], headers: dict[str, str], body: bytes) -> int:
    """Another system, as docs/other_systems.md says how to check a call."""
    wanted = signature(HOOK_SECRET, headers.get(TIMESTAMP, ""), body)
    told = json.loads(body)
    good = headers.get(SIGNATURE) == wanted and headers.get(ID) == told["id"]
    return 0 if good else 1


_CHECKS = {
    "/cgi-bin/webhook/send": (_wecom, "errcode"),
    "/robot/send": (_dingtalk, "errcode"),
    f"/open-apis/bot/v2/hook/{TOKEN}": (_feishu, "code"),
    HOOK: (_hook, "code"),
}


@contextmanager
def platforms() -> Iterator[Platforms]:
    """The platforms for as long as it takes."""
    there = Platforms()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.headers["content-type"].startswith("application/json")
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = there.answer(self.path, headers, body)
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
