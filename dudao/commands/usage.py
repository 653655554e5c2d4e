"""What the command line says of itself: headings of its help, and Chinese for what was mistyped."""

from collections.abc import Callable
from typing import Any

import typer
import typer.exceptions
from typer import rich_utils

_HEADINGS = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "用法不对",
    "DEFAULT_STRING": "[默认：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "ABORTED_TEXT": "已中止。",
}


def _named(error: Any) -> str:
    """The option or argument an error is about, as it is typed."""
    if error.param_hint:
        hints = [error.param_hint] if isinstance(error.param_hint, str) else error.param_hint
        return "、".join(str(hint).strip("'\"") for hint in hints)
    return str(error.param.get_error_hint()).strip("'\"") if error.param else ""


# By name of the error: Typer keeps their classes to itself.
_SAID: dict[str, Callable[[Any], str]] = {
    "MissingParameter": lambda error: f"还缺少“{_named(error)}”。",
    "BadParameter": lambda error: f"“{_named(error)}”的值不合要求，请核对。",
    "NoSuchOption": lambda error: f"没有“{error.option_name}”这个选项。",
    "BadOptionUsage": lambda error: f"选项“{error.option_name}”后面还缺少它的值。",
}


def _other(error: Any) -> str:
    quoted = error.format_message().partition("'")[2].rpartition("'")[0]
    if error.format_message().startswith("No such command"):
        return f"没有“{quoted}”这个命令。"
    return "多写了或少写了内容，命令无法识别。"


def speak_chinese() -> None:
    """Set the headings of every help page."""
    for name, heading in _HEADINGS.items():
        setattr(rich_utils, name, heading)


def run(app: typer.Typer) -> int:
    """Run the command typed; its exit code. Mistyped, it says in Chinese what was: 2."""
    speak_chinese()
    try:
        return app(prog_name="dudao", standalone_mode=False) or 0
    except typer.Abort:
        typer.echo("已中止。", err=True)
        return 1
    except typer.exceptions.TyperException as error:  # the ancestor of every usage error
        if type(error).__name__ == "NoArgsIsHelpError":  # the help it asks for has been printed
            return 2
        said = _SAID.get(type(error).__name__, _other)(error)
        path = error.ctx.command_path if error.ctx else "dudao"
        typer.echo(f"{said}用法见：{path} --help", err=True)
        return 2
