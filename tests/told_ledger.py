"""A ledger with open messages, and channels that answer, break and die as they are told to."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, select

from engine.writing import order_row
from models.database import TABLES, Database
from models.messages import Attempt, Message
from models.orders import OrderRow
from models.people import Person
from notifications.sender import Outgoing, SendResult
from rules.orders import Order

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
SOON = timedelta(minutes=1)
MESSAGES, ATTEMPTS = Message.__table__, Attempt.__table__


class Channel:
    """A channel of these tests: it sends to a list, and answers as it was told to."""

    channel = "list"

    def __init__(self, *answers: str) -> None:
        self.sent: list[str] = []
        self.answers = list(answers)

    def send(self, message: Outgoing) -> SendResult:
        answer = self.answers.pop(0) if self.answers else "sent"
        if answer == "broken":
            raise RuntimeError("smtp://user:password@host refused")
        if answer == "sent":
            self.sent.append(message.key)
        return SendResult(answer, "" if answer == "sent" else "服务器没有应答")


class Killed(BaseException):
    """The process dies here."""


class DiesAfter:
    """A worker that is killed after so many messages left the house (or before, by one)."""

    def __init__(self, channel, many: int, in_the_middle: bool = False) -> None:
        self.inner, self.left, self.in_the_middle = channel, many, in_the_middle
        self.channel = channel.channel

    def send(self, message: Outgoing) -> SendResult:
        if self.left == 0 and not self.in_the_middle:
            raise Killed
        result = self.inner.send(message)
        if self.left == 0:
            raise Killed
        self.left -= 1
        return result


class DiesButKnows(DiesAfter):
    """The same, over a channel that can say afterwards what it did."""

    def was_sent(self, message: Outgoing) -> bool:
        return self.inner.was_sent(message)


def made(url: str, many: int) -> Database:
    """A database with so many open messages, each to a person of their own."""
    database = Database(url)
    TABLES.create_all(database.engine)
    order = Order(flow="planning", kind="tell", name="planning.published", to=("school",))
    row = order_row("o", "O", 1, 0, order, date(2026, 3, 2))
    with database.writing() as connection:
        connection.execute(insert(OrderRow.__table__), row)
        people = [
            {"id": f"p{n}", "name": f"收件人{n}", "mail": "", "phone": ""} for n in range(many)
        ]
        connection.execute(insert(Person.__table__), people)
        connection.execute(insert(MESSAGES), [message(n) for n in range(many)])
    return database


def message(number: int) -> dict:
    """One message as it is placed."""
    return {
        "key": f"o#{number}/p{number}",
        "order": "o#00001.0",
        "case": "o",
        "office": "O",
        "name": "planning.published",
        "person": f"p{number}",
        "role": "school",
        "organisation": "S",
        "owed_on": date(2026, 3, 2),
        "subject": "2026年度评估计划公示",
        "text": "收件人，您好！\n计划已公示。",
        "state": "open",
        "reason": "",
        "tries": 0,
        "not_before": "",
    }


def states(database: Database) -> dict[str, int]:
    """How many messages stand in which state."""
    with database.reading() as connection:
        return dict(Counter(connection.execute(select(MESSAGES.c.state)).scalars()))


def attempts(database: Database) -> list[tuple[str, int, str]]:
    """Every attempt: message, number, state."""
    wanted = select(ATTEMPTS.c.message, ATTEMPTS.c.number, ATTEMPTS.c.state)
    with database.reading() as connection:
        found = connection.execute(wanted.order_by(ATTEMPTS.c.message, ATTEMPTS.c.number))
        return [tuple(row) for row in found]


def first(database: Database):
    """The first message's row."""
    with database.reading() as connection:
        return connection.execute(select(MESSAGES).order_by(MESSAGES.c.key)).first()
