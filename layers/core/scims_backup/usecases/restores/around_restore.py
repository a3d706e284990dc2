"""What every restore does around its work: hold the backup, and tell what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from scims_backup.domain.errors import UnderstoodError
from scims_backup.domain.events import Kind
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Catalog, Progress
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.stored.holding import held

LONGEST_RESTORE = timedelta(hours=48)
"""A restore that was killed holds its backup for so long."""


class Restorer(Protocol):
    """What a restore has at hand."""

    @property
    def catalog(self) -> Catalog:
        """Where holds and events go."""

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
def restoring(restorer: Restorer, manifest: Manifest) -> Iterator[None]:
    """Hold a backup while it is restored; what fails is told, and raised."""
    hold = Hold(f"restore-{restorer.new_id()}", restorer.clock() + LONGEST_RESTORE)
    try:
        with held(restorer.catalog, manifest.backup, hold, restorer.progress):
            yield
    except UnderstoodError as error:
        teller_of(restorer, manifest).tell_failure(Kind.RESTORE_FAILED, error, manifest.backup)
        raise


def teller_of(restorer: Restorer, manifest: Manifest) -> EventLog:
    """Ready to tell of a restore."""
    source = manifest.backup.source
    return EventLog(source, restorer.catalog, restorer.clock, restorer.new_id, restorer.progress)
