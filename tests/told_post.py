"""A ledger of several people and days, and a post of two channels to this machine."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, update

from engine.library import shipped_calendar
from models.database import Database
from models.people import Person
from notifications.channel_settings import Channels
from notifications.delivery import deliver
from notifications.outbox import Outbox
from notifications.post import Post
from rules.days import Calendar
from tests.chat_platforms import HOOK, HOOK_SECRET
from tests.told_ledger import MESSAGES, made, message

SECRET = b"of this house"
CALENDAR = shipped_calendar()


def calendar_of(office: str) -> Calendar:
    """Every office's: the one that is shipped."""
    return CALENDAR


def shanghai(text: str) -> datetime:
    """An instant by the clock on the wall."""
    return (datetime.fromisoformat(text) - timedelta(hours=8)).replace(tzinfo=UTC)


def ledger(url: str, people: int, each: int, first: date = date(2026, 3, 2)) -> Database:
    """So many people with so many messages each, a day apart."""
    database = made(url, people)
    table = Person.__table__
    with database.writing() as connection:
        connection.execute(update(table).values(mail=table.c.id + "@school.test"))
        connection.execute(MESSAGES.delete())
        rows = [
            message(person)
            | {
                "key": f"o#{day:02d}/p{person}",
                "owed_on": first + timedelta(days=day),
                "subject": f"学校{day}：到期提醒",
                "name": "self_assessment.reminder",
            }
            for person in range(people)
            for day in range(each)
        ]
        connection.execute(insert(MESSAGES), rows)
    return database


def post(folder: Path, port: int, hook: str = "", **policy: object) -> Post:
    """Mail, then (where it is there) a webhook."""
    mail = {"kind": "mail", "host": "127.0.0.1", "port": port, "security": "none"}
    channels = [{**mail, "sender": "dudao@edu.test", "timeout": 0.5}]
    if hook:
        channels.append({"kind": "webhook", "url": hook + HOOK, "secret": HOOK_SECRET})
    given = {"channel": channels, "portal": "https://dudao.test", "policy": policy}
    return Post(Channels.model_validate(given), Outbox(folder), calendar_of, SECRET)


def live(database: Database, sender: Post, first: str, hours: int) -> Counter[str]:
    """Deliveries every half hour."""
    done: Counter[str] = Counter()
    for step in range(2 * hours):
        done += deliver(database, sender, "O", shanghai(first) + timedelta(minutes=30) * step)
    return done


def text(letter) -> str:
    return letter.get_body(("plain",)).get_content().replace("\r\n", "\n")
