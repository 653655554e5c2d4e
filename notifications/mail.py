"""Mail (SMTP): each message with one Message-ID however often it is tried, and of every refusal
whether another try may do.

Apprise's own mail plugin gives a new Message-ID at every try and answers only yes or no, so this is
another one. Nothing was sent before the line that ends the letter went out; what the server does
not answer to that line is *unknown*.
"""

import re
import smtplib
import ssl
import threading
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from apprise import Apprise, NotifyType
from apprise.plugins import NotifyBase

from notifications.channel_settings import MailSettings
from notifications.cleaning import one_line
from notifications.page import page_of, portal_of
from notifications.sender import MAIL_ADDRESS, Outgoing, SendResult
from rules.values import digest

_PORTS = {"tls": 465, "starttls": 587, "none": 25}
_ADDRESS = re.compile(MAIL_ADDRESS)
ADDRESS_AT_MOST = 254  # RFC 5321
HEADER_AT_MOST = 200
_STEPS = {"MAIL": "发件地址", "RCPT": "收件地址", "DATA": "这封邮件"}
_LOST = (OSError, smtplib.SMTPException)


class _Refused(Exception):
    """The server did not take a step: its code, and which step."""

    def __init__(self, step: str, code: int) -> None:
        super().__init__(step, code)
        self.step, self.code = step, code


def _header(text: str) -> str:
    """Text as it may stand in a letter's head: on one line, and none of it an encoded word
    (RFC 2047), which would be read as what it encodes - a line end, and a header after it."""
    return one_line(text, HEADER_AT_MOST).replace("=?", "= ?")


def message_id(key: str, sender: str) -> str:
    """A message's own Message-ID: the same at every try, so that a mail program shows it once."""
    return f"<{digest(key)[:32]}@{sender.rpartition('@')[2]}>"


class MailServer(NotifyBase):
    """The Apprise notification that mails, ``message`` being the one at hand and ``result`` what
    came of it. A server that is not there is not asked again until `hang_up`."""

    service_name = "邮件"
    protocol = "mailto"
    title_maxlen = 300
    body_maxlen = 100_000

    def __init__(self, settings: MailSettings) -> None:
        super().__init__()
        self.settings = settings
        self.message: Outgoing | None = None
        self.result = SendResult("later")
        self._line: smtplib.SMTP | None = None
        self._away = ""

    def url(self, privacy: bool = False, *arguments: Any, **more: Any) -> str:
        """What Apprise calls this server, without its password."""
        return f"mailto://{self.settings.host}"

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **more: Any
    ) -> bool:
        """Hand the message over to the server."""
        letter = self._letter(title, body)  # one that cannot be written is in no doubt
        self.result = SendResult("unknown", "发送时出错，不能确认是否送达")
        self.result = self._handed_over(letter)
        return self.result.state == "sent"

    def hang_up(self) -> None:
        """End the conversation."""
        line, self._line, self._away = self._line, None, ""
        if line is not None:
            try:
                line.quit()
            except _LOST:
                line.close()

    def _letter(self, title: str, body: str) -> bytes:
        settings, message = self.settings, self.message
        letter = EmailMessage(policy=SMTP.clone(max_line_length=76))
        letter["Subject"] = _header(title)
        letter["From"] = Address(_header(settings.sender_name), addr_spec=settings.sender)
        letter["To"] = Address(_header(message.to.name), addr_spec=message.to.mail)
        letter["Message-ID"] = message_id(message.key, settings.sender)
        letter["Date"] = message.at
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
        letter.set_content(body, charset="utf-8", cte="base64")
        page = page_of(message)
        letter.add_alternative(page, subtype="html", charset="utf-8", cte="base64")
        return letter.as_bytes()

    def _handed_over(self, letter: bytes) -> SendResult:
        if self._away:
            return SendResult("later", self._away)
        try:
            self._ready_for_text()
            self._line.send(letter + b".\r\n")  # base64: no line of it begins with a dot
        except _Refused as refusal:
            return self._refused(refusal)
        except _LOST as error:
            return self._not_there(error)
        try:
            code, _ = self._line.getreply()
        except _LOST:
            self._drop()
            self._away = "邮件服务器没有应答"  # whoever is next does not wait as long again
            return SendResult("unknown", "邮件已交给服务器，没有收到答复，不能确认是否送达")
        if 200 <= code < 300:
            return SendResult("sent")
        return self._refused(_Refused("DATA", code))

    def _ready_for_text(self) -> None:
        """A server that has taken both addresses and waits for the text. One that hung up after
        the letter before is called once more: nothing of this one was said yet."""
        fresh = self._line is None
        if fresh:
            self._call()
        try:
            self._step("MAIL", lambda: self._line.mail(self.settings.sender))
        except smtplib.SMTPServerDisconnected:
            if fresh:
                raise
            self._drop()
            self._call()
            self._step("MAIL", lambda: self._line.mail(self.settings.sender))
        self._step("RCPT", lambda: self._line.rcpt(self.message.to.mail))
        self._step("DATA", lambda: self._line.docmd("DATA"), good=(354,))

    def _step(
        self, step: str, said: Callable[[], tuple[int, bytes]], good: tuple[int, ...] = (250, 251)
    ) -> None:
        code, _ = said()
        if code == 421:  # the server is leaving
            raise smtplib.SMTPServerDisconnected
        if code not in good:
            raise _Refused(step, code)

    def _call(self) -> None:
        settings, domain = self.settings, self.settings.sender.rpartition("@")[2]
        port = settings.port or _PORTS[settings.security]
        words = {"local_hostname": domain, "timeout": settings.timeout}
        context = ssl.create_default_context(cafile=settings.ca_file)
        line: smtplib.SMTP
        if settings.security == "tls":
            line = smtplib.SMTP_SSL(settings.host, port, context=context, **words)
        else:
            line = smtplib.SMTP(settings.host, port, **words)
        try:
            if settings.security == "starttls":
                line.starttls(context=context)
            line.ehlo_or_helo_if_needed()
            if settings.password:
                line.login(settings.user, settings.password.get_secret_value())
        except BaseException:
            line.close()
            raise
        self._line = line

    def _refused(self, refusal: _Refused) -> SendResult:
        try:
            self._line.rset()
        except _LOST:
            self._drop()
        what = _STEPS[refusal.step]
        if 400 <= refusal.code < 500:
            return SendResult("later", f"邮件服务器暂不接受{what}（{refusal.code}）")
        return SendResult("failed", f"邮件服务器不接受{what}（{refusal.code}）")

    def _not_there(self, error: BaseException) -> SendResult:
        self._drop()
        self._away = _why_away(error)
        return SendResult("later", self._away)

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


def _why_away(error: BaseException) -> str:
    """Why there is no conversation at all; none of it is the message's fault."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"邮件服务器不接受用户名或密码（{error.smtp_code}），请核对设置"
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return f"邮件服务器暂不接待（{error.smtp_code}）"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "邮件服务器不支持所设的加密或登录方式，请核对设置"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "邮件服务器的证书不可信，请核对设置"
    if isinstance(error, ConnectionRefusedError):
        return "连接不上邮件服务器"
    return "邮件服务器没有应答，邮件没有送出"


def _links(message: Outgoing) -> str:
    """What the buttons of the page lead to, for who reads the text."""
    if not message.link:
        return ""
    return f"\n\n登录系统：{portal_of(message.link)}/\n阅后请点开确认：{message.link}"


class _Desk(threading.local):
    """Each thread's own conversation."""

    def __init__(self, settings: MailSettings) -> None:
        self.server = MailServer(settings)
        self.apprise = Apprise()
        self.apprise.add(self.server)


class Mail:
    """The channel: one conversation for as many letters as there are."""

    batch = 20

    def __init__(self, settings: MailSettings) -> None:
        self.channel = settings.whole_name
        self._desk = _Desk(settings)

    def reaches(self, message: Outgoing) -> bool:
        """Whether there is an address at all."""
        return bool(message.to.mail)

    def send(self, message: Outgoing) -> SendResult:
        """Send one letter; an address that cannot be one is not tried."""
        if not message.to.mail:
            return SendResult("skipped", "收件人没有登记邮箱")
        to = message.to.mail
        if len(to) > ADDRESS_AT_MOST or not _ADDRESS.fullmatch(to):
            return SendResult("failed", "登记的邮箱写法有误，请更正")
        server = self._desk.server
        server.message, server.result = message, SendResult("failed", "这条消息写不成邮件")
        self._desk.apprise.notify(body=message.text + _links(message), title=message.subject)
        return server.result

    def rest(self) -> None:
        """Hang up."""
        self._desk.server.hang_up()
