"""How progress is shown: bars on a terminal, plain or structured lines elsewhere, not at all if quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from scims_backup.cli.invocation import Invocation
from scims_backup.ports import Progress
from scims_backup.runtime.logs import Redactor, structured_logger
from scims_backup.runtime.progress.plain import PlainProgress, SilentProgress


class Watcher(Progress, Protocol):
    """Progress that can be ended."""

    def close(self) -> None:
        """End it."""


@contextmanager
def watching(quiet: bool, invocation: Invocation) -> Iterator[Progress]:
    """Provide a Progress on standard error that suits terminal and settings, and end it afterwards."""
    watcher = _watcher(quiet, invocation)
    try:
        yield watcher
    finally:
        watcher.close()


def _watcher(quiet: bool, invocation: Invocation) -> Watcher:
    if quiet:
        return SilentProgress()
    if invocation.wants_json_logs:
        return PlainProgress(structured_logger(invocation.redactor).info, time.monotonic)
    if sys.stderr.isatty() and invocation.environment.get("TERM") != "dumb":
        return _bars(invocation.redactor)
    return PlainProgress(_line_writer(invocation.redactor), time.monotonic)


def _bars(redactor: Redactor) -> Watcher:
    from rich.console import Console  # noqa: PLC0415  not needed where there is no terminal

    from scims_backup.cli.bar_progress import BarProgress  # noqa: PLC0415

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    return BarProgress(console, time.monotonic, redactor.redact)


def _line_writer(redactor: Redactor) -> Callable[[str], None]:
    def write(line: str) -> None:
        # The reader of standard error may be gone: that is no reason to fail the operation
        with suppress(OSError):
            print(redactor.redact(line), file=sys.stderr, flush=True)  # noqa: T201

    return write
