"""What a command works with: settings, use cases, and the place for its answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from rich.console import Console

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.engines import ENGINES, Registry
from scims_backup.bootstrap.gauge_cases import GaugeCases
from scims_backup.bootstrap.page_cases import PageCases
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.bootstrap.status_cases import StatusCases
from scims_backup.cli.answer import Answer
from scims_backup.cli.invocation import Invocation
from scims_backup.cli.output import print_json, unbroken_output
from scims_backup.cli.progress_display import watching
from scims_backup.cli.reporting import reporting
from scims_backup.cli.request import Request
from scims_backup.runtime.logs import structured_logger
from scims_backup.runtime.progress.text import printable
from scims_backup.settings.model import Settings
from scims_backup.settings.resolution import quota_in_all, source_names

Cases = TypeVar("Cases", bound=StatusCases)

_UNCROPPED = 10_000
"""Columns where there is no terminal: the reader of a pipe wants whole lines."""


@dataclass
class Session:
    """One run of one command."""

    request: Request
    invocation: Invocation

    @property
    def engines(self) -> Registry:
        """The kinds of sources that the program knows."""
        return self.invocation.engines or ENGINES

    @cached_property
    def settings(self) -> Settings:
        """What the command needs. Raise UsageError that names everything missing or wrong."""
        return resolve(self.request.flags, self.invocation.environment, self.request.needs, self.engines)

    @contextmanager
    def application(self) -> Iterator[Application]:
        """Provide the use cases, with progress shown while inside."""
        settings, invocation = self.settings, self.invocation
        with watching(self.request.output.quiet, invocation) as progress:
            yield Application(
                settings, invocation.environment, progress, invocation.redactor, engines=self.engines
            )

    @contextmanager
    def statuses(self) -> Iterator[PageCases]:
        """Provide the statuses of every source, with notes shown while inside."""
        with self._of_all(PageCases) as cases:
            yield cases

    @contextmanager
    def gauges(self) -> Iterator[GaugeCases]:
        """Provide the gauges of every source, with notes shown while inside."""
        with self._of_all(GaugeCases) as cases:
            yield cases

    @contextmanager
    def _of_all(self, kind: type[Cases]) -> Iterator[Cases]:
        invocation, request = self.invocation, self.request
        with watching(request.output.quiet, invocation) as progress:
            yield kind(request.flags, invocation.environment, self.engines, progress, invocation.redactor)

    def show(self, answer: Answer) -> None:
        """Write one of several answers, alone on a terminal's screen."""
        with unbroken_output():
            console = _console()
            console.clear()
            answer.write(console)

    def per_source(self) -> Iterator[Session]:
        """Yield a session for the source that was named, else one for each source of the settings document.

        Raise UsageError if there is none, or if settings of one are missing.
        """
        for name in source_names(self.request.flags, self.invocation.environment):
            flags = replace(self.request.flags, source=name)
            yield replace(self, request=replace(self.request, flags=flags))

    @property
    def quota_in_all(self) -> int | None:
        """The bytes that all sources together may take, None for no limit."""
        return quota_in_all(self.request.flags, self.invocation.environment)

    def warn(self, warnings: Sequence[str]) -> None:
        """Write warnings to standard error, with --quiet too."""
        redactor = self.invocation.redactor
        for warning in map(redactor.redact, warnings):
            with suppress(OSError):  # its reader is gone: what was done is done
                if self.invocation.wants_json_logs:
                    structured_logger(redactor).warning(warning)
                else:
                    print(f"scims-backup: warning: {printable(warning)}", file=sys.stderr, flush=True)  # noqa: T201

    def run(self) -> int:
        """Run the command, write its answer, and return the exit code."""
        with reporting(self) as report:
            answer = self.request.run(self)
            report.code = answer.code
            with unbroken_output():
                if self.request.output.json:
                    print_json(answer.document)
                else:
                    answer.write(_console())
        return answer.code


def _console() -> Console:
    terminal = sys.stdout.isatty()
    return Console(
        highlight=False, markup=False, emoji=False, soft_wrap=False, width=None if terminal else _UNCROPPED
    )
