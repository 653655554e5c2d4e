"""The clock's sweep: a million armed deadlines, a thousand of them due, found by the product's
query and by bare SQL through the driver."""

from datetime import date
from time import perf_counter

from sqlalchemy import text

from benchmarks.measured.floor import Floor
from engine.deadlines import PAGE, due_pages
from models.database import Database

ARMED, DUE = 1_000_000, 1_000
TODAY = date(2026, 3, 2)

# Every thousandth is due (over the last ten days), the others within the coming year.
_FILL = """
INSERT INTO deadlines
  ("case", seq, key, office, who, due_on, next_on, state, missed, level, provisional, reckoning)
SELECT 'O/measured/2026/S' || (1000000 + n), 3, 'report/submit', 'O', 'school', {day}, {day},
       'armed', false, 0, false, '{{"clause":"30 working days after round.opened"}}'
FROM {numbers}
"""
_SQLITE = {
    "day": "date('2026-03-02', CASE WHEN n % 1000 = 0 THEN (-(n / 1000) % 10) || ' days'"
    " ELSE '+' || (1 + n % 365) || ' days' END)",
    "numbers": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {most})"
    " SELECT n FROM c)",
}
_POSTGRES = {
    "day": "date '2026-03-02' + CASE WHEN n % 1000 = 0 THEN -(n / 1000) % 10 ELSE 1 + n % 365 END",
    "numbers": "generate_series(1, {most}) AS n",
}
_BARE = """
SELECT "case", key, next_on, office, seq FROM deadlines
WHERE state = 'armed' AND next_on <= {today} ORDER BY next_on, "case", seq
"""


def fill(database: Database, armed: int = ARMED) -> None:
    """Arm the deadlines, one for each of as many cases."""
    words = _SQLITE if database.sqlite else _POSTGRES
    numbers = words["numbers"].format(most=armed)
    with database.writing() as connection:
        # The sweep does not use it, and filling takes less without.
        connection.execute(text("DROP INDEX deadlines_of_key"))
        connection.execute(text(_FILL.format(day=words["day"], numbers=numbers)))
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("ANALYZE deadlines"))


def sweep(database: Database, times: int = 60) -> tuple[float, float]:
    """Seconds of one sweep by the product and by bare SQL, the best of many taken in turn:
    whatever else the machine does only adds.

    Both on connections of their own: the one that filled the table holds half of it in memory.
    """
    floor, swept = Floor(database), Database(database.url)
    sql = _BARE.format(today="?" if database.sqlite else "%s")
    today = TODAY.isoformat() if database.sqlite else TODAY
    ours, bare = [], []
    for _ in range(times):
        begun = perf_counter()
        pages = list(due_pages(swept, TODAY))
        found = perf_counter()
        rows = floor.connection.execute(sql, (today,)).fetchall()
        floor.connection.rollback()
        bare.append(perf_counter() - found)
        ours.append(found - begun)
        assert sum(map(len, pages)) == len(rows) == DUE <= PAGE
    floor.close()
    swept.close()
    return min(ours), min(bare)
