"""A source with backups, drills and leftovers in memory, and a prune of it."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.retention import Policy
from scims_backup.domain.verdict import Verdict
from scims_backup.ports.leases import Holder
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.run_records import StoredRecord
from scims_backup.usecases.retention.prune_backups import PruneBackups
from scims_backup.usecases.retention.pruned import Pruned
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress, a_manifest, put_drill
from tests.mortal import Life, Mortal

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
SOURCE = "scims-db"
DAILY = Policy(daily=3)


def night(days_ago: int, source: str = SOURCE) -> BackupId:
    """The backup of a night, so many days before the last."""
    return BackupId(source, stamp_of(NOW - timedelta(days=days_ago, hours=1)))


class Confirmed(PruneBackups):
    """A prune by somebody who has looked at the plan, just before, and confirms it."""

    def run(self, policy: Policy, now: datetime, confirm: str | None = None) -> Pruned:
        return super().run(policy, now, confirm or self.place.pruning().intent(policy, now).digest)

    place: Place


class Place:
    """A catalog and a vault with everything that real runs leave there.

    confirms: whether somebody looks at each prune's plan beforehand, and confirms it.
    """

    confirms = False

    def __init__(self) -> None:
        self.catalog, self.vault = MemoryCatalog(), MemoryVault()
        self.now = NOW
        self._ids = itertools.count()

    def add(self, backup: BackupId, verdict: Verdict | None = None) -> Manifest:
        self.claim(backup)
        ref = self.store(backup)
        manifest = a_manifest(backup.stamp, backup.source)
        archive = manifest.archive.__class__(7, 7, "ab" * 32, "memory", ref)
        manifest = Manifest(backup, manifest.started, manifest.finished, archive, manifest.proof)
        self.catalog.put_new(keys.proof(backup), b"proof")
        self.catalog.put_new(keys.manifest(backup), manifest.to_bytes())
        if verdict is not None:
            put_drill(self.catalog, backup, "20261122T040000Z", verdict)
        return manifest

    def clock(self) -> datetime:
        return self.now

    def new_id(self) -> str:
        return f"id{next(self._ids)}"

    def claim(self, backup: BackupId) -> None:
        self.claim_until(backup, backup.moment + timedelta(hours=24))

    def claim_until(self, backup: BackupId, until: datetime) -> str:
        """Let a run claim a backup, and return the claim's key."""
        key = keys.claim(backup)
        since = max(backup.moment, until - timedelta(hours=24))
        self.catalog.put_new(key, Holder("a-run", since, until).to_bytes())
        return key

    def store(self, backup: BackupId) -> str:
        """Put an archive into the vault as a run does, and return its ref."""
        ref = self.store_unnoted(backup)
        record = StoredRecord("memory", ref)
        self.catalog.put_new(keys.stored_by_run(backup, ref[:8]), record.to_bytes())
        return ref

    def store_unnoted(self, backup: BackupId) -> str:
        """Put an archive of which the catalog knows nothing into the vault, and return its ref."""
        ref = hashlib.sha256(f"{backup} {next(self._ids)}".encode()).hexdigest()
        self.vault.stored[ref] = (backup, b"archive")
        return ref

    def hold(self, backup: BackupId, until: datetime, holder: str = "operator") -> None:
        hold = Hold(holder, until)
        self.catalog.put_new(keys.hold(backup, hold), hold.to_bytes())

    def pruning(self, life: Life | None = None, quota: int | None = None, **options: Any) -> PruneBackups:
        catalog = Mortal(self.catalog, life) if life else self.catalog
        vault = Mortal(self.vault, life) if life else self.vault
        kind = Confirmed if self.confirms else PruneBackups
        progress = RecordedProgress()
        pruning = kind(
            source=SOURCE,
            vault=vault,
            catalog=catalog,
            events=EventLog(SOURCE, catalog, self.clock, self.new_id, progress),
            clock=self.clock,
            new_id=self.new_id,
            progress=progress,
            longest=timedelta(hours=24),
            quota=quota,
            **options,
        )
        if isinstance(pruning, Confirmed):
            object.__setattr__(pruning, "place", self)
        return pruning

    def backups(self, source: str = SOURCE) -> list[BackupId]:
        return [keys.backup_of(key) for key in self.catalog.keys(keys.manifests(source))]

    def stored(self) -> set[BackupId]:
        return {backup for backup, _ in self.vault.stored.values()}

    def state(self) -> tuple[set[str], set[str]]:
        """Everything but events and history: what two ways of pruning must agree on."""
        told = ("events/", "history/")
        return {key for key in self.catalog.objects if not key.startswith(told)}, set(self.vault.stored)

    def phantoms(self) -> list[str]:
        """What every backup must have and one lacks."""
        lacking = []
        for backup in self.backups():
            data = self.catalog.objects[keys.manifest(backup)]
            if Manifest.from_bytes(data, "").archive.ref not in self.vault.stored:
                lacking.append(f"{backup} has no bytes")
            if keys.proof(backup) not in self.catalog.objects:
                lacking.append(f"{backup} has no proof")
        return lacking


def ten_nights() -> Place:
    """Ten nights, of which the ninth and the third before the last are proven."""
    place = Place()
    for days in range(10):
        place.add(night(days), Verdict.PASSED if days in {3, 9} else None)
    return place
