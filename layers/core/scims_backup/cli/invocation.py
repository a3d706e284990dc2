"""How the program was called: known before any command is loaded."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scims_backup.runtime.logs import Redactor

if TYPE_CHECKING:
    from scims_backup.bootstrap.engines import Registry


AS_MODULE = (sys.executable, "-P", "-m", "scims_backup.cli.main")
"""Starts the program that comes with this package; -P: the working directory is no place to import from."""


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
class Invocation:
    """What the program was given by those who called it; every command can reach it.

    environment: its variables
    redactor: hides secrets in everything that is written
    engines: the kinds of sources that the program knows; None for those that come with it
    program: what starts the program again, for another source
    """

    environment: Mapping[str, str]
    redactor: Redactor
    engines: Registry | None = None
    program: Sequence[str] = AS_MODULE

    @property
    def wants_json_logs(self) -> bool:
        """Whether standard error gets one JSON object per line."""
        return self.environment.get("SCIMS_LOG") == "json"

    def wants_tracebacks(self, output: Output) -> bool:
        """Whether standard error gets tracebacks of failures."""
        return output.debug or self.environment.get("SCIMS_DEBUG") == "1"
