"""Several workers deliver at once: each message goes out once, and many cost few commits."""

import multiprocessing
import threading
from pathlib import Path

from sqlalchemy import event as happening

from models.database import Database
from notifications.delivery import BATCH, deliver
from notifications.outbox import Outbox
from tests.told_ledger import NOON, Channel, attempts, made, states


def test_two_threads_at_once_send_each_message_once(database_url, tmp_path):
    database, channels = made(database_url, 430), [Channel(), Channel()]
    workers = [
        threading.Thread(target=deliver, args=(database, channel, "O", NOON))
        for channel in channels
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    deliver(database, channels[0], "O", NOON)  # what one had locked while the other looked
    sent = channels[0].sent + channels[1].sent
    assert sorted(sent) == sorted(f"o#{n}/p{n}" for n in range(430))
    assert states(database) == {"sent": 430}
    assert len(attempts(database)) == 430
    database.close()


def test_two_processes_at_once_send_each_message_once(database_url, tmp_path):
    database = made(database_url, 430)
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=in_a_process, args=(database_url, tmp_path / str(n))) for n in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    deliver(database, Outbox(tmp_path / "0"), "O", NOON)
    pages = [path.read_text("utf-8") for path in tmp_path.rglob("*.txt")]
    numbers = [line for page in pages for line in page.split("\n") if "消息编号" in line]
    assert len(numbers) == len(set(numbers)) == 430
    assert states(database) == {"sent": 430}
    assert len(attempts(database)) == 430
    database.close()


def in_a_process(url: str, folder: Path) -> None:
    """A worker of its own, as another machine would run it."""
    database = Database(url)
    deliver(database, Outbox(folder), "O", NOON)
    database.close()


def test_many_messages_cost_few_commits(database_url):
    database = made(database_url, 500)
    commits = []
    happening.listen(database.engine, "commit", lambda connection: commits.append(1))
    assert deliver(database, Channel(), "O", NOON) == {"sent": 500}
    assert len(commits) <= 2 * 500 / BATCH + 2
    database.close()
