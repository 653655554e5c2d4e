"""The portal's processes at one address: made from one that has everything read, and made again.

`python -m dudao.portal_worker --fd N --workers W [--outside]`; everything else comes from the
environment (``DUDAO_…``), as for the flows. The first process reads the code and the pages and
answers nobody; those that answer are forked from it, so that one takes a killed one's place in a
fraction of a second (a new Python would need three, in the middle of a busy night).
"""

import argparse
import gc
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic_settings import BaseSettings, SettingsConfigDict

from dudao.forking import Stem
from notifications.ahead import Foresight
from notifications.catalogue import MESSAGES
from notifications.channel_settings import read_channels
from notifications.previewing import previews
from portal.app import build
from portal.desk import Desk
from portal.rendering import read_every_page
from tasks.house import House, Settings, random_salt

WAKE = "portal.wake"  # touched when a command was recorded: the keeper of time looks at it


class PortalSettings(BaseSettings):
    """``DUDAO_PORTAL_SECURE``: pages of the listener for outside travel over HTTPS (behind a
    reverse proxy), so do cookies; ``DUDAO_PORTAL_SECURE_INSIDE``: the office's own do so too;
    ``DUDAO_PORTAL_PUBLIC_URL``: the address in QR codes; ``DUDAO_PORTAL_AHEAD``: seconds by which
    the demo's clock differs from the machine's."""

    model_config = SettingsConfigDict(env_prefix="DUDAO_PORTAL_")

    secure: bool = False
    secure_inside: bool = False
    public_url: str = ""
    ahead: float = 0.0


def clock_of(settings: PortalSettings):
    """The clock of the pages."""
    ahead = timedelta(seconds=settings.ahead)
    return lambda: datetime.now(UTC) + ahead


def desk_of(home: Path, url: str, outside: bool) -> Desk:
    """The desk the processes work at. Nothing is connected yet: they are not made yet."""
    settings = PortalSettings()
    house = House.at(home, url, random_salt)
    return Desk(
        house.journal,
        home,
        clock_of(settings),
        house.secret,
        secure=settings.secure if outside else settings.secure_inside,
        outside=outside,
        wake=(home / WAKE).touch,
        messages=MESSAGES,
        public_url=settings.public_url,
        channels=house.channels,
        ahead=Foresight(house.journal.shelf, read_channels(home)),
        previews=lambda connection, *asked: previews(connection, house.journal.shelf, *asked),
    )


def answer(app: FastAPI, fd: int) -> None:
    """Serve until asked to stop; requests under way are finished first."""
    config = uvicorn.Config(
        app,
        fd=fd,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        timeout_graceful_shutdown=10,
        timeout_keep_alive=20,
    )
    listening = socket.socket(fileno=fd)
    uvicorn.Server(config).run(sockets=[listening])


def main() -> None:
    """Read everything, then keep the processes that answer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--outside", action="store_true")
    given = parser.parse_args()
    house = Settings()
    app = build(desk_of(house.home, house.url, given.outside))
    read_every_page()
    gc.collect()
    gc.freeze()  # what stands here stays shared between the forks
    sys.exit(Stem(lambda: answer(app, given.fd), given.workers).keep())


if __name__ == "__main__":
    main()
