"""Keeping the time of a drill by phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scims_backup.ports import Progress


class Phases:
    """A stop-watch.

    timer: returns monotonic seconds.
    """

    def __init__(self, timer: Callable[[], float], progress: Progress) -> None:
        self._timer, self._progress = timer, progress
        self._seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> Iterator[None]:
        """Measure what happens inside, also when it fails."""
        self._progress.phase(name, total_bytes, total_rows)
        begun = self._timer()
        try:
            yield
        finally:
            self._seconds[name] = round(self._timer() - begun, 3)

    def seconds(self) -> dict[str, float]:
        """Duration of each phase entered so far, in seconds."""
        return dict(self._seconds)
