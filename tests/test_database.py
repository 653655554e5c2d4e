"""Many at once: whoever holds a snapshot gets to write, however many others do the same."""

import threading

from sqlalchemy import text

from models.creation import create
from models.database import Database


def test_a_hundred_pages_that_read_and_then_write_do_not_wait_for_each_other(
    database_url: str,
) -> None:
    database = Database(database_url)
    create(database)
    together = threading.Barrier(12)  # fewer than PostgreSQL's readers
    written = []

    def page(number: int) -> None:
        for turn in range(9):
            with database.reading() as connection:
                connection.execute(text("SELECT count(*) FROM people")).scalar()
                together.wait(20)
                with database.writing() as writer:
                    writer.execute(
                        text("INSERT INTO people (id, name, mail, phone) VALUES (:id, '', '', '')"),
                        {"id": f"{number}-{turn}"},
                    )
                written.append(number)

    pages = [threading.Thread(target=page, args=(n,)) for n in range(12)]
    for one in pages:
        one.start()
    for one in pages:
        one.join(60)
    database.close()
    assert len(written) == 108
