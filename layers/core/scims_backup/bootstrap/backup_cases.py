"""Backups and their copies: taken, chosen, held, verified."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Self

from scims_backup.bootstrap.clock_and_ids import clock, new_id
from scims_backup.bootstrap.components import Components
from scims_backup.bootstrap.elsewhere import elsewhere
from scims_backup.domain.backup import BackupId
from scims_backup.domain.dump_time import Where
from scims_backup.domain.engine_names import MadeBy
from scims_backup.domain.errors import ScimsBackupError, UsageError
from scims_backup.domain.events import Kind
from scims_backup.domain.holds import OPERATOR, Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.run_record import RunKind
from scims_backup.usecases.backups.copy_backup import CopyBackup, Side
from scims_backup.usecases.backups.hand_over import Window
from scims_backup.usecases.backups.take_backup import TakeBackup
from scims_backup.usecases.backups.watch_sizes import SizesCompared, WatchSizes
from scims_backup.usecases.reports.list_backups import NEWEST, NEWEST_PROVEN, ListBackups
from scims_backup.usecases.stored.history import record_failed_run
from scims_backup.usecases.stored.holds import (
    holds_on,
    is_held_by,
    refuse_other,
    release_holds,
    set_hold,
    still_holding,
)
from scims_backup.usecases.stored.manifests import backups_in_order, holds_by_backup, not_to_come
from scims_backup.usecases.stored.verify_backup import VerifyBackup


class BackupCases(Components):
    """The use cases about backups, ready to run."""

    def take_backup(self, window: Window | None = None, where: Where | None = None) -> TakeBackup:
        """Ready to back the source up.

        window: the time that there is where it runs; None for as long as it takes.
        where: it runs; None for some machine of the operator's.

        Raise UsageError or SecretError if a secret cannot be read, ToolMissingError in an image that was
        built for another major version.
        """
        of_source = self._of_source
        of_source.engine.check_image(self._environment)
        return TakeBackup(
            source_name=self._settings.source,
            source=of_source.source(),
            made_by=MadeBy(of_source.engine.name, of_source.engine.format),
            vault=self.vault,
            catalog=self.catalog,
            events=self._events,
            clock=clock,
            new_id=new_id,
            progress=self._progress,
            labels=self._settings.labels,
            longest=self._settings.longest_run,
            window=window,
            where=where,
        )

    def list_backups(self) -> ListBackups:
        """Ready to list and choose."""
        self._note_missing_catalog()
        return ListBackups(self.catalog, clock, self._formats)

    def chosen(self, at: datetime | None = None) -> Manifest:
        """The backup that is meant, or the newest from before a moment.

        Raise NothingToWorkOnError if there is none, UsageError if both are given.
        """
        settings, backups = self._settings, self.list_backups()
        if at is None:
            return backups.choose(settings.source, settings.selector)
        if settings.selector != NEWEST:
            raise UsageError("both a backup and a time are given", "give only one of them")
        return backups.newest_at(settings.source, at)

    def newest(self) -> BackupId | None:
        """The backup whose snapshot was taken last; None if there is none. What is to come is not meant."""
        backups = not_to_come(backups_in_order(self.catalog, self._settings.source), clock())
        return backups[-1].backup if backups else None

    def watch_sizes(self, backup: BackupId | None = None) -> SizesCompared:
        """Tell what is odd about the size of a backup, or of the newest."""
        watch = WatchSizes(self._settings.source, self.catalog, self._engines, self._events)
        return watch.run(backup)

    def verify_backup(self) -> VerifyBackup:
        """Ready to verify."""
        return VerifyBackup(self.vault, self.catalog, self._engines, self._progress)

    def hold(self, backup: BackupId, until: datetime) -> Hold:
        """Hold a backup for the operator. Raise UsageError if that moment is over."""
        hold = Hold(OPERATOR, until)
        if until <= clock():
            raise UsageError(f"{until.isoformat()} is in the past", "give a time in the future")
        set_hold(self.catalog, backup, hold)
        return hold

    def unhold(self, backup: BackupId) -> tuple[list[Hold], list[Hold]]:
        """Release the operator's holds on a backup; return them, and the other holders that remain."""
        released = release_holds(self.catalog, backup, OPERATOR)
        return released, still_holding(holds_on(self.catalog, backup), clock())

    def refuse_other_unhold(self, backup: BackupId) -> None:
        """Raise UsageError if a selector led to a backup that may not be the one that is held."""
        settings = self._settings
        if settings.selector in (NEWEST, NEWEST_PROVEN):
            held = holds_by_backup(self.catalog, settings.source)
            refuse_other(settings.selector, backup, [one for one in held if is_held_by(held[one], OPERATOR)])

    def copy_backup(self, ends: datetime | None = None) -> CopyBackup:
        """Ready to copy to the other side. ends: when a copy must be over, None for any time.

        Raise UsageError if the settings name no other side, and whatever keeps its secrets from being read.
        """
        there = self.elsewhere
        return CopyBackup(
            source=self._settings.source,
            here=Side(self.vault, self.catalog, str(self._settings.catalog)),
            there=Side(there.vault, there.catalog, str(self._settings.second.catalog)),
            events=self._events,
            formats=self._formats,
            clock=clock,
            new_id=new_id,
            progress=self._progress,
            longest=self._settings.longest_copy,
            ends=ends,
        )

    @cached_property
    def elsewhere(self) -> Self:
        """The other side, as its copier reaches it.

        Raise UsageError if the settings name none, and whatever keeps its secrets from being read.
        """
        there = elsewhere(self._settings, self._environment, self._secrets)
        return type(self)(
            there.settings, there.environment, self._progress, self._redactor, there.access, self._engines
        )

    def reach_elsewhere(self) -> None:
        """Assume the copier's rights. Raise VaultAccessError if the current user may not."""
        access = self.elsewhere.access
        if access:
            access.check()

    def record_failed_backup(self, error: ScimsBackupError) -> None:
        """Record that a backup failed before its run began."""
        record_failed_run(self._events, RunKind.BACKUP, error)
        self._events.record_failure(Kind.BACKUP_FAILED, error)

    def record_failed_copy(self, error: ScimsBackupError) -> None:
        """Record that a copy failed before it began."""
        self._events.record_failure(Kind.COPY_FAILED, error)
