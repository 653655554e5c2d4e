"""A mail server on this machine that answers as it is told to, and remembers what it saw."""

import asyncio
import email
import email.policy
import ipaddress
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class MailServer:
    """What the server does with its next letters, one word each; without any it accepts.

    ``accept``; a number and text as ``451 4.7.1 later`` at the end of the letter, ``rcpt 550 …``
    and ``mail 451 …`` before; ``hang`` (takes the letter and never answers), ``die`` (takes it and
    hangs up without a word), ``deaf`` (never answers to the recipient).
    """

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.taken: list[EmailMessage] = []  # accepted, whether it could still say so or not
        self.to: list[str] = []
        self.calls = 0
        self.port = 0
        self.passwords: dict[str, str] = {}

    def told(self, step: str) -> str:
        """What to do at this step; "" for nothing special."""
        words = self.answers[0] if self.answers else ""
        of_step = words.partition(" ")[0]
        mine = of_step == step or (step == "data" and of_step not in ("rcpt", "mail", "deaf"))
        if not words or not mine:
            return ""
        self.answers.pop(0)
        return words.removeprefix(f"{step} ")

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if told := self.told("mail"):
            return told
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.told("deaf"):
            await asyncio.sleep(60)
        if told := self.told("rcpt"):
            return told
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        told = self.told("data")
        if not told or told in ("accept", "hang", "die"):
            letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.taken.append(letter)
            self.to += envelope.rcpt_tos
        if told == "hang":
            await asyncio.sleep(60)
        if told == "die":
            server.transport.abort()
        return "250 OK" if told in ("", "accept", "hang", "die") else told

    def auth(self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any):
        """LOGIN and PLAIN."""
        known = self.passwords.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=known, handled=False)

    @property
    def ids(self) -> Counter[str]:
        """How often each Message-ID was accepted."""
        return Counter(str(letter["Message-ID"]) for letter in self.taken)


@contextmanager
def mail_server(**more: Any) -> Iterator[MailServer]:
    """A server for as long as it takes."""
    handler, loop, ready = MailServer(), asyncio.new_event_loop(), threading.Event()

    def protocol() -> SMTP:
        handler.calls += 1
        wanted = {"authenticator": handler.auth, "auth_require_tls": False, "loop": loop} | more
        return SMTP(handler, hostname="mail.test", **wanted)

    async def listen() -> asyncio.Server:
        server = await loop.create_server(protocol, "127.0.0.1", 0)
        handler.port = server.sockets[0].getsockname()[1]
        ready.set()
        return server

    def serve() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(listen())
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield handler
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for this machine that nobody else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    local = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2100, 1, 1))
    made = built.add_extension(local, False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context
