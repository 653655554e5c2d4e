"""Single sign-on: another system of the county says who somebody is (OpenID Connect).

Off unless an issuer and a client are set. The authorization code flow with state, nonce and PKCE;
what is remembered between leaving and coming back lies sealed in the browser. A login must exist
here already: single sign-on opens it, and never makes one.
"""

import json
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.writing import iso
from portal.desk import Desk
from portal.signing import new_token, seal, sealed

_LOG = logging.getLogger(__name__)

ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "ES384", "RS512", "ES512"]  # of key pairs only
FRESH = timedelta(hours=1)  # how long what the provider says of itself is believed
AWAY = timedelta(minutes=10)  # how long somebody may take over there
LEEWAY = 60  # seconds by which two clocks may differ
PATIENCE = 10.0  # seconds for one answer of the provider


class Failed(Exception):
    """It did not come to a sign-in; the message says why in Chinese."""


class Settings(BaseSettings):
    """``DUDAO_OIDC_ISSUER`` and ``_CLIENT_ID``, with ``_CLIENT_SECRET`` or ``_CLIENT_SECRET_FILE``,
    turn it on. ``_CLAIM``: what names the login here; it must be one that people cannot change
    over there. ``_REDIRECT_URL``: where the provider sends people back, if not to the address they
    came from. ``_TITLE``: what the button says."""

    model_config = SettingsConfigDict(env_prefix="DUDAO_OIDC_")

    issuer: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Path | None = None
    claim: str = "preferred_username"
    scope: str = "openid profile"
    redirect_url: str = ""
    title: str = "用统一身份认证登录"

    @model_validator(mode="after")
    def _safe(self) -> Self:
        """A secret from its file; and no provider that others could speak for."""
        if self.client_secret_file is not None:
            secret = self.client_secret_file.read_text("utf-8").strip()
            self.client_secret = SecretStr(secret)
        if self.issuer and not _private(self.issuer):
            raise ValueError("DUDAO_OIDC_ISSUER 必须是https://开头的地址")
        return self

    @property
    def on(self) -> bool:
        """Whether it was asked for."""
        return bool(self.issuer and self.client_id)


def _private(address: str) -> bool:
    """Whether nobody in between can read or change what an address answers."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost", "::1")


def settings_of(desk: Desk) -> Settings | None:
    """The settings of this portal, read once; None where it is off, or set wrongly: then the log
    says so, and people still get in with their passwords."""
    if "_single" not in desk.__dict__:
        try:
            found = Settings()
        except (ValidationError, OSError) as error:
            why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            _LOG.error("统一身份认证的配置有误，没有启用：%s", why)
            found = Settings.model_construct()
        desk.__dict__["_single"] = Provider(found) if found.on else None
    provider: Provider | None = desk.__dict__["_single"]
    return provider.settings if provider else None


def provider_of(desk: Desk) -> "Provider":
    """The provider; Failed where single sign-on is off."""
    if settings_of(desk) is None:
        raise Failed("没有开通统一身份认证，请用登录名和密码登录。")
    found: Provider = desk.__dict__["_single"]
    return found


class Leaving(NamedTuple):
    """``address`` at the provider, and what the browser keeps until it comes back."""

    address: str
    memory: str


class Provider:
    """The other system, as it describes itself."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._told: tuple[datetime, dict[str, Any]] | None = None
        self._keys: KeySet | None = None

    def leave(self, secret: bytes, back: str, target: str, now: datetime) -> Leaving:
        """Send somebody there. Failed where it does not answer."""
        state, nonce, verifier = new_token(), new_token(), new_token()
        with self._client(back) as client:
            address, _ = client.create_authorization_url(
                self._describes(now)["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=verifier,
            )
        kept = json.dumps([state, nonce, verifier, target, iso(now + AWAY)])
        body = urlsafe_b64encode(kept.encode()).decode()
        return Leaving(address, f"{body}.{seal(secret, 'single', body)}")

    def come_back(
        self, secret: bytes, back: str, memory: str, state: str, code: str, now: datetime
    ) -> tuple[str, str]:
        """The name of the login, and where the person wanted to go. Failed for whatever is not
        ours, not now, or not signed by the provider for us."""
        body, _, given = memory.partition(".")
        if not sealed(secret, given, "single", body):
            raise Failed("登录已中断，请重新开始。")
        wanted, nonce, verifier, target, until = json.loads(urlsafe_b64decode(body))
        if not code or not sealed(b"state", seal(b"state", state), wanted) or until <= iso(now):
            raise Failed("登录已中断或超时，请重新开始。")
        try:
            with self._client(back) as client:
                token = client.fetch_token(
                    self._describes(now)["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
        except (AuthlibBaseError, httpx.HTTPError, ValueError):
            raise Failed("统一身份认证没有确认这次登录，请重新开始。") from None
        claims = self._claims(str(token.get("id_token") or ""), nonce, now)
        name = claims.get(self.settings.claim)
        if not isinstance(name, str) or not name.strip():
            raise Failed("统一身份认证没有告知登录名，请联系管理员核对配置。")
        return name, target

    def _client(self, back: str) -> OAuth2Client:
        secret = self.settings.client_secret.get_secret_value()
        return OAuth2Client(
            self.settings.client_id,
            secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=self.settings.scope,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=PATIENCE,
            trust_env=False,
        )

    def _describes(self, now: datetime) -> dict[str, Any]:
        if self._told is None or not timedelta(0) <= now - self._told[0] < FRESH:
            issuer = self.settings.issuer.rstrip("/")
            told = _fetched(f"{issuer}/.well-known/openid-configuration")
            if str(told.get("issuer", "")).rstrip("/") != issuer:
                raise Failed("统一身份认证的地址与它自己声明的不一致，请联系管理员核对配置。")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not _private(str(told.get(name, ""))):
                    raise Failed("统一身份认证的地址不安全，请联系管理员核对配置。")
            self._told, self._keys = (now, told), None
        return self._told[1]

    def _claims(self, token: str, nonce: str, now: datetime) -> dict[str, Any]:
        told = self._describes(now)
        for fetched in (False, True):  # a key we do not know yet: they change them now and then
            if fetched or self._keys is None:
                self._keys = KeySet.import_key_set(_fetched(told["jwks_uri"]))
            try:
                claims = jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):
                continue
            return self._valid(claims, told["issuer"], nonce, now)
        raise Failed("统一身份认证的答复无法核实，登录没有成功。")

    def _valid(
        self, claims: dict[str, Any], issuer: str, nonce: str, now: datetime
    ) -> dict[str, Any]:
        wanted = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": self.settings.client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            wanted.validate(claims)
        except JoseError:
            raise Failed("统一身份认证的答复不是给这次登录的，请重新开始。") from None
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise Failed("统一身份认证的答复不是给本系统的，登录没有成功。")
        return claims


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = httpx.get(address, timeout=PATIENCE, trust_env=False)
        found = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        raise Failed("统一身份认证现在联系不上，请稍后再试，或用登录名和密码登录。") from None
    if not isinstance(found, dict):
        raise Failed("统一身份认证的答复无法识别，请联系管理员核对配置。")
    return found
