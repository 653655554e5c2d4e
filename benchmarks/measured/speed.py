"""How fast is the journal, beside what the database itself can do?

Commands per second one by one and in batches of 500, on SQLite (synchronous=FULL) and PostgreSQL,
next to the bare driver writing the same rows with the same commits in the same run; the decider
alone; and the clock's sweep. Only the ratios travel from machine to machine.
"""

import argparse
import gc
import json
from collections.abc import Callable
from time import perf_counter, process_time
from typing import NamedTuple

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.measured.floor import Floor, Transaction, decisions_noted, noted
from benchmarks.measured.grounds import Ground, ground
from benchmarks.measured.sweep import ARMED, DUE, fill, sweep
from benchmarks.measured.workload import STEPS, ready, steps
from engine.journal import Entry, Journal, Recorded
from rules.case import handle

BATCH = 500
KINDS = ("sqlite", "postgres")


class Speed(NamedTuple):
    """Commands per second of the journal and of the bare driver, and rows in each command."""

    journal: float
    floor: float
    rows: float

    @property
    def of_floor(self) -> float:
        """The share of the bare driver's speed that the journal reaches."""
        return self.journal / self.floor


def groups(journal: Journal, size: int) -> list[list[Entry]]:
    """The whole work, cut into the transactions it is recorded in."""
    return [
        step[first : first + size] for step in steps(journal) for first in range(0, len(step), size)
    ]


def rehearse(ground: Ground, schools: int, size: int) -> tuple[list[Transaction], list[tuple]]:
    """Do the work once, unmeasured: what was written, and what was put to the decider."""
    database = ground.database()
    journal = ready(database, schools)
    work = groups(journal, size)
    with noted(database) as written, decisions_noted() as asked:
        for group in work:
            record(journal, group)
    assert len(written) == len(work)
    return written, asked


def record(journal: Journal, group: list[Entry]) -> None:
    """Record one transaction's commands; every one of them must be taken."""
    taken = journal.record_batch(group) if len(group) > 1 else [journal.record(group[0])]
    assert all(isinstance(one, Recorded) and one.events for one in taken)


def measure(ground: Ground, schools: int, size: int, advance: Callable) -> tuple[Speed, float]:
    """The journal and the floor on fresh databases, in turn, a slice of the work at a time, so
    that whatever else the machine does falls on both. With it what the decider alone costs."""
    written, asked = rehearse(ground, schools, size)
    decider = decide(asked)
    del asked
    journal = ready(ground.database(), schools)
    beside = ground.database()
    ready(beside, schools)
    floor = Floor(beside)
    gc.collect()
    gc.freeze()  # what the rehearsal keeps in memory is no burden of the journal's
    work = groups(journal, size)
    slice_ = max(1, len(work) // 30)
    ours = bare = 0.0
    for first in range(0, len(work), slice_):
        begun = perf_counter()
        for group in work[first : first + slice_]:
            record(journal, group)
        recorded = perf_counter()
        floor.write(written[first : first + slice_])
        bare += perf_counter() - recorded
        ours += recorded - begun
        advance(sum(map(len, work[first : first + slice_])))
    floor.close()
    commands = schools * STEPS
    rows = sum(len(s.rows) if s.many else 1 for t in written for s in t)
    return Speed(commands / ours, commands / bare, rows / commands), decider


def decide(asked: list[tuple]) -> float:
    """Microseconds of CPU of one decision: ``handle`` alone, no database."""
    begun = process_time()
    for question in asked:
        handle(*question)
    return (process_time() - begun) / len(asked) * 1e6


def main() -> None:
    """Measure, show, and print JSON where it is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.add_argument("--quick", action="store_true", help="a smaller run, within a minute")
    options = parser.parse_args()
    console = Console(stderr=options.json)
    one_by_one, batch = (20, 500) if options.quick else (300, 5000)
    speeds: dict[str, dict[str, Speed]] = {}
    sweeps: dict[str, tuple[float, float]] = {}
    decider = 0.0
    with Progress(console=console, transient=True) as progress:
        for kind in KINDS:
            with ground(kind) as made:
                task = progress.add_task(kind, total=(one_by_one + batch) * STEPS)
                speeds[kind] = {}
                for name, schools, size in (("one_by_one", one_by_one, 1), ("batch", batch, BATCH)):
                    speeds[kind][name], decider = measure(
                        made, schools, size, lambda n, task=task: progress.advance(task, n)
                    )
                task = progress.add_task(f"{kind}: sweep", total=None)
                database = made.database()
                fill(database)
                sweeps[kind] = sweep(database)
                progress.update(task, total=1, completed=1)
    show(console, speeds, decider, sweeps)
    if options.json:
        print(json.dumps(as_json(speeds, sweeps)))


def as_json(speeds: dict, sweeps: dict) -> dict:
    """The figures; the sweep's is the worse of the two databases'."""
    found = {
        kind: {
            name: {"per_s": round(speed.journal, 1), "of_floor": round(speed.of_floor, 3)}
            for name, speed in by_name.items()
        }
        for kind, by_name in speeds.items()
    }
    return {**found, "sweep": {"times_sql": round(max(a / b for a, b in sweeps.values()), 3)}}


def show(console: Console, speeds: dict, decider: float, sweeps: dict) -> None:
    """The tables people read."""
    table = Table(title="Commands per second")
    for heading in ("database", "way", "journal", "bare driver", "of the floor", "rows each"):
        table.add_column(heading, justify="left" if heading in ("database", "way") else "right")
    for kind, by_name in speeds.items():
        for name, speed in by_name.items():
            way = "one by one" if name == "one_by_one" else f"batches of {BATCH}"
            numbers = f"{speed.journal:,.0f}", f"{speed.floor:,.0f}"
            table.add_row(kind, way, *numbers, f"{speed.of_floor:.2f}", f"{speed.rows:.1f}")
    console.print(table)
    console.print(f"The decider alone: {decider:.0f} µs of CPU per command.")
    for kind, (ours, bare) in sweeps.items():
        console.print(
            f"Sweep on {kind}: {DUE:,} due of {ARMED:,} armed in {ours * 1e3:.1f} ms, "
            f"{ours / bare:.2f} times bare SQL ({bare * 1e3:.1f} ms)."
        )
