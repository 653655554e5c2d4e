"""Patience with forms of people without an account: so many from one browser in so much time.

Nothing is stored: the marks live in this process's memory, by the fingerprint of a guest's cookie,
and are gone after minutes. Who throws the cookie away meets the cap of the plan itself.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from portal.signing import fingerprint

MOST_BROWSERS = 10_000  # remembered at once


class Patience:
    """``most`` different wishes of one browser within ``within``."""

    def __init__(self, most: int = 5, within: timedelta = timedelta(minutes=10)) -> None:
        self.most, self.within = most, within
        self._sent: OrderedDict[str, dict[str, datetime]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many browsers are remembered."""
        return len(self._sent)

    def allows(self, browser: str, wish: str, now: datetime) -> bool:
        """Whether one more is taken now. The same wish sent again counts once."""
        who = fingerprint(browser)
        with self._lock:
            sent = {
                key: at for key, at in self._sent.get(who, {}).items() if now - at < self.within
            }
            allowed = wish in sent or len(sent) < self.most
            if allowed:
                sent.setdefault(wish, now)
            self._sent[who] = sent
            self._sent.move_to_end(who)
            while len(self._sent) > MOST_BROWSERS:
                self._sent.popitem(last=False)
        return allowed
