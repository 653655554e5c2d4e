"""A small identity provider on this machine: it speaks OpenID Connect as the county's would."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "dudao", "only the two of us know"


class IdentityProvider:
    """Whoever asks is let in as ``claims`` say. What it answers can be spoiled: ``spoilt`` claims
    replace the right ones, ``algorithm`` and ``signs_with`` change the signature."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.claims: dict[str, Any] = {"sub": "7", "preferred_username": "H0001"}
        self.spoilt: dict[str, Any] = {}
        self.signs_with: Any = None
        self.algorithm = "RS256"
        self.issuer = ""
        self.now = 0
        self.asked: dict[str, dict[str, str]] = {}  # what came with the request for each code
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/keys", self._keys),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def authorizes(self, address: str) -> str:
        """Somebody arrives at the authorization page and agrees: the query they go back with."""
        asked = {name: given[0] for name, given in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        return f"state={asked['state']}&code={code}"

    async def _describe(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    async def _keys(self, request: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.asked.pop(str(form["code"]), None)  # a code is good once
        if asked is None or "authorization" not in request.headers:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if create_s256_code_challenge(str(form["code_verifier"])) != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": asked["nonce"],
            **self.claims,
            **self.spoilt,
        }
        if self.algorithm == "none":
            token = unsigned(claims)
        else:
            header = {"alg": self.algorithm, "kid": "one"}
            key = self.signs_with or self.key
            token = jwt.encode(header, claims, key, algorithms=[self.algorithm])
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": token})


def hmac_key(provider: IdentityProvider) -> OctKey:
    """What everybody knows of the public key, misused as a shared secret."""
    return OctKey.import_key(str(provider.key.as_dict(private=False)["n"]))


def unsigned(claims: dict[str, Any]) -> str:
    """A token that nobody signed."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def running(provider: IdentityProvider) -> Iterator[IdentityProvider]:
    """The provider, answering on a port of this machine."""
    config = uvicorn.Config(provider.app, port=0, log_level="error", lifespan="off", ws="none")
    server = _Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.listening.wait(20)
    port = server.servers[0].sockets[0].getsockname()[1]
    provider.issuer = f"http://127.0.0.1:{port}"
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
