"""The listener for phones and the public: what is there, what is not, and the page that tells how
to expose it."""

import re
from datetime import date
from pathlib import Path

from dudao.commands.serving import serve
from dudao.portal_worker import PortalSettings
from portal.pages import ROUTERS
from portal.protection import MEGABYTE, MOST_OF_AN_UPLOAD
from tests.portal_people import county_at, live_until

GUIDE = (Path(__file__).parents[1] / "docs" / "outside.md").read_text(encoding="utf-8")
# What an office keeps to its own network.
INSIDE = ("/people", "/imports", "/log", "/rounds", "/messages", "/deadlines", "/standards")


def test_what_belongs_to_the_office_is_not_outside(tmp_path: Path) -> None:
    outside = [route.path for r in ROUTERS if r.outside for route in r.routes]
    assert {"/login", "/", "/cases/{case}"} <= set(outside)
    assert [path for path in outside if f"/{path.split('/')[1]}" in INSIDE] == []

    source = live_until(tmp_path / "lived", date(2026, 1, 9), schools=6)
    with county_at(source, tmp_path / "county", date(2026, 1, 12), outside=True) as county:
        clerk = county.browser("O2")
        clerk.open("/")
        for path in INSIDE:
            clerk.open(path, 404)


def test_the_guide_says_what_the_code_does() -> None:
    options = set(re.findall(r"--[a-z-]+", GUIDE))
    assert {f"--{name.replace('_', '-')}" for name in serve.__annotations__} >= options
    limit = int(re.findall(r"client_max_body_size (\d+)m;", GUIDE)[0])
    assert limit * MEGABYTE == MOST_OF_AN_UPLOAD
    settings = {
        name.removeprefix("DUDAO_PORTAL_").lower()
        for name in re.findall(r"DUDAO_PORTAL_\w+", GUIDE)
    }
    assert settings <= set(PortalSettings.model_fields)
    port = re.findall(r"--outside-port (\d+)", GUIDE)[0]
    assert f"proxy_pass http://127.0.0.1:{port};" in GUIDE
