"""Upkeep: what is pruned, locked, measured, and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from scims_backup.adapters.vaults.restic import ResticVault
from scims_backup.bootstrap.backup_cases import BackupCases
from scims_backup.bootstrap.clock_and_ids import clock, new_id
from scims_backup.bootstrap.examination import Examination
from scims_backup.bootstrap.notice_cases import NoticeCases
from scims_backup.bootstrap.watching import watched
from scims_backup.domain.conditions import Cause, Condition
from scims_backup.domain.errors import DocumentError, UsageError
from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.health import Examined
from scims_backup.domain.retention import Plan
from scims_backup.domain.status import Judged, Standing, Topic, judged
from scims_backup.ports import (
    Usage,
)
from scims_backup.usecases.alerts.acknowledge import Acknowledge, Known, open_conditions
from scims_backup.usecases.reports.checklist import Checklist, ReadChecklist
from scims_backup.usecases.reports.examine import Examine
from scims_backup.usecases.reports.read_status import ReadStatus
from scims_backup.usecases.reports.summaries import Summaries
from scims_backup.usecases.retention.intent import Intent
from scims_backup.usecases.retention.protect_repository import ProtectRepository
from scims_backup.usecases.retention.prune_backups import PATIENCE, PruneBackups, plan_prune
from scims_backup.usecases.retention.pruned import Pruned
from scims_backup.usecases.stored.storage import SourceStorage, measure


class UpkeepCases(BackupCases, NoticeCases):
    """The use cases that keep a source's backups in order, ready to run."""

    def checklist(self) -> Checklist:
        """The source's checklist, as of now. Raise NothingToWorkOnError if there is no backup."""
        self._note_missing_catalog()
        self._note_missing_copy()
        settings = self._settings
        about = watched(settings, self._of_source.after_restore.sha256)
        return ReadChecklist(about, self.catalog, self._engines, self._retention).run(clock())

    def judged(self) -> tuple[Judged, ...]:
        """Return what every report says of the source, without looking at the SQL of `after_restore`.

        If a document that this takes cannot be read, that is what is said.
        """
        about = watched(self._settings, None)
        try:
            status = ReadStatus(self.catalog, about, self._formats).glance(clock())
        except DocumentError as error:
            return (Judged(Topic.DOCUMENTS, Standing.CRITICAL, error.message, error.cure),)
        return judged(replace(status, proven_otherwise=False))

    def renew_summary(self) -> None:
        """Keep what `status` needs of the source's documents as they are now; a failure is noted."""
        Summaries(self.catalog, self._progress, self._formats).renew(self._settings.source, clock())

    def plan_prune(self, now: datetime | None) -> Plan | Intent:
        """Return what a prune would keep and remove; without a vault, planned from the catalog alone."""
        self._note_missing_catalog()
        settings, moment = self._settings, now or clock()
        if settings.vault is None:
            return plan_prune(self.catalog, settings.source, self._retention, moment)
        return self._pruning().intent(self._retention, moment)

    def prune(
        self,
        now: datetime | None,
        patience: timedelta = PATIENCE,
        run_id: str | None = None,
        confirm: str | None = None,
    ) -> Pruned:
        """Prune, as planned for a moment, or for now.

        patience: how long it may take.
        run_id: of a run that is repeated under the same id when it dies.
        confirm: the digest of the plan that a person has checked.
        """
        pruning = self._pruning(patience, run_id)
        return pruning.run(self._retention, now or clock(), confirm)

    def _pruning(self, patience: timedelta = PATIENCE, run_id: str | None = None) -> PruneBackups:
        settings = self._settings
        return PruneBackups(
            source=settings.source,
            vault=self.vault,
            catalog=self.catalog,
            events=self._events,
            clock=clock,
            new_id=new_id,
            progress=self._progress,
            longest=settings.longest_run,
            quota=settings.quota,
            patience=patience,
            run_id=run_id,
            protection=self._protection.of_night(),
            formats=self._formats,
        )

    def enrol(self) -> bool:
        """Add the escrow password to the vault, and say whether it was not there before.

        Raise UsageError if the vault is not restic's, or no escrow password is configured.
        """
        vault = self.vault
        if not isinstance(vault, ResticVault):
            raise UsageError("only a restic vault has an escrow password", "there is nothing to enrol")
        return vault.enrol()

    def reclaim(self) -> tuple[Usage, Usage]:
        """Free the space of what was removed; return what was stored before and after."""
        before = self.vault.usage()
        self.vault.reclaim()
        return before, self.vault.usage()

    def protect_repository(self) -> list[str]:
        """Lock all of a restic repository for as long as a backup in it is kept; return what was refused."""
        protecting = self._protection.of_week()
        if protecting is None:
            return []
        intent = self._pruning().intent(self._retention, clock())
        return ProtectRepository(protecting, self._events).run(intent.plan)

    def storage(self) -> SourceStorage:
        """What the source's archives take."""
        return measure(self._settings.source, self.catalog, self.vault, self._settings.quota)

    def open_conditions(self) -> list[Condition]:
        """What is wrong with the source now."""
        return open_conditions(self.catalog, self._settings.source)

    def acknowledge(self, cause: Cause, by: str) -> Known:
        """Silence the reminders of a condition. Raise NothingToWorkOnError if it is not open. by: who."""
        return Acknowledge(self._settings.source, self.catalog, self._events, clock).run(cause, by)

    def record_short_room(self, facts: Mapping[str, object], since: datetime, where: str) -> None:
        """Record that a place is nearly full, once for each moment `since`. Raise CatalogError."""
        self._events.record_once(Kind.ROOM_RUNS_SHORT, Severity.WARNING, facts, since, what=where)

    def examine(self, unforeseen: Callable[[BaseException], None]) -> list[Examined]:
        """Examine what a night needs. unforeseen: called with an exception that no check should raise."""
        self._note_missing_copy()
        checks = [*self._examination.checks(), *self.receiver_checks()]
        return Examine(self._redactor.redact, unforeseen).run(checks)

    def examine_source(self, unforeseen: Callable[[BaseException], None]) -> list[Examined]:
        """Examine the source alone. unforeseen: as in `examine`."""
        return Examine(self._redactor.redact, unforeseen).run(self._examination.source_checks())

    def examine_places(self, unforeseen: Callable[[BaseException], None]) -> list[Examined]:
        """Examine the places that backups go to. unforeseen: as in `examine`."""
        return Examine(self._redactor.redact, unforeseen).run(self._examination.place_checks())

    @property
    def _examination(self) -> Examination:
        return Examination(self._settings, self._secrets, self, self._of_source, self._formats)
