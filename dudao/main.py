"""The command `dudao`: where the parts are wired together, and the only place besides flows and
portal that reads the clock."""

import sys

import typer

from dudao.commands import called, usage

# Each command's module (and what in it), and what the list of commands says of it. A module is
# read when its command is called: none waits for the others' rooms, or fails with them.
COMMANDS = {
    "demo": ("demo.demo", "在示例县把一年的督导评估从头走到尾（模拟时间，真实流程）。"),
    "found": ("founding.found", "建立督导机构和第一个登录名；其余单位和人员登录后用 Excel 导入。"),
    "serve": (
        "serving.serve",
        "启动督导服务：门户、流程服务器、执行器、全部部署和时钟，Ctrl-C 停止。",
    ),
    "upgrade": (
        "upgrading.upgrade",
        "把旧版本程序的数据库升级到本程序的版本，已有数据不变；请先备份。",
    ),
    "verify": (
        "log.verify_log",
        "校验事件日志是否被改动；有校验点时，之前的任何改动都能查出。",
    ),
    "check": ("log.check_cases", "查找停滞的案卷、无人负责的事项和未完成的工作。"),
    "replay": ("log.replay_log", "按事件日志重建每个案卷并逐一比对。"),
    "export": ("log.export_log", "导出事件日志（每行一个 JSON 事件）到标准输出。"),
    "checkpoint": ("log.checkpoint_log", "生成校验点到标准输出；请另处保存。"),
    "days": ("days.app", "工作日推算，录入放假安排，说明期限的来由。"),
    "letter": ("letter.app", "文书的来源追溯与核对。"),
    "letters": ("letters.app", "整轮起草文书，整理一校一档。"),
    "notify": ("notify.app", "消息：试发一条，或查看今后要发的。"),
    "process": ("process.app", "流程定义的检查与查看。"),
}

app = typer.Typer(
    name="dudao",
    cls=called.by_name(COMMANDS),
    help="督导：学校督导评估流程引擎。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def dudao() -> None:
    """督导：学校督导评估流程引擎。"""


def main() -> None:
    """Run the command; Chinese on a terminal that speaks another encoding is still written."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(usage.run(app))


if __name__ == "__main__":
    main()
