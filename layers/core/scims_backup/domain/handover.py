"""A backup that a function hands over to a task, as the catalog's objects tell of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scims_backup.domain.documents import read
from scims_backup.domain.dump_time import Pace, Where, fits_function

VERSION = 1
_LONGEST_WAIT = timedelta(hours=72)
"""No task runs longer, whatever a document says."""


class Why(StrEnum):
    """Why a backup is handed over."""

    PREDICTED = "predicted"
    DEADLINE = "deadline"
    REQUESTED = "requested"


@dataclass(frozen=True)
class Handover:
    """That a task was asked to take a backup.

    run: the id of the run that asks.
    source_bytes: the size of the source.
    seconds: what the dump is predicted to take in a function; if it met the deadline, what it had.
    asked: when.
    until: after that moment nobody wants the task to run.
    failures: how many runs of this backup had failed before.
    """

    run: str
    why: Why
    source_bytes: int
    seconds: float
    asked: datetime
    until: datetime
    failures: int = 0

    @property
    def fits_function(self) -> bool:
        """Whether a function may try it, if no task can be started."""
        return self.why is not Why.DEADLINE and fits_function(timedelta(seconds=self.seconds))

    @property
    def deadline(self) -> datetime:
        """Until when a task may run, as far as a document may say so."""
        return min(self.until, self.asked + _LONGEST_WAIT)

    @property
    def pace(self) -> Pace | None:
        """What the function has shown: that the dump takes longer than it had; None if it did not try."""
        met_deadline = self.why is Why.DEADLINE
        return Pace(self.source_bytes, self.seconds, Where.FUNCTION) if met_deadline else None

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        document = {
            "version": VERSION,
            **vars(self),
            "asked": self.asked.isoformat(),
            "until": self.until.isoformat(),
        }
        return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Handover:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)
