"""`dudao letters draft`: the letters of one kind of a whole round, drafted now."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Row

from documents.catalogue import LETTERS
from dudao.commands.log import looking_back
from dudao.commands.places import Db, Home
from dudao.commands.trouble import explained
from dudao.drafting import HELD, Round, WorkerGone, draft_round
from engine.owed_letters import Owed, Owing, owing, round_of, rounds
from engine.shelf import Shelf
from tasks.drafting import DRAFTED, FAILED, TOUCHED, UNCHANGED, Came

# Why a letter is left alone, by its state.
LEFT = {
    "edited": "已修改",
    "checked": "已核稿",
    "issued": "已印发或归档",
    "withdrawn": "已撤回",
    "superseded": "已由新件替代",
}
DRAFTABLE = ("open", "failed", "done")  # orders; others a person has dealt with


class Plan(NamedTuple):
    """What there is to do: of which round, the letters owed, and those that are left alone, by
    why."""

    round: Row
    owing: Owing
    letters: list[Owed]
    left: Counter[str]


def draft_letters(
    kind: Annotated[
        str,
        typer.Option("--kind", help="文书种类，如 opinion_letter 或 督评意见书", metavar="种类"),
    ],
    round_: Annotated[
        str,
        typer.Option("--round", help="轮次，如 SLX-DD/shaanxi-316/2026 或 2026", metavar="轮次"),
    ],
    again: Annotated[
        bool, typer.Option("--again", help="还没有人动过的，按现行模板重新起草")
    ] = False,
    processes: Annotated[
        int, typer.Option("--processes", help="进程数，默认按处理器和文书数定", min=0, max=64)
    ] = 0,
    database: Db = "",
    home: Home = Path("var"),
) -> None:
    """起草一轮中一种文书：该起草而没有的，文件不见了的；中断后再运行即可接着办。"""
    kind = _kind(kind)
    url = database or str(home / "dudao.db")
    plan = _plan(kind, round_, url)
    at = datetime.now(UTC)
    came: list[Came] = []
    with explained(f"文件夹 {home} ", url, WorkerGone):
        work = draft_round(Round(home, url, at, again), plan.letters, processes)
        try:
            with _bar(LETTERS[kind].title, len(plan.letters)) as advance:
                for some in work:
                    came += some
                    advance(len(some))
        finally:
            _tell(kind, plan, came)
    if any(one.came == FAILED for one in came):
        raise typer.Exit(1)


def _kind(asked: str) -> str:
    found = [key for key, letter in LETTERS.items() if asked in (key, letter.title)]
    if not found:
        known = "、".join(f"{key}（{letter.title}）" for key, letter in LETTERS.items())
        _cannot(f"没有“{asked}”这种文书。有：{known}。")
    return found[0]


def _plan(kind: str, asked: str, url: str) -> Plan:
    with looking_back(url) as connection:
        row = round_of(connection, asked)
        if row is None:
            known = "、".join(rounds(connection)) or "还没有开启过轮次"
            _cannot(f"没有轮次“{asked}”，或者不止一个，请写全。有：{known}。")
        found = owing(connection, Shelf(), row, kind)
    if found is None:
        _cannot(f"轮次{row.id}的流程没有{LETTERS[kind].title}。")
    letters, left = [], Counter[str]()
    for one in found.letters:
        if one.letter not in ("", "drafted"):
            left[LEFT[one.letter]] += 1
        elif one.received:
            left["收件单位已签收"] += 1
        elif one.state not in DRAFTABLE:
            left["已注明不办或结果不明"] += 1
        else:
            letters.append(one)
    return Plan(row, found, letters, left)


@contextmanager
def _bar(title: str, whole: int) -> Iterator:
    """Progress on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(f"起草{title}", total=whole)
        yield lambda done: bar.advance(task, done)


def _tell(kind: str, plan: Plan, came: list[Came]) -> None:
    counted = Counter(one.came for one in came)
    typer.echo(f"{LETTERS[kind].title}（{plan.round.id}）：起草{counted[DRAFTED]}份。")
    for words, number in (
        ("已经起草、没有变化的{}份。", counted[UNCHANGED]),
        ("刚刚有人办理，没有改动的{}份。", counted[TOUCHED]),
        ("正由督导服务或另一个进程办理的{}份，稍后可再运行一次核对。", counted[HELD]),
        ("没有办完的{}份，重新运行可接着办。", len(plan.letters) - len(came)),
        ("还没有到起草时候的案卷{}个。", plan.owing.ahead),
        ("已经结束、没有这种文书的案卷{}个。", plan.owing.without),
    ):
        if number:
            typer.echo(words.format(number))
    if plan.left:
        told = "、".join(f"{why}{number}份" for why, number in sorted(plan.left.items()))
        typer.echo(f"不再改动的{plan.left.total()}份：{told}。")
    names = {one.claimed.id: f"{one.name}（{one.claimed.id}）" for one in plan.letters}
    failed = [one for one in came if one.came == FAILED]
    if failed:
        typer.echo(f"没有办成的{len(failed)}份：")
    for one in sorted(failed):
        typer.echo(f"  {names[one.order]}：{one.why}")


def _cannot(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(2) from None
