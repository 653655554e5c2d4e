"""A letter's head says what it says and nothing else: no subject, name or address that somebody
wrote becomes a line of its own, or keeps a letter in doubt that never left the house."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from notifications.channel_settings import BadChannels, Channels, read_channels
from notifications.mail import Mail
from notifications.sender import Addressee, Outgoing, SendResult
from tests.mail_server import MailServer, mail_server

LETTER = Outgoing(
    "C/p/2026/S1#00002.0/school-1",
    Addressee("school-1", "示例校长", "head@school.test"),
    "马蹄小学：自评报告已退回，请修改",
    "示例校长，您好！\n请修改后重新提交。",
    date(2026, 3, 2),
    datetime(2026, 3, 2, 1, 5, tzinfo=UTC),
)
# As RFC 2047 encodes a line end and a header of one's own.
INJECTED = "=?utf-8?q?=0D=0ABcc:_evil@x.test?="
HEADERS = ["Subject", "From", "To", "Message-ID", "Date", "Auto-Submitted"]
OF_A_PAGE = ["MIME-Version", "Content-Type"]


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def sent(server: MailServer, letter: Outgoing, **more: str) -> SendResult:
    """What came of a letter, by a channel with these settings."""
    plain = {"kind": "mail", "host": "127.0.0.1", "port": server.port, "security": "none"}
    one = {**plain, "sender": "dudao@edu.test", "timeout": 0.5, **more}
    mail = Mail(Channels.model_validate({"channel": [one]}).channel[0])
    try:
        return mail.send(letter)
    finally:
        mail.rest()


def to(address: str) -> Outgoing:
    return LETTER._replace(to=LETTER.to._replace(mail=address))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (INJECTED, "= ?utf-8?q?=0D=0ABcc:_evil@x.test?="),
        ("=?utf-8?b?DQpCY2M6IGV2aWxAeC50ZXN0DQoNCmJvZHk=?=", None),
        ("=?utf-8?q?=E2=80=AE?=甲", "= ?utf-8?q?=E2=80=AE?=甲"),
        ("甲\r\nBcc: evil@x.test", "甲 Bcc: evil@x.test"),
        ("甲\u2028乙\x0b丙\x00丁", "甲 乙丙丁"),
        ("丁中心校（“316”=试点）", "丁中心校（“316”=试点）"),
    ],
)
def test_what_somebody_wrote_is_never_a_line_of_the_head(server, written, read):
    odd = LETTER._replace(subject=written, to=LETTER.to._replace(name=written))
    assert sent(server, odd, sender_name=written.replace("\r\n", " ")[:40]) == ("sent", "")
    (letter,) = server.taken
    assert letter.keys() == HEADERS + OF_A_PAGE
    assert str(letter["Subject"]) == (read or str(letter["Subject"]))
    assert letter["To"].addresses[0].addr_spec == "head@school.test"
    assert letter["To"].addresses[0].display_name == str(letter["Subject"])
    assert server.to == ["head@school.test"]


@pytest.mark.parametrize("address", ["a..b@x.cn", ".a@x.cn", "a.@x.cn", "a@x..cn", "a@x.-cn"])
def test_an_address_no_mail_can_bear_has_failed_and_is_in_no_doubt(server, address):
    assert sent(server, to(address)) == ("failed", "登记的邮箱写法有误，请更正")
    assert server.calls == 0


@pytest.mark.parametrize("address", ["a@x.cn", "a.b-c_d+e%f@mail.x-y.edu.cn", "1@1.cn"])
def test_an_address_that_can_be_one_is_tried(server, address):
    assert sent(server, to(address)).state == "sent" and server.to == [address]


@pytest.mark.parametrize("sender", ["a..b@x.cn", ".a@x.cn", "a@x..cn"])
def test_no_office_sends_from_an_address_no_mail_can_bear(tmp_path, sender):
    written = tmp_path / "channels.toml"
    written.write_text(f'[[channel]]\nkind = "mail"\nhost = "h"\nsender = "{sender}"\n')
    written.chmod(0o600)
    with pytest.raises(BadChannels, match="第1个渠道的sender：写法有误"):
        read_channels(tmp_path, {})
