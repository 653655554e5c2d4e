"""One request straight into the application: no socket, nothing else to be measured."""

from typing import Any


async def ask(app: Any, path: str, cookie: str) -> tuple[int, int]:
    """Ask an application for a page: status and length of what it answers."""
    where, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"portal"), (b"cookie", cookie.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("portal", 80),
    }
    answered = [0, 0]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        answered[0] = message.get("status", answered[0])
        answered[1] += len(message.get("body", b""))

    await app(scope, receive, send)
    return answered[0], answered[1]
