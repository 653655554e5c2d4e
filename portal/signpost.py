"""The signpost: pages are found by the first word of their address, not by trying one by one."""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send


class Signpost(BaseRoute):
    """Many routes as one. Of 130 pages only the few whose address begins alike are compared;
    FastAPI compares all of them, twice, a third of what a small page costs."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes: dict[str, list[Route]] = {}
        for route in routes:
            word = _word(route.path)
            assert "{" not in word, f"{route.path}: an address begins with a word"
            self.routes.setdefault(word, []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first route that fits; else the first that fits but for its method."""
        partly: tuple[Match, Scope] = Match.NONE, {}
        if scope["type"] != "http":
            return partly
        for route in self.routes.get(_word(scope["path"]), ()):
            found = route.matches(scope)
            if found[0] == Match.FULL:
                return found
            if partly[0] == Match.NONE:
                partly = found
        return partly

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route that was found answer."""
        await scope["route"].handle(scope, receive, send)


def _word(path: str) -> str:
    return path.split("/", 2)[1] if "/" in path else ""
