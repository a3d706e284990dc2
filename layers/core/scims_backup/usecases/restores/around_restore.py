"""What every restore does around its work: hold the backup, and record what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from scims_backup.domain.errors import UnderstoodError
from scims_backup.domain.events import Kind
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.run_record import RunKind
from scims_backup.ports import Catalog, Progress
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.stored.history import record_failed_run
from scims_backup.usecases.stored.holds import held

LONGEST_RESTORE = timedelta(hours=48)
"""A restore that was killed holds its backup for so long."""


class Restorer(Protocol):
    """What a restore has at hand."""

    @property
    def catalog(self) -> Catalog:
        """Where holds go."""

    @property
    def events(self) -> EventLog:
        """Where a failure is recorded."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """What time it is."""

    @property
    def new_id(self) -> Callable[[], str]:
        """An id that nobody else has."""

    @property
    def progress(self) -> Progress:
        """Whoever watches."""


@contextmanager
def restoring(
    restorer: Restorer, manifest: Manifest, facts: Mapping[str, object] | None = None
) -> Iterator[datetime]:
    """Hold a backup while it is restored, and give when that began; record a failure, and raise it.

    facts: of its event, besides.
    """
    began = restorer.clock()
    hold = Hold(f"restore-{restorer.new_id()}", began + LONGEST_RESTORE)
    try:
        with held(restorer.catalog, manifest.backup, hold, restorer.progress):
            yield began
    except UnderstoodError as error:
        record_failed_run(restorer.events, RunKind.RESTORE, error, began, manifest.backup)
        restorer.events.record_failure(Kind.RESTORE_FAILED, error, manifest.backup, more=facts)
        raise
