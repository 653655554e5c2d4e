"""`dudao letters draft` as an office meets it: what it says and answers, and how it goes on after a
process was killed."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from dudao.drafting import Round, WorkerGone, draft_round
from models.organisations import Organisation
from tasks.drafting import Came
from tests.demo_runs import KILLED, killed_after
from tests.portal_people import live_until
from tests.round_letters import AT, END, KIND, ROUND, Desk
from tests.template_files import with_header, with_paragraph
from tests.test_commands import run

_ORGANISATIONS = Organisation.__table__


@pytest.fixture(scope="module")
def lived(lived_until: Callable[..., Path]) -> Path:
    return lived_until(END, schools=6)


@pytest.fixture
def desk(lived: Path, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.at(lived, tmp_path / "home")
    yield desk
    desk.database.close()


def ask(desk: Desk, *more: object) -> tuple[int, str]:
    return run("letters", "draft", "--kind", KIND, "--round", ROUND, "--home", desk.home, *more)


# -- what it says --------------------------------------------------------------------------------


def test_it_says_what_was_drafted_and_what_was_left(desk: Desk) -> None:
    rows, files = desk.rows(), desk.files()
    desk.take_away(rows[0].order)
    desk.change(rows[1].order, state="checked", text=rows[1].sha256)
    desk.change(rows[2].order, received_at="2026-12-30T01:00:00+00:00", received_by="H0001")
    code, said = ask(desk)
    assert code == 0 and desk.files() == files
    assert said.startswith(f"整改通知书（{ROUND}）：起草1份。\n")
    assert f"已经起草、没有变化的{len(rows) - 3}份。" in said
    assert "不再改动的2份：已核稿1份、收件单位已签收1份。" in said
    code, said = ask(desk, "--again")
    assert code == 0 and f"没有变化的{len(rows) - 2}份" in said
    desk.adopt(with_header("示例县教育督导"))
    code, said = ask(desk, "--again", "--processes", 2)
    assert code == 0 and f"：起草{len(rows) - 2}份。" in said


def test_a_school_that_fails_is_named_with_its_reason_and_the_others_go_on(desk: Desk) -> None:
    rows = desk.rows()
    name = next(one.name for one in desk.owed() if one.claimed.id == rows[0].order)
    desk.take_away(*(row.order for row in rows))
    desk.adopt(with_paragraph(f'{{% if "{name}" in title %}}{{{{ 1 // 0 }}}}{{% endif %}}'))
    code, said = ask(desk)
    assert code == 1 and "没有办成的" in said
    assert f"  {name}（{rows[0].order}）：文书未能生成：模板中的标签在渲染时出错" in said
    assert len(desk.rows()) > 0 and f"起草{len(desk.rows())}份" in said


def test_in_may_some_letters_are_not_due_yet(tmp_path: Path) -> None:
    live_until(tmp_path / "may", date(2026, 5, 12), schools=6)
    asked = ("letters", "draft", "--round", "2026", "--home", tmp_path / "may", "--kind")
    code, said = run(*asked, "follow_up_report")
    assert code == 0 and "起草0份" in said and "还没有到起草时候的案卷6个。" in said
    assert run(*asked, "自评手册")[1].splitlines()[1] == "已经起草、没有变化的6份。"
    code, said = run(*asked, "年度通报")
    assert code == 0 and "还没有到起草时候的案卷1个。" in said


def test_what_it_cannot_do_it_says_in_chinese(desk: Desk, tmp_path: Path) -> None:
    home = ("--home", desk.home)
    for arguments, why in (
        (("--kind", "nothing", "--round", ROUND, *home), "没有“nothing”这种文书。有："),
        (
            ("--kind", KIND, "--round", "2031", *home),
            f"请写全。有：{ROUND}。",
        ),
        (("--kind", "视导通报", "--round", ROUND, *home), "的流程没有视导通报"),
        (("--kind", KIND, "--round", ROUND, "--home", tmp_path / "none"), "没有找到数据库"),
    ):
        code, said = run("letters", "draft", *arguments)
        assert code == 2 and why in said, said


# -- killed --------------------------------------------------------------------------------------


def _one_run(home: Path, url: str, transactions: int) -> None:
    desk = Desk(home, url)
    with killed_after(transactions):
        desk.draft()


def test_killed_again_and_again_it_ends_with_the_same_files(
    lived: Path, tmp_path: Path, database_url: str
) -> None:
    """Each run dies in the middle of a transaction, before its commit or after it."""
    desk = Desk.at(lived, tmp_path / "copy", database_url)
    rows, files = desk.rows(), desk.files()
    desk.take_away(*(row.order for row in rows))
    whole = set(files.values())
    children = multiprocessing.get_context("forkserver")
    children.set_forkserver_preload(["tests.round_letters"])
    for transactions in (1, 2, 3, 4, 5, 1000):
        child = children.Process(target=_one_run, args=(desk.home, desk.url, transactions))
        child.start()
        child.join()
        left = {name: hashed for name, hashed in desk.files().items() if not name.endswith(".part")}
        assert set(left.values()) <= whole, "a file that is there is whole"
        if child.exitcode != KILLED:
            break
    assert child.exitcode == 0 and (left, desk.rows()) == (files, rows)
    assert desk.states() == {"done"}
    desk.database.close()


def test_where_a_process_is_killed_the_others_work_is_kept_and_it_is_said(desk: Desk) -> None:
    rows, files = desk.rows(), desk.files()
    desk.take_away(*(row.order for row in rows))
    round_, came = Round(desk.home, desk.url, AT, False), list[Came]()
    with pytest.raises(WorkerGone, match="重新运行同一命令可接着办"):
        for some in draft_round(round_, desk.owed() * 40, processes=2):
            came += some
            for child in multiprocessing.active_children():
                os.kill(child.pid, signal.SIGKILL)
    assert came
    assert {one.came for one in desk.draft().values()} <= {"drafted", "unchanged"}
    assert (desk.rows(), desk.files(), desk.states()) == (rows, files, {"done"})


PARENT = """
import os, signal, sys
from pathlib import Path
from tests.round_letters import AT, Desk
from dudao.drafting import Round, draft_round

if __name__ == "__main__":
    desk = Desk(Path(sys.argv[1]), sys.argv[2])
    for some in draft_round(Round(desk.home, desk.url, AT, False), desk.owed() * 40, processes=2):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_where_the_command_itself_is_killed_its_processes_end_with_it(
    desk: Desk, tmp_path: Path
) -> None:
    """They hold the other end of its output: it closes when the last of them is gone."""
    rows, files = desk.rows(), desk.files()
    desk.take_away(*(row.order for row in rows))
    program = tmp_path / "parent.py"
    program.write_text(PARENT, "utf-8")
    command = [sys.executable, program, desk.home, desk.url]
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        command, capture_output=True, timeout=120, env={**os.environ, "PYTHONPATH": root}
    )
    assert done.returncode == KILLED, done.stderr
    assert set(desk.draft().values()) and (desk.rows(), desk.files()) == (rows, files)
