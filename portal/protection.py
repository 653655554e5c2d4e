"""Around every answer: headers that keep a page to itself; bodies are counted as they come.

Plain ASGI, so that a stream is never held back.
"""

from asyncio import AbstractEventLoop, Semaphore, get_running_loop
from collections.abc import Callable
from datetime import datetime
from weakref import WeakKeyDictionary

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.arrival import CAME

MEGABYTE = 1024 * 1024
MOST_OF_A_FORM = 6 * MEGABYTE
MOST_OF_AN_UPLOAD = 64 * MEGABYTE
UPLOADS = "/uploads"  # paths that take files contain this
# Requests in hand at once in one process; the others wait for their turn before they hold anything.
# Few, for Python runs one at a time: with sixteen the half of a busy night goes into taking turns
# (`benchmarks/portal.py`: 1 s instead of 25 ms). Uploads, which wait for their sender, are apart.
# Together fewer than the database's readers: none holds a connection and waits for a thread.
AT_ONCE, UPLOADS_AT_ONCE = 3, 12

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}


class TooLarge(Exception):
    """More came than this path takes; the message, in Chinese, is for whoever sent it."""


class Protection:
    """Adds the headers, counts the body, and notes by ``clock`` when a request came; ``secure``
    promises HTTPS for a year."""

    def __init__(self, app: ASGIApp, clock: Callable[[], datetime], secure: bool = False) -> None:
        self.app, self.clock = app, clock
        # Turns belong to an event loop: a server has one, tests have many at once.
        self.turns: WeakKeyDictionary[AbstractEventLoop, tuple[Semaphore, Semaphore]]
        self.turns = WeakKeyDictionary()
        self.headers = dict(HEADERS)
        if secure:
            self.headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        CAME.set(self.clock())
        most = MOST_OF_AN_UPLOAD if UPLOADS in scope["path"] else MOST_OF_A_FORM
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise TooLarge(
                    f"内容太大：一次最多提交{most // MEGABYTE}兆字节。"
                    "请减少内容或分几次提交，已保存的草稿没有丢失。"
                )
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        pages, uploads = self.turns.setdefault(
            get_running_loop(), (Semaphore(AT_ONCE), Semaphore(UPLOADS_AT_ONCE))
        )
        async with uploads if UPLOADS in scope["path"] else pages:
            await self.app(scope, counted, with_headers)
