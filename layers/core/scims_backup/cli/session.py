"""What a command works with: settings, use cases, and where its answer goes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property

from rich.console import Console

from scims_backup.bootstrap.application import Application
from scims_backup.bootstrap.engines import Registry
from scims_backup.bootstrap.resolve_settings import resolve
from scims_backup.cli.output import print_json, unbroken_output
from scims_backup.cli.request import Request
from scims_backup.cli.watching import watching
from scims_backup.runtime.logs import Redactor, structured_logger
from scims_backup.runtime.progress.text import printable
from scims_backup.settings.model import Settings
from scims_backup.settings.resolution import quota_in_all, source_names

_UNCROPPED = 10_000
"""Columns where there is no terminal: whatever reads a pipe wants whole lines."""


@dataclass
class Session:
    """One run of one command."""

    request: Request
    environment: Mapping[str, str]
    redactor: Redactor
    engines: Registry

    @cached_property
    def settings(self) -> Settings:
        """What the command needs. Raise UsageError that tells everything missing or wrong."""
        return resolve(self.request.flags, self.environment, self.request.needs, self.engines)

    @contextmanager
    def application(self) -> Iterator[Application]:
        """Give the use cases, watched while inside."""
        settings = self.settings
        with watching(self.request.output.quiet, self.environment, self.redactor) as progress:
            yield Application(settings, self.environment, progress, self.redactor, engines=self.engines)

    def per_source(self) -> Iterator[Session]:
        """Yield a session for the source that was named, or else for every one of the settings document.

        Raise UsageError if there is none, or the settings of one are not enough.
        """
        for name in source_names(self.request.flags, self.environment):
            flags = replace(self.request.flags, source=name)
            yield replace(self, request=replace(self.request, flags=flags))

    @property
    def quota_in_all(self) -> int | None:
        """The bytes that all sources together may take, None for any number."""
        return quota_in_all(self.request.flags, self.environment)

    def warn(self, warnings: Sequence[str]) -> None:
        """Say on standard error, quiet or not, what somebody should know though all was done."""
        for warning in map(self.redactor.redact, warnings):
            with suppress(OSError):  # whoever read it has gone: what was done is done
                if self.environment.get("SCIMS_LOG") == "json":
                    structured_logger(self.redactor).warning(warning)
                else:
                    print(f"scims-backup: warning: {printable(warning)}", file=sys.stderr, flush=True)  # noqa: T201

    def answer(self, document: object, written: Callable[[Console], None]) -> None:
        """Print the result: the document as one JSON value, or what `written` puts on a console."""
        with unbroken_output():
            if self.request.output.json:
                print_json(document)
            else:
                written(_console())


def _console() -> Console:
    terminal = sys.stdout.isatty()
    return Console(
        highlight=False, markup=False, emoji=False, soft_wrap=False, width=None if terminal else _UNCROPPED
    )
