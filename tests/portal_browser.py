"""A real Chromium at the portal: Debian's, driven by Playwright, on a county served from here."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn

from portal.sessions import COOKIE, open_session
from tests.portal_people import County

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
CHROMIUM = os.environ.get("DUDAO_TEST_CHROMIUM", "") or shutil.which("chromium") or ""


@contextmanager
def chromium() -> Iterator["Browser"]:
    """The browser; in CI its absence is a failure."""
    if not CHROMIUM:
        reason = "no chromium here (Debian's package, or name one in DUDAO_TEST_CHROMIUM)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Served:
    """A county behind a real server on a free port."""

    def __init__(self, county: County) -> None:
        self.county = county
        config = uvicorn.Config(county.app, port=0, log_level="error", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        ready = threading.Event()
        while not self.server.started and self.thread.is_alive():
            ready.wait(0.02)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """Stop serving."""
        self.server.should_exit = True
        self.thread.join(10)

    def page(
        self, browser: "Browser", person: str = "", phone: bool = False, scripts: bool = True
    ) -> "Page":
        """A tab; with a person it is logged in. What goes wrong in it fails the test."""
        context = browser.new_context(
            viewport=PHONE if phone else DESK,
            java_script_enabled=scripts,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(8000)
        if person:
            with self.county.database.writing() as connection:
                token = open_session(connection, person, self.county.now, "测试").token
            context.add_cookies([{"name": COOKIE, "value": token, "url": self.address}])
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        return page


@contextmanager
def served(county: County) -> Iterator[Served]:
    """The county's portal on a free port."""
    running = Served(county)
    try:
        yield running
    finally:
        running.stop()
