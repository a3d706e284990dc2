"""What the user asked for, once the command line is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scims_backup.settings.model import Flags, Needs


@dataclass(frozen=True)
class Output:
    """How to answer. json: one JSON value on standard output; debug: tracebacks of unforeseen failures."""

    json: bool = False
    quiet: bool = False
    debug: bool = False


@dataclass(frozen=True)
class Request:
    """One command. command: a module of cli.commands; arguments: for its `run`."""

    command: str
    needs: Needs = field(default_factory=Needs)
    flags: Flags = field(default_factory=Flags)
    output: Output = field(default_factory=Output)
    arguments: Mapping[str, Any] = field(default_factory=dict)
