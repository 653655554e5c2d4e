"""A command's module, read when the command is called and not before."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

Where = Mapping[str, tuple[str, str]]


def by_name(where: Where) -> type[TyperGroup]:
    """A group of commands: for each name where in `dudao.commands` it is found (``module.it``: a
    function, or a Typer of its own), and the line that the list of commands shows."""

    class ByName(TyperGroup):
        def __init__(self, **more: Any) -> None:
            super().__init__(**more)
            self.commands = _Commands(where)

        def list_commands(self, ctx: typer.Context) -> list[str]:
            return list(where)

        def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | None:
            """What stands in the list."""
            return TyperCommand(cmd_name, help=where[cmd_name][1]) if cmd_name in where else None

        def resolve_command(self, ctx: typer.Context, args: list[str]):
            """What is run."""
            name, found, rest = super().resolve_command(ctx, args)
            return name, found and self.commands[name], rest

    return ByName


class _Commands(Mapping[str, TyperCommand | TyperGroup]):
    def __init__(self, where: Where) -> None:
        self._where = where

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        return _read(name, self._where[name][0])

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)


@cache
def _read(name: str, where: str) -> TyperCommand | TyperGroup:
    module, _, attribute = where.partition(".")
    found = getattr(import_module(f"dudao.commands.{module}"), attribute)
    if isinstance(found, typer.Typer):
        return get_group(found)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return get_command(alone)
