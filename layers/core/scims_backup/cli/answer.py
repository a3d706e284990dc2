"""What a command answers; it is written once the command has ended, and its progress with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scims_backup.cli.exits import Exit

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Answer:
    """The result of a command.

    document: for scripts, as one JSON value (docs/cli.md)
    write: writes it for people
    code: the exit code
    """

    document: object
    write: Callable[[Console], None]
    code: Exit = Exit.DONE
