"""Commands that are loaded when they are typed: to list all of them takes only their names and summaries."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from scims_backup.cli.request import Request

MARKUP: Literal["rich"] = "rich"
HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}

Command = Callable[..., "Request"]
"""Its parameters are the command's own options. It returns what was typed, and does nothing yet."""


@dataclass(frozen=True)
class Entry:
    """A command in the catalogue.

    name: what the user types
    summary: what it does, in one sentence
    load: imports its module
    """

    name: str
    summary: str
    load: Callable[[], Command]


class Catalogue:
    """Commands in the order in which the help lists them."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, load: Callable[[], Command]) -> Callable[[], Command]:
        """Add a command under the name of `load`; the docstring of `load` is its summary."""
        self._entries.append(Entry(load.__name__.rstrip("_"), inspect.getdoc(load) or "", load))
        return load

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)


class LazyCommand(TyperCommand):
    """Stands for a command until it is typed."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(name=entry.name, help=entry.summary, rich_markup_mode=MARKUP)
        self._entry = entry

    def make_context(self, *arguments: Any, **extra: Any) -> Any:  # noqa: ANN401  types that typer keeps private
        """Load the command, which then reads its own options and those of every command."""
        from scims_backup.cli.options import with_common_options  # noqa: PLC0415  not to list commands

        app = typer.Typer(add_completion=False, rich_markup_mode=MARKUP, context_settings=HELP_OPTIONS)
        app.command(self._entry.name, help=self._entry.summary)(with_common_options(self._entry.load()))
        return typer.main.get_command(app).make_context(*arguments, **extra)
