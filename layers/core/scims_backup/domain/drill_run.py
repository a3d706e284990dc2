"""A drill that runs as a task elsewhere, as the catalog's objects tell of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.decoding import named
from scims_backup.domain.documents import decoded, parsed, read
from scims_backup.domain.verdict import Report

VERSION = 1
LONGEST_WAIT = timedelta(hours=72)
"""No report is waited for longer, whatever a request says: what waits keeps a task running."""


@dataclass(frozen=True)
class Request:
    """That a drill was asked for, and until when its report is waited for."""

    asked: datetime = field(metadata=named("started"))
    deadline: datetime

    def to_bytes(self, run: str) -> bytes:
        """Write the document for the catalog.

        run: an id of the run that requests it, so that no two documents are the same.
        """
        return _written(run=run, started=self.asked.isoformat(), deadline=self.deadline.isoformat())

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Request | None:
        """Read a document; None if the requester drills by itself, without a task. Raise DocumentError."""
        document = parsed(data, name, VERSION)
        if "deadline" not in document:
            return None
        request = decoded(cls, document, name)
        return cls(request.asked, request.asked + min(request.deadline - request.asked, LONGEST_WAIT))


@dataclass(frozen=True)
class Refusal:
    """Why no task was started.

    temporary: the same may succeed later.
    """

    reason: str
    temporary: bool

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        return _written(reason=self.reason, temporary=self.temporary)

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Refusal:
        """Read a document. Raise DocumentError if it is damaged."""
        return read(cls, data, name, VERSION)


@dataclass(frozen=True)
class Attempt:
    """One attempt to run the drill's task.

    task: its name where it runs.

    Both are None where this is not known yet.
    """

    number: int
    started: datetime
    task: str | None = None
    refused: Refusal | None = None


@dataclass(frozen=True)
class DrillRun:
    """All that is known of a drill.

    has_verdict: whether the catalog has its verdict.
    """

    backup: BackupId
    drill: str
    request: Request
    attempts: tuple[Attempt, ...] = ()
    report: Report | None = None
    has_verdict: bool = False

    @property
    def pending(self) -> Attempt | None:
        """The attempt whose task decides what comes next; None if a report or a refusal does, or none yet."""
        return pending(self.attempts) if self.report is None else None

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"drill {self.drill} of {self.backup}"

    @property
    def deadline(self) -> datetime:
        """Until when its task may run."""
        return self.request.deadline

    def key(self, word: str, attempt: int) -> str:
        """The key of what became of an attempt: `started`, `task` or `refused`."""
        return keys.drill_attempt(self.backup, self.drill, word, attempt)


def pending(attempts: Sequence[Attempt]) -> Attempt | None:
    """The last attempt to start a task, unless it was refused; None if there is none."""
    last = attempts[-1] if attempts else None
    return last if last is not None and last.refused is None else None


def started_note(run: str, moment: datetime) -> bytes:
    """The document that reserves a name or an attempt.

    run: an id of the run that starts it, so that no two documents are the same.
    """
    return _written(run=run, started=moment.isoformat())


def started_in(data: bytes, name: str) -> datetime:
    """When an attempt began. Raise DocumentError if the document is damaged."""
    return read(_Started, data, name, VERSION).at


def task_note(task: str) -> bytes:
    """The document that says which task an attempt started."""
    return _written(task=task)


def task_in(data: bytes, name: str) -> str:
    """Which task an attempt started. Raise DocumentError if the document is damaged."""
    return read(_Task, data, name, VERSION).task


@dataclass(frozen=True)
class _Started:
    at: datetime = field(metadata=named("started"))


@dataclass(frozen=True)
class _Task:
    task: str


def _written(**fields: object) -> bytes:
    return json.dumps({"version": VERSION, **fields}, indent=2, ensure_ascii=False).encode() + b"\n"
