"""A crowd at the portal: many browsers on few connections, each request at its own time.

Requests start when they are due, whether or not earlier ones were answered, and a request's time
runs from when it was due: whoever waits in line waits too. A connection that breaks is a browser
whose button is pressed once more - with the same hidden key, as a browser does it.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

TRIES = 6
PATIENCE = 20.0


class Wanted(NamedTuple):
    """One request: when (seconds from the start), what, as whom; ``name`` groups the figures."""

    at: float
    name: str
    path: str
    cookie: str
    form: dict[str, list[str]] | None = None
    said: str = ""  # what a good answer's Location contains


@dataclass
class Crowd:
    """Who comes to ``port``, and what became of it: seconds by request, errors by what was said."""

    port: int
    times: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    retried: int = 0
    _idle: list = field(default_factory=list)

    async def come(self, wanted: Iterable[Wanted], during: Callable[[float], None]) -> None:
        """Send every request at its time; ``during`` is told the time every half second."""
        begun = time.perf_counter()
        clock = asyncio.create_task(self._clock(begun, during))
        tasks = []
        for one in wanted:
            await asyncio.sleep(max(0.0, begun + one.at - time.perf_counter()))
            tasks.append(asyncio.create_task(self._one(one, begun + one.at)))
        await asyncio.gather(*tasks)
        clock.cancel()
        for _, writer in self._idle:
            writer.close()

    async def _clock(self, begun: float, during: Callable[[float], None]) -> None:
        while True:
            during(time.perf_counter() - begun)
            await asyncio.sleep(0.5)

    async def _one(self, one: Wanted, due: float) -> None:
        for attempt in range(TRIES):
            try:
                status, where = await asyncio.wait_for(self._ask(one), PATIENCE)
            except (OSError, EOFError, asyncio.IncompleteReadError, TimeoutError):
                self.retried += 1
                await asyncio.sleep(0.05 * (attempt + 1))
                continue
            self.times.append((one.name, time.perf_counter() - due))
            good = status == 200 or (status == 303 and "/login" not in where)
            if not good or (one.said and one.said not in where and "already" not in where):
                self.errors.append(f"{one.name}: {status} {where}")
            elif one.said:
                self.accepted.append(one.path)
            return
        self.errors.append(f"{one.name}: no answer after {TRIES} tries")

    async def _ask(self, one: Wanted) -> tuple[int, str]:
        reader, writer = await self._connection()
        body = urlencode(one.form, doseq=True).encode() if one.form is not None else b""
        method = "POST" if one.form is not None else "GET"
        head = f"{method} {one.path} HTTP/1.1\r\nHost: portal\r\nCookie: {one.cookie}\r\n"
        if body:
            head += "Content-Type: application/x-www-form-urlencoded\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        try:
            answer = await reader.readuntil(b"\r\n\r\n")
            headers = dict(
                line.lower().split(b": ", 1) for line in answer.split(b"\r\n")[1:] if b": " in line
            )
            if length := int(headers.get(b"content-length", b"0")):
                await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        return int(answer[9:12]), headers.get(b"location", b"").decode()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not writer.is_closing() and not reader.at_eof():
                return reader, writer
        return await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
