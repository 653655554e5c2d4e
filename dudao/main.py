"""The command `dudao`: where the parts are wired together, and the only place besides flows and
portal that reads the clock."""

import sys

import typer

from dudao.commands import days, demo, founding, log, process, serving, usage

app = typer.Typer(
    name="dudao",
    help="督导：学校督导评估流程引擎。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(days.app, name="days")
app.add_typer(process.app, name="process")
app.command("demo")(demo.demo)
app.command("found")(founding.found)
app.command("serve")(serving.serve)
app.command("verify")(log.verify_log)
app.command("check")(log.check_cases)
app.command("replay")(log.replay_log)
app.command("export")(log.export_log)
app.command("checkpoint")(log.checkpoint_log)


def main() -> None:
    """Run the command; Chinese on a terminal that speaks another encoding is still written."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(usage.run(app))


if __name__ == "__main__":
    main()
