"""A source with three real backups in real stores, and what a forger writes into its catalog."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.manifest import Archive, Manifest
from scims_backup.domain.retention import Policy
from scims_backup.domain.tombstone import Tombstone
from scims_backup.domain.verdict import DrilledBytes, Report, Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.ports import Catalog, Vault
from scims_backup.ports.leases import Holder
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.run_records import StoredRecord
from scims_backup.usecases.retention.prune_backups import PruneBackups
from scims_backup.usecases.retention.pruned import Pruned
from scims_backup.usecases.stored.proofs import keep_proof
from scims_backup.usecases.stored.verify_backup import VerifyBackup
from tests.contract.vault_contract import some_bytes
from tests.fakes import RecordedProgress
from tests.faults import a_proof

SOURCE = "scims-db"
LONGEST = timedelta(hours=24)
KEEP_ALL = Policy(last=3)
DRILL = "20261122T030000Z"


@dataclass
class Attacked:
    """Three backups, oldest first, taken in the last hours; prunes come ten days later."""

    catalog: Catalog
    vault: Vault
    made: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    real: list[Manifest] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.made + timedelta(days=10)

    def fill(self) -> Attacked:
        self.vault.prepare()
        self.real = [self.back_up(self.made - timedelta(hours=hours)) for hours in (3, 2, 1)]
        return self

    def back_up(self, moment: datetime) -> Manifest:
        """Take a backup as a run does, but for its event."""
        backup = BackupId(SOURCE, stamp_of(moment))
        archive = self.store(backup, seed=moment.hour)
        proof = keep_proof(self.catalog, backup, a_proof())
        manifest = Manifest(backup, moment, moment, archive, proof)
        self.catalog.put_new(keys.manifest(backup), manifest.to_bytes())
        return manifest

    def store(self, backup: BackupId, seed: int = 77) -> Archive:
        """Put an archive into the vault, and note it."""
        data = some_bytes(2_000, seed)
        with self.vault.store(backup) as writer:
            writer.write(data)
            stored = writer.commit()
        self.note(backup, stored.ref)
        digest = hashlib.sha256(data).hexdigest()
        return Archive(len(data), stored.stored_bytes, digest, self.vault.kind, stored.ref)

    # --- what a forger writes ------------------------------------------------------------------------

    def stamp(self, days: float) -> BackupId:
        """The id of a backup that was never taken, so many days after the real ones."""
        return BackupId(SOURCE, stamp_of(self.made + timedelta(days=days)))

    def note(self, backup: BackupId, ref: str) -> None:
        record = StoredRecord(self.vault.kind, ref)
        self.catalog.put_new(
            keys.stored_by_run(backup, hashlib.sha256(ref.encode()).hexdigest()[:8]), record.to_bytes()
        )

    def manifest(self, backup: BackupId, like: Manifest, **changes: object) -> Manifest:
        """Put a manifest under a backup's name. changes: what it says otherwise than another's."""
        forged = replace(like, **{"backup": backup, **changes})  # type: ignore[arg-type]
        self.catalog.delete(keys.manifest(backup))
        self.catalog.put_new(keys.manifest(backup), forged.to_bytes())
        return forged

    def tombstone(self, backup: BackupId, manifest: Manifest) -> None:
        self.catalog.put_new(keys.tombstone(backup), Tombstone(manifest.to_bytes()).to_bytes())

    def lease(self, key: str, since: datetime, until: datetime) -> None:
        self.catalog.put_new(key, Holder("a-thief", since, until).to_bytes())

    def lose_manifest(self, manifest: Manifest) -> None:
        self.catalog.delete(keys.manifest(manifest.backup))

    def completed(self, manifest: Manifest) -> None:
        """Tell of a backup as its run does."""
        event = Event(
            "id1", Kind.BACKUP_COMPLETED, Severity.INFO, manifest.finished, SOURCE, str(manifest.backup), {}
        )
        self.catalog.put_new(keys.event(event.time, event.kind, event.id), event.to_bytes())

    def drill(
        self, manifest: Manifest, verdict: Verdict = Verdict.PASSED, said: Verdict | None = None
    ) -> None:
        """Keep a drill's report and verdict. said: what its verdict's key says, if that is something else."""
        of = DrilledBytes(manifest.archive.sha256, manifest.proof.sha256)
        report = Report(verdict, reason="", of=of).to_bytes()
        self.catalog.put_new(keys.drill_request(manifest.backup, DRILL), json.dumps({"version": 1}).encode())
        self.catalog.put_new(keys.drill_report(manifest.backup, DRILL), report)
        self.catalog.put_new(keys.drill_verdict(manifest.backup, DRILL, said or verdict), report)

    # --- what becomes of it --------------------------------------------------------------------------

    def pruning(self) -> PruneBackups:
        def clock() -> datetime:
            return self.now

        new_id, progress = _ids(), RecordedProgress()
        return PruneBackups(
            source=SOURCE,
            vault=self.vault,
            catalog=self.catalog,
            events=EventLog(SOURCE, self.catalog, clock, new_id, progress),
            clock=clock,
            new_id=new_id,
            progress=progress,
            longest=LONGEST,
        )

    def prune(self, policy: Policy = KEEP_ALL) -> Pruned:
        return self.pruning().run(policy, self.now)

    def lost(self) -> list[BackupId]:
        """The real backups whose bytes, or proof, are not what they were."""
        return [one.backup for one in self.real if not self._is_whole(one)]

    def _is_whole(self, manifest: Manifest) -> bool:
        if all(archive.ref != manifest.archive.ref for archive in self.vault.archives()):
            return False
        VerifyBackup(self.vault, self.catalog, ENGINES, RecordedProgress()).run(manifest)
        return True


def _ids() -> Callable[[], str]:
    numbers = iter(range(1_000_000))
    return lambda: f"id{next(numbers)}"


def said(pruned: Pruned) -> str:
    """All that a prune tells of what it did not do."""
    return "\n".join([*(f"{one.backup}: {one.why}" for one in pruned.refused), *pruned.problems])
