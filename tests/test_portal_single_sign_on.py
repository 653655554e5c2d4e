"""Single sign-on: another system says who it is, and nobody else can say it for it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from portal.passwords import set_password
from tests.identity_provider import CLIENT, SECRET, IdentityProvider, hmac_key, running
from tests.portal_people import Browser, County, county_at, said

HEAD, GOOD = "H0001", "corridor-green-7"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="module")
def january(lived_until: Callable[..., Path]) -> Path:
    """Two schools at the beginning of the year."""
    return lived_until(date(2026, 1, 6), 2)


@pytest.fixture
def county(january: Path, tmp_path: Path) -> Iterator[County]:
    """The head of the first school has a password, hashed so that it takes no time."""
    with county_at(january, tmp_path / "county", date(2026, 1, 7)) as county:
        with county.database.writing() as connection:
            set_password(connection, HEAD, "Ma.Xiao", QUICK.hash(GOOD), county.now)
        yield county


@pytest.fixture(scope="module")
def neighbour() -> Iterator[IdentityProvider]:
    with running(IdentityProvider()) as provider:
        yield provider


@pytest.fixture
def single(
    county: County, neighbour: IdentityProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> IdentityProvider:
    """Single sign-on is set up, with the secret in a file."""
    (tmp_path / "secret").write_text(f"{SECRET}\n", "utf-8")
    monkeypatch.setenv("DUDAO_OIDC_ISSUER", neighbour.issuer)
    monkeypatch.setenv("DUDAO_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("DUDAO_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    neighbour.claims = {"sub": "7", "preferred_username": "Ma.Xiao"}
    neighbour.spoilt, neighbour.signs_with, neighbour.algorithm = {}, None, "RS256"
    neighbour.now = int(county.now.timestamp())
    return neighbour


def goes_there_and_back(
    browser: Browser, provider: IdentityProvider, target: str = "/account"
) -> str:
    """What the page says after single sign-on."""
    there = browser.client.get("/login/single", params={"next": target})
    assert there.headers["location"].startswith(f"{provider.issuer}/authorize?")
    return comes_back(browser, provider.authorizes(there.headers["location"]))


def comes_back(browser: Browser, query: str) -> str:
    answer = browser.client.get(f"/login/single/back?{query}")
    if answer.status_code == 303:
        return said(browser.open(answer.headers["location"]))
    return said(answer.text)


def test_single_sign_on_is_off_unless_it_was_set_up(county: County) -> None:
    browser = county.browser()
    assert "统一身份认证" not in said(browser.open("/login"))
    assert "没有开通" in said(browser.open("/login/single", 403))


def test_who_is_known_over_there_comes_in_here(county: County, single: IdentityProvider) -> None:
    browser = county.browser()
    assert "/login/single?next=/account" in browser.open("/account")
    assert "我的账号" in goes_there_and_back(browser, single)


def test_single_sign_on_makes_no_logins(county: County, single: IdentityProvider) -> None:
    single.claims["preferred_username"] = "stranger"
    assert "还没有您的登录名" in goes_there_and_back(county.browser(), single)
    del single.claims["preferred_username"]
    assert "没有告知登录名" in goes_there_and_back(county.browser(), single)


def test_what_is_sent_there_can_be_used_by_nobody_else(
    county: County, single: IdentityProvider
) -> None:
    there = county.browser().client.get("/login/single").headers["location"]
    assert "code_challenge_method=S256" in there and "nonce=" in there and "state=" in there
    assert SECRET not in there


@pytest.mark.parametrize(
    "spoilt",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"azp": "another"},
        {"nonce": None},
    ],
    ids=lambda spoilt: str(spoilt),
)
def test_an_answer_that_was_not_meant_for_us_lets_nobody_in(
    county: County, single: IdentityProvider, spoilt: dict
) -> None:
    single.spoilt = spoilt
    assert "我的账号" not in goes_there_and_back(county.browser(), single)


def test_an_answer_signed_by_others_lets_nobody_in(
    county: County, single: IdentityProvider
) -> None:
    single.signs_with = IdentityProvider().key
    assert "无法核实" in goes_there_and_back(county.browser(), single)
    single.algorithm, single.signs_with = "HS256", hmac_key(single)
    assert "无法核实" in goes_there_and_back(county.browser(), single)
    single.algorithm = "none"
    assert "无法核实" in goes_there_and_back(county.browser(), single)


def test_a_new_key_over_there_is_fetched(county: County, single: IdentityProvider) -> None:
    goes_there_and_back(county.browser(), single)
    before, single.key = single.key, IdentityProvider().key
    assert "我的账号" in goes_there_and_back(county.browser(), single)
    single.key = before


def test_a_code_of_somebody_else_is_not_taken(county: County, single: IdentityProvider) -> None:
    """Someone is led to our address with an attacker's code: their browser never left."""
    attacker, victim = county.browser(), county.browser()
    address = attacker.client.get("/login/single").headers["location"]
    query = single.authorizes(address)
    assert "请重新开始" in comes_back(victim, query)
    victim.client.get("/login/single")
    assert "请重新开始" in comes_back(victim, query)


def test_coming_back_twice_or_late_or_without_a_code_lets_nobody_in(
    county: County, single: IdentityProvider
) -> None:
    browser = county.browser()
    query = single.authorizes(browser.client.get("/login/single").headers["location"])
    kept = browser.client.cookies["dudao_single"]
    assert "我的账号" in comes_back(browser, query) or browser.at == "/"
    again = county.browser()
    again.client.cookies.set("dudao_single", kept)
    assert "没有确认" in comes_back(again, query)
    late = county.browser()
    query = single.authorizes(late.client.get("/login/single").headers["location"])
    county.now += timedelta(minutes=11)
    assert "超时" in comes_back(late, query)
    assert "请重新开始" in comes_back(county.browser(), "error=access_denied")


def test_single_sign_on_leads_to_no_other_site(county: County, single: IdentityProvider) -> None:
    browser = county.browser()
    goes_there_and_back(browser, single, "//elsewhere.example")
    assert browser.at == "/"


def test_a_provider_that_is_down_or_insecure_leaves_the_password(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUDAO_OIDC_ISSUER", "http://127.0.0.1:9")
    monkeypatch.setenv("DUDAO_OIDC_CLIENT_ID", CLIENT)
    assert "联系不上" in said(county.browser().open("/login/single", 403))
    county.desk.__dict__.pop("_single")
    monkeypatch.setenv("DUDAO_OIDC_ISSUER", "http://elsewhere.example")
    assert "统一身份认证" not in said(county.browser().open("/login"))
    browser = county.browser()
    browser.open("/login")
    browser.send("/login", username="ma.xiao", password=GOOD)
