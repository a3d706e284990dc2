"""Handing a backup over to a task, where it does not fit into the time that there is for a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.dump_time import Pace, Where, predicted, where_to_run
from scims_backup.domain.errors import (
    DocumentError,
    DumpTooLongError,
    KeyMissingError,
    KeyTakenError,
    TimeIsUpError,
)
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.handover import Handover, Why
from scims_backup.ports import Catalog
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.stored.manifests import known_backups, names_of

_PAST = 5
"""So many of the last backups say how long the next one takes."""
_CURE = "check why no task took it: subnets, capacity and roles (docs/deploy.md, Long dumps)"
_SPARE = timedelta(minutes=5)
"""Longer than a run that was to be over needs to clean up; then its claim is free."""


@dataclass(frozen=True)
class Window:
    """The time that a run has where it runs.

    ends: when the dump must be over, so that there is time to clean up and to say so.
    alarm: raises TimeIsUpError after so many seconds, unless its context has ended before.
    is_last: the backup was left to this run, which must not hand it over again.
    task_wanted: the operator wants a task, however short the dump is.
    """

    ends: datetime
    alarm: Callable[[float], AbstractContextManager[None]]
    is_last: bool = False
    task_wanted: bool = False


class TooLongHereError(DumpTooLongError):
    """A dump that has to be handed over.

    why, source_bytes, seconds: as the request says it.
    """

    def __init__(self, why: Why, source_bytes: int, seconds: float) -> None:
        super().__init__(_told(why, seconds), _CURE)
        self.why, self.source_bytes, self.seconds = why, source_bytes, seconds


@dataclass(frozen=True)
class HandOver:
    """What a run does about the time that it has.

    window: None where a run may take as long as it takes.
    longest: how long a task may take.
    """

    source_name: str
    catalog: Catalog
    events: EventLog
    clock: Callable[[], datetime]
    longest: timedelta
    window: Window | None = None

    @property
    def life(self) -> timedelta:
        """How long a claim of this run lasts: where it is ended after a while, little longer than that."""
        if self.window is None:
            return self.longest
        return min(self.longest, self.window.ends - self.clock() + _SPARE)

    def is_done(self, backup: BackupId) -> bool:
        """Say whether a backup was handed over already, so that this run must leave it alone."""
        if self.window is None or self.window.is_last:
            return False
        return any(True for _ in self.catalog.keys(keys.task_asked(backup)))

    @contextmanager
    def in_time(self) -> Iterator[Callable[[int], None]]:
        """Let a dump run as long as it may, and yield what is asked whether a source of so many bytes fits.

        Raise TooLongHereError if it does not, or did not.
        """
        if self.window is None:
            yield _nothing
            return
        began, sizes = self.clock(), [0]

        def check(source_bytes: int) -> None:
            sizes.append(source_bytes)
            self._refuse_long(source_bytes)

        try:
            with self.window.alarm(max(0.0, (self.window.ends - began).total_seconds())):
                yield check
        except TimeIsUpError as error:
            had = (self.clock() - began).total_seconds()
            raise TooLongHereError(Why.DEADLINE, sizes[-1], had) from error

    def ask(self, backup: BackupId, run: str, error: TooLongHereError) -> Handover:
        """Ask for a task that takes the backup, and record that. Raise CatalogError."""
        now = self.clock()
        failures = sum(map(keys.is_failed_run, self.catalog.keys(keys.run_of(backup))))
        handover = Handover(
            run, error.why, error.source_bytes, error.seconds, now, now + self.longest, failures
        )
        key = keys.task_asked(backup)
        try:
            self.catalog.put_new(key, handover.to_bytes())
        except KeyTakenError:
            return Handover.from_bytes(self.catalog.get(key), key)
        facts = {
            "why": error.why,
            "seconds": error.seconds,
            "source_bytes": error.source_bytes,
            "message": error.message,
        }
        self.events.record(Kind.BACKUP_HANDED_OVER, Severity.INFO, facts, backup)
        return handover

    def _refuse_long(self, source_bytes: int) -> None:
        window = self.window
        if window is None or window.is_last:
            return
        prediction = predicted(source_bytes, self._past())
        if window.task_wanted:
            raise TooLongHereError(Why.REQUESTED, source_bytes, prediction.total_seconds())
        if where_to_run(prediction) is Where.TASK:
            raise TooLongHereError(Why.PREDICTED, source_bytes, prediction.total_seconds())

    def _past(self) -> Iterator[Pace]:
        newest = sorted(names_of(self.catalog, self.source_name))[-_PAST:]
        for known in known_backups(self.catalog, newest):
            pace = known.manifest.pace if known.manifest else None
            if pace is None:
                continue
            yield pace
            shown = self._shown_by_function(known.backup) if pace.where is Where.TASK else None
            if shown is not None:
                yield shown

    def _shown_by_function(self, backup: BackupId) -> Pace | None:
        key = keys.task_asked(backup)
        try:
            return Handover.from_bytes(self.catalog.get(key), key).pace
        except (KeyMissingError, DocumentError):
            return None


def _nothing(_source_bytes: int) -> None:
    """Where a run may take as long as it takes, every source fits."""


def _told(why: Why, seconds: float) -> str:
    minutes = f"{seconds / 60:.1f} minutes"
    match why:
        case Why.DEADLINE:
            return f"the dump was not over after {minutes}, when the time of the function was"
        case Why.PREDICTED:
            return f"the dump is predicted to take {minutes}, which is too long for a function"
        case Why.REQUESTED:
            return f"a task was requested; the dump is predicted to take {minutes}"
