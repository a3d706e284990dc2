"""Where adapters are chosen, and clock, timer and ids come from; nothing else knows which there are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.s3.place import Place
from scims_backup.adapters.vaults.restic import ResticVault
from scims_backup.bootstrap.clock_and_ids import clock, new_id
from scims_backup.bootstrap.elsewhere import elsewhere
from scims_backup.bootstrap.engines import OfEngine, refuse_other_engine
from scims_backup.bootstrap.event_log import event_log
from scims_backup.bootstrap.examination import Examination
from scims_backup.bootstrap.protection import Protection
from scims_backup.bootstrap.secrets import Secrets
from scims_backup.domain.backup import BackupId
from scims_backup.domain.engine_names import Formats, MadeBy
from scims_backup.domain.errors import ScimsBackupError, UsageError
from scims_backup.domain.events import Kind
from scims_backup.domain.health import Examined
from scims_backup.domain.holds import OPERATOR, Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.questions import Questions
from scims_backup.domain.retention import Plan, Policy
from scims_backup.engines.registry import ENGINES, Registry
from scims_backup.ports import (
    AnyEngine,
    Catalog,
    Progress,
    ProvableDatabase,
    Swapped,
    Swaps,
    Target,
    Usage,
    Vault,
)
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Settings
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.copy_backup import CopyBackup, Side
from scims_backup.usecases.backups.take_backup import TakeBackup
from scims_backup.usecases.backups.watch_sizes import SizesCompared, WatchSizes
from scims_backup.usecases.drills.checked_sandboxes import CheckedSandboxes
from scims_backup.usecases.drills.compare_database import CompareDatabase
from scims_backup.usecases.drills.full_drill import FullDrill
from scims_backup.usecases.drills.run_drill import RunDrill
from scims_backup.usecases.drills.target_sandboxes import TargetSandboxes
from scims_backup.usecases.reports.checklist import Checklist, ReadChecklist
from scims_backup.usecases.reports.examine import Examine
from scims_backup.usecases.reports.list_backups import NEWEST, NEWEST_PROVEN, ListBackups
from scims_backup.usecases.restores.capabilities import swapping
from scims_backup.usecases.restores.restore_backup import RestoreBackup
from scims_backup.usecases.restores.restore_tables import RestoreTables
from scims_backup.usecases.restores.undo_restore import UndoRestore
from scims_backup.usecases.retention.intent import Intent
from scims_backup.usecases.retention.protect_repository import ProtectRepository
from scims_backup.usecases.retention.prune_backups import PATIENCE, PruneBackups, Pruned, plan_prune
from scims_backup.usecases.stored.holding import (
    holds_on,
    is_held_by,
    refuse_other,
    release_holds,
    set_hold,
    still_holding,
)
from scims_backup.usecases.stored.recover import Recover
from scims_backup.usecases.stored.storage import SourceStorage, measure
from scims_backup.usecases.stored.surveying import backups_in_order, holds_by_backup, not_to_come
from scims_backup.usecases.stored.verify_backup import VerifyBackup

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from scims_backup.adapters.aws.access import Access


def _names(settings: Settings) -> Iterator[str]:
    """What the settings call things, which is shown wherever they are spoken of."""
    yield from (settings.source, settings.url, settings.target_url, str(settings.catalog))
    yield from (str(named) for named in (settings.vault, settings.application_role, settings.stack) if named)
    yield from (
        str(secret)
        for secret in (
            settings.secret,
            settings.vault_secret,
            settings.escrow_secret,
            settings.restore_secret,
        )
        if secret
    )


class Application:
    """The use cases, ready to run on what the settings name.

    environment: where secrets named `env:NAME` are read, at the moment they are needed; access: how S3 is
    reached, None for as the environment says.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        progress: Progress,
        redactor: Redactor,
        access: Access | None = None,
        engines: Registry = ENGINES,
    ) -> None:
        self.access = access
        self._engines = engines
        self._settings = settings
        self._environment = environment
        self._progress = progress
        self._redactor = redactor
        redactor.know_names(_names(settings))

    def take_backup(self) -> TakeBackup:
        """Ready to back the source up.

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

    def record_failed_backup(self, error: ScimsBackupError) -> None:
        """Record that a backup failed before its run began."""
        self._events.record_failure(Kind.BACKUP_FAILED, error)

    def record_failed_restore(self, error: ScimsBackupError) -> None:
        """Record that a restore failed before its run began, or that a swap could not be undone."""
        self._events.record_failure(Kind.RESTORE_FAILED, error)

    def newest(self) -> BackupId | None:
        """The backup whose snapshot was taken last; None if there is none. What is to come is not meant."""
        backups = not_to_come(backups_in_order(self.catalog, self._settings.source), clock())
        return backups[-1].backup if backups else None

    @property
    def questions(self) -> Questions:
        """What the deployment asks of a restored database."""
        return Questions(self._settings.expectations, self._settings.application_role)

    def run_drill(self, manifest: Manifest) -> RunDrill:
        """Ready to drill a backup. Raise UnknownEngineError if its engine is not known here."""
        made_by = self._made_by(manifest)
        sandboxes = CheckedSandboxes(
            made_by.sandboxes(), partial(made_by.engine.check_image, self._environment)
        )
        return RunDrill(
            vault=self.vault,
            catalog=self.catalog,
            engines=self._engines,
            sandboxes=sandboxes,
            clock=clock,
            timer=time.monotonic,
            new_id=new_id,
            progress=self._progress,
            probe=made_by.probe(),
            after_restore=self._settings.after_restore,
        )

    def full_drill(self, manifest: Manifest) -> FullDrill:
        """Ready to drill a backup on the target server."""
        target = self.restore_target(manifest)
        drilling = replace(self.run_drill(manifest), sandboxes=TargetSandboxes(target))
        return FullDrill(drilling, self.catalog, target.name, clock, self._progress)

    def compare_database(self, manifest: Manifest) -> CompareDatabase:
        """Ready to compare with a backup."""
        probe = self._made_by(manifest).probe()
        return CompareDatabase(self.catalog, self._engines, time.monotonic, self._progress, probe)

    def target(self, manifest: Manifest) -> ProvableDatabase[Any]:
        """The database that is compared with a backup. Raise UsageError if it is of another engine."""
        refuse_other_engine(manifest, self._settings.target_url, self._engines)
        return self._made_by(manifest).database()

    def target_name(self, manifest: Manifest) -> str:
        """How the database that is compared is called, without secrets."""
        return str(self._made_by(manifest).target_address())

    def restore_backup(self, manifest: Manifest, jobs: int | None = None) -> RestoreBackup:
        """Ready to restore a backup. jobs: how much at once, None for one per processor.

        Raise UsageError or SecretError if a secret cannot be read, ToolMissingError as for a backup.
        """
        made_by = self._made_by(manifest)
        made_by.engine.check_image(self._environment)
        return RestoreBackup(
            vault=self.vault,
            catalog=self.catalog,
            engines=self._engines,
            target=self.restore_target(manifest, jobs),
            events=self._events,
            clock=clock,
            timer=time.monotonic,
            new_id=new_id,
            progress=self._progress,
            probe=made_by.probe(),
            after_restore=self._settings.after_restore,
        )

    def restore_tables(self, manifest: Manifest) -> RestoreTables:
        """Ready to restore chosen tables of a backup. Raise as for a restore."""
        self._made_by(manifest).engine.check_image(self._environment)
        target = self.restore_target(manifest)
        return RestoreTables(
            self.vault, self.catalog, self._engines, target, self._events, clock, new_id, self._progress
        )

    def restore_target(self, manifest: Manifest | None = None, jobs: int | None = None) -> Target[Any]:
        """The server that is restored to: as the target's URL says, else the secret, else the source's.

        manifest: of what is restored; None for no backup, e.g. to undo a swap.
        Raise UsageError if it is of another engine; it or SecretError if a secret cannot be read.
        """
        if manifest is None:
            return self._at(self._settings.target_url or self._settings.url).target(jobs)
        refuse_other_engine(manifest, self._settings.target_url or self._settings.url, self._engines)
        return self._made_by(manifest).target(jobs)

    def swapping_target(self) -> Swaps:
        """The server where a restored database takes the live one's place. Raise UsageError if none can."""
        return swapping(self.restore_target())

    def undo_restore(self) -> Swapped:
        """Restore the database that the last swap put aside, and record it."""
        return UndoRestore(self.restore_target(), self._events, clock).run()

    def checklist(self) -> Checklist:
        """The source's checklist, as of now. Raise NothingToWorkOnError if there is no backup."""
        self._note_missing_catalog()
        self._note_missing_copy()
        settings = self._settings
        reading = ReadChecklist(
            source=settings.source,
            catalog=self.catalog,
            engines=self._engines,
            policy=self._retention,
            backup_age=settings.objectives.backup_age,
            proof_age=settings.objectives.proof_age,
            after_restore=settings.after_restore.sha256,
            copies=str(settings.copy.catalog) if settings.copy else None,
            copy_age=settings.objectives.copy_age,
        )
        return reading.run(clock())

    def plan_prune(self, now: datetime | None) -> Plan | Intent:
        """What a prune would keep and remove; without a vault, what the catalog alone tells of that."""
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

        patience: how long it may take; run_id: of a run that is repeated under the same id when it dies;
        confirm: the digest of the plan that a person has looked at.
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

    def watch_sizes(self, backup: BackupId | None = None) -> SizesCompared:
        """Tell what is odd about the size of a backup, or of the newest."""
        watch = WatchSizes(self._settings.source, self.catalog, self._engines, self._events)
        return watch.run(backup)

    def hold(self, backup: BackupId, until: datetime) -> Hold:
        """Hold a backup for the operator. Raise UsageError if that moment is over."""
        hold = Hold(OPERATOR, until)
        if until <= clock():
            raise UsageError(f"{until.isoformat()} is in the past", "give a time in the future")
        set_hold(self.catalog, backup, hold)
        return hold

    def unhold(self, backup: BackupId) -> tuple[list[Hold], list[Hold]]:
        """Give the operator's holds on a backup back; return them, and whoever else holds it now."""
        released = release_holds(self.catalog, backup, OPERATOR)
        return released, still_holding(holds_on(self.catalog, backup), clock())

    def refuse_other_unhold(self, backup: BackupId) -> None:
        """Raise UsageError if a selector led to a backup that may not be the one that is held."""
        settings = self._settings
        if settings.selector in (NEWEST, NEWEST_PROVEN):
            held = holds_by_backup(self.catalog, settings.source)
            refuse_other(settings.selector, backup, [one for one in held if is_held_by(held[one], OPERATOR)])

    def enrol(self) -> bool:
        """Add the escrow password to the vault, and say whether it was not there before.

        Raise UsageError if the vault is none of restic's, or is to have no escrow password.
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
        """Lock all of a restic repository for as long as a backup in it is kept; tell what was refused."""
        protecting = self._protection.of_week()
        if protecting is None:
            return []
        intent = self._pruning().intent(self._retention, clock())
        return ProtectRepository(protecting, self._events).run(intent.plan)

    def storage(self) -> SourceStorage:
        """What the source's archives take."""
        return measure(self._settings.source, self.catalog, self.vault, self._settings.quota)

    def examine(self, unforeseen: Callable[[BaseException], None]) -> list[Examined]:
        """Examine what a night needs. unforeseen: is told of what a check raised and nobody foresaw."""
        self._note_missing_copy()
        checks = Examination(self._settings, self._secrets, self, self._of_source, self._formats).checks()
        return Examine(self._redactor.redact, unforeseen).run(checks)

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

    def record_failed_copy(self, error: ScimsBackupError) -> None:
        """Record that a copy failed before it began."""
        self._events.record_failure(Kind.COPY_FAILED, error)

    @cached_property
    def elsewhere(self) -> Application:
        """The other side, as its copier reaches it.

        Raise UsageError if the settings name none, and whatever keeps its secrets from being read.
        """
        there = elsewhere(self._settings, self._environment, self._secrets)
        return Application(
            there.settings, there.environment, self._progress, self._redactor, there.access, self._engines
        )

    def recover(self) -> Recover:
        """Ready to bring vault and catalog back. Raise UsageError where they do not lie in S3."""
        from scims_backup.bootstrap.recovery import new_recovery  # noqa: PLC0415  loads boto3, which is slow

        return new_recovery(self._settings, self._progress)

    def reach_elsewhere(self) -> None:
        """Become who copies. Raise VaultAccessError if that is not for whoever runs this."""
        access = self.elsewhere.access
        if access:
            access.check()

    def verify_backup(self) -> VerifyBackup:
        """Ready to verify."""
        return VerifyBackup(self.vault, self.catalog, self._engines, self._progress)

    def _note_missing_catalog(self) -> None:
        place = self._settings.catalog
        if isinstance(place, Path) and not place.is_dir():
            self._progress.note(f"there is no catalog at {place} yet: is its disk mounted?")

    def _note_missing_copy(self) -> None:
        if self._settings.copy is None:
            source = self._settings.source
            self._progress.note(f"no second copy of {source} is configured ([sources.{source}.copy])")

    @property
    def _formats(self) -> Formats:
        """The formats of the engines that there are."""
        return self._engines.formats()

    @property
    def _retention(self) -> Policy:
        """What the settings say, else the engine's own."""
        policy = self._settings.retention
        return policy if not policy.is_empty else self._of_source.engine.retention or policy

    @property
    def _of_source(self) -> OfEngine:
        return self._at(self._settings.url)

    def _made_by(self, manifest: Manifest) -> OfEngine:
        return self._of(self._engines.of(manifest))

    def _at(self, url: str) -> OfEngine:
        return self._of(self._engines.of_address(url))

    def _of(self, engine: AnyEngine) -> OfEngine:
        self._progress.words = engine.words
        return OfEngine(engine, self._settings, self._environment, self._secrets)

    @cached_property
    def _secrets(self) -> Secrets:
        return Secrets(self._environment, self._redactor)

    @property
    def _protection(self) -> Protection:
        return Protection(self._settings, self.catalog, self.vault, lambda: self._s3, self._retention)

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog that the settings name."""
        place = self._settings.catalog
        if isinstance(place, Path):
            return FolderCatalog(place)
        from scims_backup.adapters.catalogs.s3 import S3Catalog  # noqa: PLC0415  loads boto3, which is slow

        return S3Catalog(self._s3, place)

    @cached_property
    def _events(self) -> EventLog:
        return event_log(self._settings.source, self.catalog, self._progress)

    @cached_property
    def vault(self) -> Vault:
        """The vault that the settings name.

        Raise UsageError if they name none, or SecretError if its password cannot be read.
        """
        place = self._settings.vault
        if isinstance(place, Place):
            return self._s3_vault(place)
        return ResticVault(
            place or "",
            self._settings.source,
            self.catalog,
            self._secrets.for_restic(self._settings.vault_secret),
            clock=clock,
            sleep=time.sleep,
            escrow=self._secrets.escrow(self._settings.escrow_secret, self._settings.escrow_by),
        )

    def _s3_vault(self, place: Place) -> Vault:
        from scims_backup.adapters.vaults.s3 import S3Vault  # noqa: PLC0415  as above

        settings = self._settings
        return S3Vault(
            self._s3,
            place,
            settings.source,
            self.catalog,
            clock=clock,
            encryption_key=settings.encryption_key,
            lock=settings.object_lock and replace(settings.object_lock, policy=self._retention),
        )

    @cached_property
    def _s3(self) -> S3Client:
        from scims_backup.adapters.s3.client import new_client  # noqa: PLC0415  as above

        return new_client(self.access) if self.access else new_client()
