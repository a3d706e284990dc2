"""How long a dump will take, and where it therefore runs: a pure choice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PREFERRED = timedelta(minutes=10)
"""A dump that is predicted to take longer runs as a task."""
FUNCTION_LASTS = timedelta(minutes=13)
"""What a function can do at most: Lambda ends it after 15 minutes, and it needs some to begin and to stop."""
CAUTIOUS_RATE = 10_000_000
"""Bytes of the source per second, where no backup says better. A slow database manages it."""
_TASK_IS_FASTER = 2
"""A function may be this much slower than a task, which has whole processors."""
_MOST_SECONDS = 1e6
"""A document may claim anything."""
_COMPARABLE = 10
"""What was this much smaller says little: the time to connect and to commit is most of its time."""


class Where(StrEnum):
    """Where a dump runs."""

    FUNCTION = "function"
    TASK = "task"


@dataclass(frozen=True)
class Pace:
    """How an earlier dump went.

    source_bytes: the size of the source then.
    seconds: what the dump took; if it met a function's deadline, what it had.
    """

    source_bytes: int
    seconds: float
    where: Where | None = None

    def to_document(self) -> dict[str, object]:
        """Write it as JSON values."""
        document: dict[str, object] = {"source_bytes": self.source_bytes, "seconds": self.seconds}
        return {**document, **({"where": str(self.where)} if self.where else {})}

    def seconds_for(self, source_bytes: int) -> float:
        """What a function takes for a source of another size, at this pace."""
        slower = _TASK_IS_FASTER if self.where is Where.TASK else 1
        return slower * self.seconds * source_bytes / self.source_bytes

    def is_comparable(self, source_bytes: int) -> bool:
        """Say whether this pace says something about a source of another size."""
        return self.seconds >= 0 and self.source_bytes > 0 and source_bytes <= self.source_bytes * _COMPARABLE


def predicted(source_bytes: int, past: Iterable[Pace]) -> timedelta:
    """How long a function takes: as the slowest of the dumps that can be compared, else a cautious guess."""
    comparable = [pace for pace in past if pace.is_comparable(source_bytes)]
    seconds = [pace.seconds_for(source_bytes) for pace in comparable]
    return timedelta(seconds=min(max(seconds, default=source_bytes / CAUTIOUS_RATE), _MOST_SECONDS))


def where_to_run(prediction: timedelta) -> Where:
    """Choose where a dump begins."""
    return Where.TASK if prediction > PREFERRED else Where.FUNCTION


def fits_function(prediction: timedelta) -> bool:
    """Say whether a function may try what a task was to do, because no task can be started."""
    return prediction <= FUNCTION_LASTS
