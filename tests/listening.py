"""A county's portal as it is really served: its two listeners, each a process of its own, and in
front of the second one a reverse proxy set up as the guide tells."""

import os
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import create_connection, socket
from typing import NamedTuple

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dudao.portal_serving import Listener, Portal
from portal.sessions import COOKIE

GUIDE = (Path(__file__).parents[1] / "docs" / "outside.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```nginx\n(.*?)```", GUIDE, re.S)[0]
SETTINGS = dict(re.findall(r"export (DUDAO_PORTAL_\w+)=(\S+)", GUIDE))
NAME = re.findall(r"server_name (\S+);", EXAMPLE)[0]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or ""

PATIENCE = 30  # seconds until a new process must answer


class Served:
    """Two listeners: ``inside`` has all pages, ``outside`` those for phones and the public."""

    def __init__(self, home: Path, portal: Portal) -> None:
        self.home = home
        self.portal = portal
        self.inside, self.outside = (
            f"http://127.0.0.1:{listener.port}" for listener in portal.listeners
        )

    def memory(self) -> int:
        """The most bytes any of the processes has held so far."""
        most = 0
        for listener in self.portal.listeners:
            for process in _family(listener.stem.pid):
                status = Path(f"/proc/{process}/status").read_text("ascii")
                most = max(most, int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024)
        return most


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    return [process, *(one for child in children for one in _family(int(child)))]


@contextmanager
def both_listening(home: Path, ahead: timedelta) -> Iterator[Served]:
    """A county's two listeners on free ports, set up as the guide tells; its clock runs ``ahead``
    of the machine's."""
    environment = {
        **SETTINGS,
        "DUDAO_HOME": str(home),
        "DUDAO_DATABASE_URL": str(home / "dudao.db"),
        "DUDAO_PORTAL_AHEAD": str(ahead.total_seconds()),
    }
    listeners = [Listener("127.0.0.1", 0, 1), Listener("127.0.0.1", 0, 1, outside=True)]
    portal = Portal(listeners, environment, home / "portal.log")
    portal.start(lambda said: None)
    try:
        yield Served(home, portal)
    finally:
        portal.stop()


class Proxy(NamedTuple):
    """A reverse proxy: its address, and the trust of those who believe its certificate."""

    address: str
    trust: ssl.SSLContext

    def visit(self, token: str = "", at: str = "127.0.0.1") -> httpx.Client:
        """Somebody's browser, in a session; ``at`` is the address it comes from."""
        return httpx.Client(
            base_url=self.address,
            headers={"host": NAME},
            cookies={COOKIE: token} if token else {},
            transport=httpx.HTTPTransport(verify=self.trust, local_address=at),
            timeout=60,
        )


@contextmanager
def proxied(outside: str, folder: Path) -> Iterator[Proxy]:
    """The guide's nginx before a listener. In CI its absence is a failure."""
    if not NGINX:
        reason = "no nginx here (Debian's package nginx)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder.mkdir(parents=True)
    certify(folder)
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(_config(outside, folder, port), "utf-8")
    running = subprocess.Popen([NGINX, "-c", str(config), "-p", str(folder), "-e", "error.log"])
    try:
        _wait_for(port, running)
        trust = ssl.create_default_context(cafile=str(folder / "county.pem"))
        yield Proxy(f"https://127.0.0.1:{port}", trust)
    finally:
        running.terminate()
        running.wait(10)


def _config(outside: str, folder: Path, port: int) -> str:
    """The example with this machine's ports and files, and the lines every nginx has around it."""
    server = EXAMPLE
    for said, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/county.", f"{folder}/county."),
        ("http://127.0.0.1:8001", outside),
    ):
        assert said in server, said
        server = server.replace(said, here)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""  # the folders of a test are its own
    return (
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid;\n"
        f"events {{}}\nhttp {{ access_log off;\n{places}\n{server}}}\n"
    )


def certify(folder: Path) -> None:
    """A certificate nobody else would believe, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    today = datetime.now(UTC)
    names = [x509.DNSName(NAME), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(1))
        .not_valid_after(today + timedelta(1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "county.pem").write_bytes(made.public_bytes(pem))
    form = serialization.PrivateFormat.PKCS8
    (folder / "county.key").write_bytes(key.private_bytes(pem, form, plain))


def free_port() -> int:
    """A port nobody listens at."""
    with socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


def _wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    resting = threading.Event()
    for _ in range(PATIENCE * 20):
        assert running.poll() is None, "nginx has ended"
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            resting.wait(0.05)
        else:
            return
    raise AssertionError("nginx does not answer")
