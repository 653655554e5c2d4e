"""A county's first afternoon: the office is founded, its first clerk logs in and is asked for a
password of their own."""

from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from dudao.main import app
from engine.journal import Journal
from engine.library import shipped_calendar
from models.database import Database
from portal.app import build
from portal.desk import Desk
from tasks.house import random_salt
from tests.portal_people import Browser, said

NAMES = ["示例县", "示例县人民政府教育督导室", "示例干事"]


def test_an_office_is_founded_once_and_its_clerk_gets_in(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["found", *NAMES, "--home", str(tmp_path)])
    assert result.exit_code == 0, result.output
    password = result.output.partition("一次性密码 ")[2].partition("（")[0]

    database = Database(str(tmp_path / "dudao.db"))
    journal = Journal(database, shipped_calendar(), random_salt)
    now = datetime.now(UTC)
    browser = Browser(build(Desk(journal, tmp_path, lambda: now, b"secret")))
    browser.open("/")
    browser.send("/login", username="office", password="something else", status=422)
    assert "登录名或密码不对" in said(browser.page)
    browser.send("/login", 200, username="office", password=password)
    own = "a password of one's own"
    browser.send("/login/first", new=own, again=own)
    assert "示例干事" in said(browser.page)
    database.close()

    again = CliRunner().invoke(app, ["found", *NAMES, "--home", str(tmp_path)])
    assert again.exit_code == 1 and "没有改动" in again.output


def test_a_level_nobody_knows_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["found", *NAMES, "--level", "国", "--home", str(tmp_path)])
    assert result.exit_code == 2 and "省、市、县" in result.output
