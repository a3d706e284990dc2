"""Drills, comparisons and restores: all that holds a database against a proof."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from scims_backup.bootstrap.backup_cases import BackupCases
from scims_backup.bootstrap.clock_and_ids import clock, new_id
from scims_backup.bootstrap.engines import refuse_other_engine
from scims_backup.domain.errors import ScimsBackupError
from scims_backup.domain.events import Kind
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.questions import Questions
from scims_backup.domain.restore_task import REQUEST
from scims_backup.domain.run_record import RunKind
from scims_backup.domain.sandbox_server import ServerAddress
from scims_backup.ports import (
    ProvableDatabase,
    Swapped,
    Swaps,
    Target,
)
from scims_backup.usecases.drills.checked_sandboxes import CheckedSandboxes
from scims_backup.usecases.drills.compare_database import CompareDatabase
from scims_backup.usecases.drills.full_drill import FullDrill
from scims_backup.usecases.drills.run_drill import RunDrill
from scims_backup.usecases.drills.target_sandboxes import TargetSandboxes
from scims_backup.usecases.restores.ask_task import AskTask
from scims_backup.usecases.restores.capabilities import swapping, with_parts
from scims_backup.usecases.restores.restore_backup import RestoreBackup
from scims_backup.usecases.restores.restore_chosen import RestoreChosen
from scims_backup.usecases.restores.restore_keys import RestoreKeys
from scims_backup.usecases.restores.restore_tables import RestoreTables
from scims_backup.usecases.restores.undo_restore import UndoRestore
from scims_backup.usecases.stored.history import record_failed_run
from scims_backup.usecases.stored.recover import Recover

Chosen = TypeVar("Chosen", bound=RestoreChosen)


class RestoreCases(BackupCases):
    """The use cases that restore, ready to run."""

    @property
    def questions(self) -> Questions:
        """What the deployment asks of a restored database."""
        return Questions(self._settings.expectations, self._settings.application_role)

    def run_drill(self, manifest: Manifest, server: ServerAddress | None = None) -> RunDrill:
        """Ready to drill a backup. Raise UnknownEngineError if its engine is not known here.

        server: that was made for this drill; None for a sandbox on this machine.
        """
        made_by = self._made_by(manifest)
        chosen = made_by.sandboxes() if server is None else made_by.server_sandboxes(server)
        sandboxes = CheckedSandboxes(chosen, partial(made_by.engine.check_image, self._environment))
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
            after_restore=made_by.after_restore,
        )

    def full_drill(self, manifest: Manifest) -> FullDrill:
        """Ready to drill a backup on the target server."""
        target = self.restore_target(manifest)
        drilling = replace(self.run_drill(manifest), sandboxes=TargetSandboxes(target))
        return FullDrill(drilling, self.catalog, target.name, clock, self._progress)

    def compare_database(self, manifest: Manifest) -> CompareDatabase:
        """Ready to compare with a backup."""
        probe = self._made_by(manifest).probe()
        return CompareDatabase(
            self.catalog,
            self._engines,
            time.monotonic,
            self._progress,
            probe,
            (lambda: self.vault) if self._settings.vault else None,
        )

    def target(self, manifest: Manifest, *, show_names: bool = False) -> ProvableDatabase[Any]:
        """The database that is compared with a backup. Raise UsageError if it is of another engine.

        show_names: in findings, though they may be secrets.
        """
        refuse_other_engine(manifest, self._settings.target_url, self._engines)
        return self._made_by(manifest).database(show_names=show_names)

    def target_name(self, manifest: Manifest) -> str:
        """How the database that is compared is called, without secrets."""
        return str(self._made_by(manifest).target_address())

    def restore_backup(
        self, manifest: Manifest, jobs: int | None = None, parts: Collection[str] = ()
    ) -> RestoreBackup:
        """Ready to restore a backup.

        jobs: how much at once, None for one per processor.
        parts: of the backup that are restored, too, though its engine leaves them out otherwise.
        Raise UsageError or SecretError if a secret cannot be read, ToolMissingError as for a backup.
        """
        made_by = self._made_by(manifest)
        made_by.engine.check_image(self._environment)
        return RestoreBackup(
            vault=self.vault,
            catalog=self.catalog,
            engines=self._engines,
            target=with_parts(self.restore_target(manifest, jobs), parts),
            events=self._events,
            clock=clock,
            timer=time.monotonic,
            new_id=new_id,
            progress=self._progress,
            probe=made_by.probe(),
            after_restore=made_by.after_restore,
            request=self._environment.get(REQUEST, ""),
        )

    def ask_task(self) -> AskTask | None:
        """Ready to have a task restore; None where the environment does not say where tasks run."""
        from scims_backup.bootstrap.restore_tasks import restore_tasks  # noqa: PLC0415  loads boto3

        tasks = restore_tasks(self._environment)
        return None if tasks is None else AskTask(self.catalog, tasks, clock, new_id)

    def restore_tables(self, manifest: Manifest) -> RestoreTables:
        """Ready to restore chosen tables of a backup. Raise as for a restore."""
        return self._restore_chosen(RestoreTables, manifest)

    def restore_keys(self, manifest: Manifest) -> RestoreKeys:
        """Ready to restore chosen keys of a backup. Raise as for a restore."""
        return self._restore_chosen(RestoreKeys, manifest)

    def _restore_chosen(self, of: type[Chosen], manifest: Manifest) -> Chosen:
        self._made_by(manifest).engine.check_image(self._environment)
        return of(
            vault=self.vault,
            catalog=self.catalog,
            engines=self._engines,
            target=self.restore_target(manifest),
            events=self._events,
            clock=clock,
            new_id=new_id,
            progress=self._progress,
        )

    def restore_target(self, manifest: Manifest | None = None, jobs: int | None = None) -> Target[Any]:
        """The server that is restored to: as the target's URL says, else the secret, else the source's.

        manifest: of what is restored; None for no backup, e.g. to undo a swap.
        Raise UsageError if it is of another engine; it or SecretError if a secret cannot be read.
        """
        if manifest is None:
            target_url = self._settings.target_url
            return (self._at(target_url) if target_url else self._of_source).target(jobs)
        refuse_other_engine(manifest, self._settings.target_url or self._settings.url, self._engines)
        return self._made_by(manifest).target(jobs)

    def swapping_target(self) -> Swaps:
        """The server where a restored database takes the live one's place. Raise UsageError if none can."""
        return swapping(self.restore_target())

    def undo_restore(self) -> Swapped:
        """Restore the database that the last swap put aside, and record it."""
        return UndoRestore(self.restore_target(), self._events, clock).run()

    def recover(self) -> Recover:
        """Ready to bring vault and catalog back. Raise UsageError where they do not lie in S3."""
        from scims_backup.bootstrap.recovery import new_recovery  # noqa: PLC0415  loads boto3, which is slow

        return new_recovery(self._settings, self._progress)

    def record_failed_restore(self, error: ScimsBackupError) -> None:
        """Record that a restore failed before its run began, or that a swap could not be undone."""
        record_failed_run(self._events, RunKind.RESTORE, error)
        self._events.record_failure(Kind.RESTORE_FAILED, error)
