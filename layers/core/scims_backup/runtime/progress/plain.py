"""Progress as plain lines, for logs and pipes, or as structured ones."""

from __future__ import annotations

import threading
from collections.abc import Callable

from scims_backup.domain.words import ROWS_OF_TABLES, Words
from scims_backup.runtime.progress import text
from scims_backup.runtime.progress.meter import Phase

INTERVAL = 10.0
"""Seconds between two lines of a long phase."""


class PlainProgress:
    """A line when a phase begins and ends, and at most one every ten seconds in between.

    write: takes a line
    timer: seconds, never going back
    """

    words: Words = ROWS_OF_TABLES

    def __init__(self, write: Callable[[str], None], timer: Callable[[], float]) -> None:
        self._write = write
        self._timer = timer
        self._lock = threading.Lock()
        self._phase: Phase | None = None
        self._wrote = 0.0

    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> None:
        """End the phase before, and begin this one."""
        with self._lock:
            self._end()
            self._phase = Phase(name, total_bytes, total_rows, self._timer(), self.words)
            self._wrote = self._phase.began
            totals = [meter.write(meter.total) for meter in self._phase.used()]
            self._write(f"{name}: about {', '.join(totals)}" if totals else f"{name} …")

    def bytes(self, count: int) -> None:
        """Count bytes."""
        with self._lock:
            if self._phase is not None:
                self._phase.bytes.done += count
                self._write_if_due(self._phase)

    def rows(self, table: str, count: int) -> None:
        """Count a table's rows."""
        with self._lock:
            if self._phase is not None:
                self._phase.rows.done += count
                self._phase.table = table
                self._write_if_due(self._phase)

    def note(self, message: str) -> None:
        """Pass a remark on."""
        with self._lock:
            self._write(f"note: {text.printable(message)}")

    def close(self) -> None:
        """End the last phase."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._phase is not None:
            now = self._timer()
            self._phase.end(now)
            done = [meter.amount() for meter in self._phase.used()]
            took = text.duration(now - self._phase.began)
            self._write(f"{self._phase.name}: {', '.join([*done, took])}")
        self._phase = None

    def _write_if_due(self, phase: Phase) -> None:
        now = self._timer()
        if now - self._wrote < INTERVAL:
            return
        self._wrote = now
        parts = [
            part for meter in phase.used() for part in (meter.amount(), meter.rate(now), meter.left(now))
        ]
        parts.append(f"last {self.words.namespace} {text.printable(phase.table)}" if phase.table else "")
        self._write(f"{phase.name}: {', '.join(part for part in parts if part)}")


class SilentProgress:
    """For `--quiet`."""

    words: Words = ROWS_OF_TABLES

    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> None:
        """Write nothing."""

    def bytes(self, count: int) -> None:
        """Write nothing."""

    def rows(self, table: str, count: int) -> None:
        """Write nothing."""

    def note(self, message: str) -> None:
        """Write nothing."""

    def close(self) -> None:
        """Write nothing."""
