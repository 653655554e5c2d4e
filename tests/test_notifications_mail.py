"""Mail, to a real server: it accepts, refuses for now, refuses for good, hangs, or dies after it
accepted. No message is lost, none goes twice but by a person's will, and each keeps its number."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.database import Database
from models.people import Person
from notifications.channel_settings import Channels
from notifications.delivery import LEASE, RESTS, deliver
from notifications.mail import Mail, message_id
from notifications.outbox import Outbox
from notifications.post import Post
from notifications.sender import Addressee, Outgoing
from portal.ledgers.messages import free
from tests.mail_server import MailServer, certificate, mail_server
from tests.told_ledger import ATTEMPTS, MESSAGES, NOON, DiesAfter, Killed, first, made, states

SENDER = "dudao@edu.test"
LETTER = Outgoing(
    "C/p/2026/S1#00002.0/school-1",
    Addressee("school-1", "示例校长", "head@school.test"),
    "马蹄小学：自评报告已退回，请修改",
    "示例校长，您好！\n.以点开头的一行\n请修改<b>后</b>重新提交 & 100%。",
    date(2026, 3, 2),
    datetime(2026, 3, 2, 1, 5, tzinfo=UTC),
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def settings(port: int, **more: object):
    """One mail channel to this machine; half a second of patience."""
    mail = {"kind": "mail", "host": "127.0.0.1", "port": port, "security": "none"}
    one = {**mail, "sender": SENDER, "timeout": 0.5, **more}
    return Channels.model_validate({"channel": [one]})


@pytest.fixture
def mail(server: MailServer) -> Iterator[Mail]:
    mail = Mail(settings(server.port).channel[0])
    yield mail
    mail.rest()


# -- one letter ----------------------------------------------------------------------------------


def test_a_letter_is_plain_chinese_with_encoded_headers_and_a_number_of_its_own(server, mail):
    assert mail.send(LETTER).state == "sent"
    (letter,) = server.taken
    assert server.to == ["head@school.test"]
    assert str(letter["Subject"]) == LETTER.subject
    assert str(letter["From"]) == "教育督导室 <dudao@edu.test>"
    assert str(letter["To"]) == "示例校长 <head@school.test>"
    assert letter["Message-ID"] == message_id(LETTER.key, SENDER)
    assert letter["Date"].datetime == LETTER.at
    assert letter["Auto-Submitted"] == "auto-generated"
    assert said_in(letter, "plain").rstrip("\n") == LETTER.text
    assert letter.as_bytes().isascii()  # whatever old server it passes


def test_beside_the_text_lies_a_page_that_says_the_same_and_loads_nothing(server, mail):
    link = "https://dudao.test/read/a.b"
    mail.send(LETTER._replace(text=LETTER.text + "\n请于2026年3月9日（周一）前办理。", link=link))
    (letter,) = server.taken
    page = said_in(letter, "html")
    assert "请修改&lt;b&gt;后&lt;/b&gt;重新提交 &amp; 100%。" in page
    assert re.search("<strong[^>]*>2026年3月9日（周一）</strong>", page)
    assert re.findall(r"(?:src|href)\s*=\s*[\"']([^\"']*)", page) == [link]
    assert not re.search(r"<(?:script|img|link|iframe)|url\(", page)
    plain = said_in(letter, "plain")
    assert plain.endswith(f"登录系统：https://dudao.test/\n阅后请点开确认：{link}\n")


def said_in(letter, kind: str) -> str:
    """One of the two bodies of a letter."""
    return letter.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_many_letters_take_one_call_and_one_that_was_cut_off_another(server, mail):
    others = [LETTER._replace(key=str(n)) for n in range(5)]
    assert {mail.send(one).state for one in others} == {"sent"}
    assert server.calls == 1
    server.answers = ["421 4.3.2 leaving"]
    assert mail.send(LETTER).state == "later"
    mail.rest()
    assert mail.send(LETTER).state == "sent"
    assert server.calls == 2


@pytest.mark.parametrize(
    ("answer", "state", "detail"),
    [
        ("451 4.7.1 greylisted", "later", "邮件服务器暂不接受这封邮件（451）"),
        ("554 5.7.1 spam", "failed", "邮件服务器不接受这封邮件（554）"),
        ("rcpt 450 4.2.1 busy", "later", "邮件服务器暂不接受收件地址（450）"),
        ("rcpt 550 5.1.1 head@school.test unknown", "failed", "邮件服务器不接受收件地址（550）"),
        ("mail 451 4.3.0 later", "later", "邮件服务器暂不接受发件地址（451）"),
        ("mail 553 5.1.8 who", "failed", "邮件服务器不接受发件地址（553）"),
        ("hang", "unknown", "邮件已交给服务器，没有收到答复，不能确认是否送达"),
        ("die", "unknown", "邮件已交给服务器，没有收到答复，不能确认是否送达"),
        ("deaf", "later", "邮件服务器没有应答，邮件没有送出"),
    ],
)
def test_what_the_server_answers_says_whether_another_try_may_do(
    server, mail, answer, state, detail
):
    server.answers = [answer]
    result = mail.send(LETTER)
    assert result == (state, detail)
    assert "school.test" not in result.detail


def test_after_a_refusal_the_next_letter_goes_out_in_the_same_call(server, mail):
    server.answers = ["rcpt 550 5.1.1 nobody"]
    assert [mail.send(LETTER).state, mail.send(LETTER).state] == ["failed", "sent"]
    assert server.calls == 1


def test_a_server_that_is_not_there_is_asked_once_in_a_delivery(server):
    mail = Mail(settings(9).channel[0])  # nobody listens at the discard port
    assert mail.send(LETTER) == ("later", "连接不上邮件服务器")
    assert mail.send(LETTER) == ("later", "连接不上邮件服务器")
    mail.rest()


def test_a_name_that_does_not_resolve_is_a_matter_for_later():
    mail = Mail(settings(25, host="nowhere.invalid").channel[0])
    assert mail.send(LETTER).state == "later"
    mail.rest()


@pytest.mark.parametrize(
    "address", ["head@", "校长@school.test", "a b@school.test", "a@b\r\nRCPT TO:<x@y>", "@"]
)
def test_an_address_that_cannot_be_one_is_not_tried(server, mail, address):
    bad = LETTER._replace(to=Addressee("x", "示例校长", address))
    assert mail.send(bad) == ("failed", "登记的邮箱写法有误，请更正")
    assert server.calls == 0


def test_whatever_is_in_names_and_subjects_stays_in_its_header(server, mail):
    bad = '甲"<x@y.test>\r\nBcc: all@school.test\r\n'
    to = Addressee("x", bad.replace("\r\n", " "), "head@school.test")
    assert mail.send(LETTER._replace(to=to, subject=bad.replace("\r\n", " "))).state == "sent"
    (letter,) = server.taken
    assert letter["Bcc"] is None and server.to == ["head@school.test"]
    assert [address.addr_spec for address in letter["To"].addresses] == ["head@school.test"]


# -- getting in ----------------------------------------------------------------------------------


def test_a_password_is_used_and_a_wrong_one_is_no_fault_of_the_message(server):
    server.passwords = {"dudao": "right"}
    good = Mail(settings(server.port, user="dudao", password="right").channel[0])
    assert good.send(LETTER).state == "sent"
    good.rest()
    bad = Mail(settings(server.port, user="dudao", password="wr0ng!").channel[0])
    result = bad.send(LETTER)
    assert result == ("later", "邮件服务器不接受用户名或密码（535），请核对设置")
    bad.rest()


def test_an_encrypted_conversation_trusts_only_whom_it_may(tmp_path):
    own, context = certificate(tmp_path)
    with mail_server(tls_context=context, require_starttls=True) as server:
        strange = Mail(settings(server.port, security="starttls").channel[0])
        assert strange.send(LETTER) == ("later", "邮件服务器的证书不可信，请核对设置")
        strange.rest()
        trusting = Mail(settings(server.port, security="starttls", ca_file=own).channel[0])
        assert trusting.send(LETTER).state == "sent"
        trusting.rest()


# -- the ledger ----------------------------------------------------------------------------------


@pytest.fixture
def ledger(database_url: str) -> Iterator[Database]:
    """Six messages to six people with a mail address each."""
    database = made(database_url, 6)
    people = Person.__table__
    with database.writing() as connection:
        connection.execute(update(people).values(mail=people.c.id + "@school.test"))
    yield database
    database.close()


def post(port: int, folder: Path) -> Post:
    return Post(settings(port), Outbox(folder))


def numbers(many: int = 6) -> set[str]:
    return {message_id(f"o#{n}/p{n}", SENDER) for n in range(many)}


def live(database: Database, sender: Post, days: int = 3) -> None:
    """Deliveries every twenty minutes for so many days."""
    for step in range(72 * days):
        deliver(database, sender, "O", NOON + timedelta(minutes=20) * step)


@pytest.mark.parametrize(
    ("answers", "end"),
    [
        ([], {"sent": 6}),
        (["451 later"] * 5, {"sent": 6}),
        (["rcpt 550 no", "451 later", "554 no"], {"sent": 4, "failed": 2}),
        (["hang"], {"sent": 5, "unknown": 1}),
        (["die", "451 later", "die", "mail 421 away"], {"sent": 4, "unknown": 2}),
        (["deaf", "451 later", "hang", "rcpt 550 no"], {"sent": 4, "unknown": 1, "failed": 1}),
    ],
)
def test_whatever_the_server_does_nothing_is_lost_and_nothing_goes_twice(
    ledger, server, tmp_path, answers, end
):
    server.answers = list(answers)
    live(ledger, post(server.port, tmp_path))
    assert states(ledger) == end and not server.answers
    assert set(server.ids.values()) == {1}
    assert len(server.ids) == end["sent"] + end.get("unknown", 0)
    assert set(server.ids) <= numbers()


def test_what_was_unknown_and_is_sent_once_more_by_hand_keeps_its_number(ledger, server, tmp_path):
    server.answers, sender = ["die"], post(server.port, tmp_path)
    deliver(ledger, sender, "O", NOON)
    unclear = first(ledger)
    assert unclear.state == "unknown"
    assert free(ledger, unclear.key, unclear.tries, "请重发", NOON)
    live(ledger, sender, 1)
    assert states(ledger) == {"sent": 6}
    assert server.ids[message_id(unclear.key, SENDER)] == 2  # a mail program shows it once
    assert set(server.ids) == numbers()


@pytest.mark.parametrize("many", [0, 2, 5])
def test_a_worker_killed_over_it_leaves_one_batch_unknown_and_sends_none_of_it_again(
    ledger, server, tmp_path, many
):
    class Dies(Post):
        """Killed after so many letters, the last of which it had just handed over."""

        def route(self, message, tried):
            way = super().route(message, tried)
            return DiesAfter(way, killing.pop(0), True) if killing else way

    killing = [1000] * many + [0]
    with pytest.raises(Killed):
        deliver(ledger, Dies(settings(server.port), Outbox(tmp_path)), "O", NOON)
    sender = post(server.port, tmp_path)
    assert deliver(ledger, sender, "O", NOON + LEASE + timedelta(minutes=1)) == {"unknown": 6}
    live(ledger, sender, 1)
    assert len(server.taken) == many + 1 and set(server.ids.values()) == {1}


def test_a_server_that_is_away_costs_every_message_a_try_and_none_of_them_its_turn(
    ledger, server, tmp_path
):
    away = post(9, tmp_path)
    assert deliver(ledger, away, "O", NOON) == {"open": 6}
    with ledger.reading() as connection:
        tried = connection.execute(select(ATTEMPTS.c.channel, ATTEMPTS.c.state)).all()
        rests = connection.execute(select(MESSAGES.c.not_before)).scalars().all()
    assert set(tried) == {("mail", "later")}
    assert len(set(rests)) == 6  # they do not all come back at once
    until = [datetime.fromisoformat(rest) - NOON for rest in rests]
    assert all(RESTS[0] <= rest <= RESTS[0] * 1.1 for rest in until)
    live(ledger, post(server.port, tmp_path), 1)
    assert states(ledger) == {"sent": 6}


def test_who_has_no_address_is_skipped_with_the_reason_and_the_public_reads_the_board(
    ledger, server, tmp_path
):
    people = Person.__table__
    with ledger.writing() as connection:
        connection.execute(update(people).where(people.c.id == "p0").values(mail=""))
        board = update(MESSAGES).where(MESSAGES.c.key == "o#1/p1")
        connection.execute(board.values(person="public"))
    deliver(ledger, post(server.port, tmp_path), "O", NOON)
    assert states(ledger) == {"sent": 5, "skipped": 1}
    assert first(ledger).reason.startswith("没有可用的渠道：没有登记邮箱")
    assert len(list(tmp_path.rglob("社会公众*.txt"))) == 1 and len(server.taken) == 4
