"""What the demo shows at its end: a table of the stages, ten dates explained, where papers lie."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from sqlalchemy import Connection, select

from engine.shelf import Shelf
from models.cases import Case
from models.deadlines import DeadlineRow
from models.organisations import Organisation
from rules.definition import KINDS
from rules.process import Process
from rules.reckoning import Reckoning

_CASES, _DEADLINES, _ORGANISATIONS = Case.__table__, DeadlineRow.__table__, Organisation.__table__


def stage_table(process: Process, summary: dict[str, Any]) -> Table:
    """The stages in the definition's order, in Chinese and English, with how many went through."""
    table = Table(title=f"{process.definition.title}：各环节")
    for heading in ("环节", "stage", "范围", "进入", "完成"):
        table.add_column(heading, justify="right" if heading in ("进入", "完成") else "left")
    for stage in process.definition.stages:
        passed = summary["stages"].get(stage.id, {"entered": 0, "left": 0})
        scope = "整轮" if stage.of == "round" else "每校"
        table.add_row(
            stage.title,
            stage.id.replace("_", " "),
            scope,
            str(passed["entered"]),
            str(passed["left"]),
        )
    return table


class Instructive:
    """Dates worth reading: each shows something the others do not."""

    def __init__(self, connection: Connection, shelf: Shelf) -> None:
        self.connection = connection
        self.shelf = shelf

    def ten(self) -> list[tuple[str, str]]:
        """Ten deadlines as (whose and what, why that day), the richest of each sort first."""
        best: dict[tuple, tuple[int, Any, Reckoning]] = {}
        for row in self.connection.execute(self._rows()):
            reckoning = Reckoning.model_validate_json(row.reckoning)
            if row.key == "round/ends" or row.key.endswith("/opens"):
                continue
            sort, worth = _sort(row.key, reckoning)
            if sort not in best or worth > best[sort][0]:
                best[sort] = (worth, row, reckoning)
        chosen = sorted(best.values(), key=lambda found: -found[0])[:10]
        return [
            (self._whose(row), reckoning.in_chinese())
            for _, row, reckoning in sorted(chosen, key=lambda found: found[1].due_on)
        ]

    def _rows(self) -> Any:
        return (
            select(_DEADLINES, _CASES.c.definition, _ORGANISATIONS.c.name)
            .join(_CASES, _CASES.c.id == _DEADLINES.c.case)
            .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
            .order_by(_DEADLINES.c.case, _DEADLINES.c.seq)
        )

    def _whose(self, row: Any) -> str:
        process = self.shelf.process(self.connection, row.definition)
        stage, _, rest = row.key.partition("/")
        name = rest.partition("/")[0]
        rule = KINDS[process.stages[stage].kind].deadlines[name]
        return f"{row.name} · {rule.title}（{row.due_on}）"


def _sort(key: str, reckoning: Reckoning) -> tuple[tuple, int]:
    """What a date shows, and how much of it: the sort by its clause's name and what happened."""
    shows = (
        bool(reckoning.makeup),
        bool(reckoning.off),
        reckoning.rolled_from is not None,
        "before" in reckoning.clause,
        reckoning.provisional,
    )
    worth = sum(shows) * 10 + len(reckoning.makeup) * 3 + len(reckoning.off)
    return (key.split("/")[1], *shows), worth


def figures(summary: dict[str, Any]) -> Iterator[str]:
    """The year in a few lines of Chinese."""
    due, found = summary["deadlines"], summary["issues"]
    yield (
        f"学校{summary['schools']}所，列入评估{summary['selected']}所；"
        f"事件{summary['events']}条，未获准的操作{summary['refused']}次。"
    )
    yield (
        f"期限：按期{due['met']}项，逾期{due['missed']}项，撤销{due['cancelled']}项，"
        f"其中暂定{due['provisional']}项。"
    )
    yield (
        f"问题：提出{found['raised']}个，销号{found['closed']}个，重新整改{found['reopened']}次，"
        f"未完成{found['open']}个。"
    )
    grades = "，".join(f"{grade}等{count}所" for grade, count in summary["grades"].items())
    yield f"等级：{grades or '无'}。"
    yield f"消息{sum(summary['messages'].values())}条，文书{sum(summary['letters'].values())}份。"
    yield f"日志摘要：{summary['log_digest']}"
