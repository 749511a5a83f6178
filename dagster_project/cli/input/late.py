"""Commands that are imported when they run, so that the help and light commands start at once.

Belongs here: the group that lists its commands without importing their modules.
Does not belong here: which commands there are (`dagster_project.cli.main`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, cast

import typer.main
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Late:
    """Where a command is, and its help in the list of commands.

    Attributes:
        place: `module:name`, of a function or a `typer.Typer`; the module is in `dagster_project.cli`.
        help: the first line of the function's docstring, or the help of the `typer.Typer`.
    """

    place: str
    help: str

    def imported(self, name: str) -> Any:
        """Import the module; return the command with this name."""
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(f"dagster_project.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = name
            return group
        app = typer.Typer(add_completion=False)
        app.command(name)(found)
        return typer.main.get_command(app)


class LateGroup(TyperGroup):
    """A group whose commands are in other modules; subclasses give the table of them."""

    late: ClassVar[Mapping[str, Late]]

    def __init__(self, **attributes: Any) -> None:
        """Take the attributes of a group; its commands are those of the table."""
        super().__init__(**attributes)
        self.commands = cast(Any, _Commands(self.late))  # never added to

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands, in the order of the table."""
        return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return what help and completion show of a command: its name and help."""
        return TyperCommand(cmd_name, help=self.late[cmd_name].help) if cmd_name in self.late else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the imported command and its arguments."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and self.commands[name], rest


class _Commands(Mapping[str, Any]):
    """The commands by name; each is imported when it is first taken."""

    def __init__(self, late: Mapping[str, Late]) -> None:
        self._late = late
        self._imported: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._imported:
            self._imported[name] = self._late[name].imported(name)
        return self._imported[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._late)

    def __len__(self) -> int:
        return len(self._late)
