"""What the user typed, and what the program runs in: two values that reach every command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scims_backup.observability import Redactor
from scims_backup.settings.model import Flags, Needs

if TYPE_CHECKING:
    from scims_backup.cli.answer import Answer
    from scims_backup.cli.session import Session


@dataclass(frozen=True)
class Surroundings:
    """What the program runs in.

    environment: its variables
    redactor: hides secrets in all that is written
    """

    environment: Mapping[str, str]
    redactor: Redactor

    @property
    def wants_json_logs(self) -> bool:
        """Whether standard error is for programs: one JSON object per line."""
        return self.environment.get("SCIMS_LOG") == "json"


@dataclass(frozen=True)
class Output:
    """How to answer.

    json: one JSON value on standard output
    quiet: no progress
    debug: tracebacks of failures
    """

    json: bool = False
    quiet: bool = False
    debug: bool = False


@dataclass(frozen=True)
class Request:
    """One command as it was typed.

    run: does the work
    needs: which settings the command needs
    flags: options that stand for settings
    output: how to answer
    """

    run: Callable[[Session], Answer]
    needs: Needs = field(default_factory=Needs)
    flags: Flags = field(default_factory=Flags)
    output: Output = field(default_factory=Output)
