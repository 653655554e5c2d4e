"""What the command line says of itself: its help, and what was mistyped, all of it in Chinese."""

import re
from collections.abc import Callable
from typing import Any

import typer
import typer.exceptions
from rich.table import Table
from rich.text import Text
from typer import rich_utils
from typer.core import TyperGroup

_HEADINGS = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "用法不对",
    "DEFAULT_STRING": "[默认：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "ABORTED_TEXT": "已中止。",
    "DEPRECATED_STRING": "（已停用）",
}
_TYPES = {
    "<str>": "文字",
    "<int>": "整数",
    "<int range>": "整数",
    "<float range>": "数",
    "<path>": "路径",
    "<bool>": "",
}
_Context = TyperGroup.context_class


class _Usage(_Context.formatter_class):
    """The line that shows how a command is typed."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        said = args.replace("[OPTIONS]", "[选项]").replace("COMMAND [ARGS]...", "命令 …")
        super().write_usage(prog, said, "用法：")


class _Table(Table):
    """A Chinese sentence has no spaces: it goes on in the next line and is not cut off."""

    def add_row(self, *cells: Any, **how: Any) -> None:
        while len(self.columns) < len(cells):
            self.add_column(overflow="fold")
        super().add_row(*cells, **how)

    def add_column(self, *about: Any, **how: Any) -> None:
        super().add_column(*about, **{**how, "overflow": "fold"})


def _in_chinese(parameter: Callable[..., Any]) -> Callable[..., Text]:
    def help_of(*, param: Any, **more: Any) -> Text:
        if param.name == "help":
            param.help = "显示这段说明。"
        return Text(" ").join(map(_variable, parameter(param=param, **more).renderables))

    return help_of


def _variable(said: Text) -> Text:
    """Which variable of the environment says the same: Typer names it in English."""
    if not said.plain.startswith("[env var: "):
        return said
    return Text(said.plain.replace("[env var: ", "[环境变量："), style=said.style)


def _type(shown: Text) -> Text:
    kind, _, limits = shown.plain.partition(" [")
    limits = re.sub(r"^(.*)<=x<=(.*)]$", r"，\1至\2", limits)
    limits = re.sub(r"^x>=(.*)]$", r"，至少\1", limits)
    return Text(_TYPES.get(kind, kind) + limits, style=shown.style)


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
    """Set the words of every help page, once."""
    if _Context.formatter_class is _Usage:
        return
    for name, heading in _HEADINGS.items():
        setattr(rich_utils, name, heading)
    _Context.formatter_class = _Usage
    rich_utils.Table = _Table
    rich_utils.types_highlighter = _type
    rich_utils._get_parameter_help = _in_chinese(rich_utils._get_parameter_help)


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
