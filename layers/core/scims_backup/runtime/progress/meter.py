"""The arithmetic of progress: how much, how fast, how much time is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scims_backup.domain.words import ROWS_OF_TABLES, Words
from scims_backup.runtime.progress import text

_SOONEST = 1.0
"""Seconds before a rate says anything."""


@dataclass
class Meter:
    """One thing that is counted.

    write: how an amount is written
    total: an estimate, 0 if unknown
    began, ended: seconds of one timer
    """

    write: Callable[[float], str]
    total: int
    began: float
    done: int = 0
    ended: float | None = None

    def seconds(self, now: float) -> float:
        """How long it has taken so far, or took."""
        return (now if self.ended is None else self.ended) - self.began

    def amount(self) -> str:
        """What is done, and of what until it has ended."""
        return amount(self.write, self.done, self.total if self.ended is None else 0)

    def rate(self, now: float) -> str:
        """How fast, e.g. `41 MB/s`; empty while nothing can be said."""
        seconds = self.seconds(now)
        return f"{self.write(self.done / seconds)}/s" if self.done and seconds >= _SOONEST else ""

    def left(self, now: float) -> str:
        """How much time is left, e.g. `19 s left`; empty while nothing can be said."""
        seconds = self.seconds(now)
        if self.ended is not None or not 0 < self.done < self.total or seconds < _SOONEST:
            return ""
        return f"{text.duration(seconds * (self.total - self.done) / self.done)} left"


def amount(write: Callable[[float], str], done: float, total: float) -> str:
    """Write what is done, of what, e.g. `412 MB of about 1.2 GB`. total: an estimate, 0 if unknown."""
    return f"{write(done)} of about {write(total)}" if done < total else write(done)


def counting(words: Words) -> Callable[[float], str]:
    """Return what writes a number of what an engine counts, e.g. `3,200 rows`."""
    return lambda count: f"{text.number(count)} {words.units}"


class Phase:
    """One phase of an operation with its two meters."""

    def __init__(
        self, name: str, total_bytes: int, total_rows: int, now: float, words: Words = ROWS_OF_TABLES
    ) -> None:
        self.name = name
        self.began = now
        self.bytes = Meter(text.size, total_bytes, now)
        self.table = ""
        self.rows = Meter(counting(words), total_rows, now)

    def used(self) -> list[Meter]:
        """The meters that have something to say."""
        return [meter for meter in (self.bytes, self.rows) if meter.total or meter.done]

    def end(self, now: float) -> None:
        """The phase is over."""
        self.bytes.ended = self.rows.ended = now
