"""Running the program as its users do: as a process of its own, or within the tests' for a quick answer."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

from scims_backup.bootstrap.engines import Registry
from scims_backup.cli.main import run

PROGRAM = Path(sys.executable).with_name("scims-backup")


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Cli:
    """The program with its environment.

    engines: the kinds of sources that it knows within this process; None for its own.
    command: how it is started as a process.
    """

    environment: Mapping[str, str]
    engines: Registry | None = None
    command: Sequence[str] = (str(PROGRAM),)

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run one command to its end within this process; environment is added for this run.

        It does what the program does once Python has started, which takes longer than most commands.
        """
        out, err = StringIO(), StringIO()
        with (
            mock.patch.dict(os.environ, {**self.environment, **environment}),
            _own_logging(),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = run(arguments, dict(os.environ), self.engines)
        return Ended(code, out.getvalue(), err.getvalue())

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start one command as a process of its own and leave it running."""
        return subprocess.Popen(
            [*self.command, *arguments],
            env={**os.environ, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@dataclass(frozen=True)
class Program(Cli):
    """The installed program: every run is a process of its own."""

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run one command to its end; environment is added for this run."""
        with self.start(*arguments, **environment) as process:
            out, err = process.communicate()
        return Ended(process.returncode, out, err)


@contextmanager
def _own_logging() -> Iterator[None]:
    """Let the program set its log up, and put back what pytest had set."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
