"""A source with a backup here and an empty place there, in memory, and copies from one to the other."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import zstandard

from scims_backup.domain import keys
from scims_backup.domain.backup import LONGEST_RUN, BackupId
from scims_backup.domain.errors import KeyMissingError, VaultError
from scims_backup.domain.manifest import Archive, Manifest, ProofRef
from scims_backup.domain.retention import Policy
from scims_backup.engines.registry import ENGINES
from scims_backup.ports import Stored
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.copy_backup import CopyBackup, Side
from scims_backup.usecases.reports.list_backups import ListBackups
from scims_backup.usecases.retention.prune_backups import PruneBackups
from scims_backup.usecases.retention.pruned import Pruned
from scims_backup.usecases.stored.proofs import load_proof
from scims_backup.usecases.stored.verify_backup import VerifyBackup
from tests.fakes import MemoryCatalog, MemoryVault, MemoryWriter, RecordedProgress, a_manifest
from tests.faults import a_proof
from tests.mortal import Life, Mortal

SOURCE = "scims-db"
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
BACKUP = BackupId(SOURCE, "20261122T020000Z")
ARCHIVE = b"PGDMP" + bytes(range(256)) * 40
THERE = "s3://elsewhere/catalog"


class _Writer(MemoryWriter):
    """Stores each archive under a name of its own, as real vaults do."""

    def commit(self) -> Stored:
        data = b"".join(self.chunks)
        ref = hashlib.sha256(f"{self.backup} {next(self.vault.numbers)}".encode()).hexdigest()  # type: ignore[attr-defined]
        self.vault.stored[ref] = (self.backup, data)
        return Stored(ref, len(data) // 2)


class CountingVault(MemoryVault):
    """A vault in which no two archives have one name; it delivers in several chunks."""

    kind = "counting"

    def __init__(self) -> None:
        super().__init__()
        self.numbers = itertools.count()
        self.prepared = 0

    def prepare(self) -> None:
        self.prepared += 1

    @contextmanager
    def store(self, backup: BackupId) -> Iterator[MemoryWriter]:
        yield _Writer(self, backup)

    @contextmanager
    def read(self, ref: str) -> Iterator[Iterator[bytes]]:
        with super().read(ref) as whole:
            data = b"".join(whole)
        yield iter([data[:100], data[100:5000], data[5000:]])


class AddOnlyCatalog(MemoryCatalog):
    """A catalog in which this program can remove nothing."""

    def delete(self, key: str) -> None:
        raise AssertionError(f"{key} was to be removed on the other side")


class AddOnlyVault(CountingVault):
    """A vault in which this program can remove nothing."""

    def delete(self, ref: str) -> None:
        raise AssertionError(f"archive {ref} was to be removed on the other side")

    def discard_unfinished(self, before: datetime) -> int:
        raise AssertionError(f"what was stored before {before} was to be removed on the other side")


class Sides:
    """Here and there. now: what the clock says; the copier can only add there, a prune there can do all."""

    def __init__(self) -> None:
        self.catalog, self.vault = MemoryCatalog(), CountingVault()
        self.there_catalog, self.there_vault = AddOnlyCatalog(), AddOnlyVault()
        self.now = NOW
        self.progress = RecordedProgress()
        self._ids = itertools.count()

    def clock(self) -> datetime:
        """Return the time that a test has set."""
        return self.now

    def new_id(self) -> str:
        """Return the next id."""
        return f"id{next(self._ids)}"

    def add(self, backup: BackupId = BACKUP, data: bytes = ARCHIVE) -> Manifest:
        """Let there be a backup here."""
        with self.vault.store(backup) as writer:
            writer.write(data)
            stored = writer.commit()
        proof = zstandard.compress(a_proof().to_bytes())
        self.catalog.put_new(keys.proof(backup), proof)
        archive = Archive(
            len(data), stored.stored_bytes, hashlib.sha256(data).hexdigest(), "counting", stored.ref
        )
        where = ProofRef(keys.proof(backup), hashlib.sha256(proof).hexdigest(), "full")
        manifest = replace(a_manifest(backup.stamp, backup.source), archive=archive, proof=where)
        self.catalog.put_new(keys.manifest(backup), manifest.to_bytes())
        return manifest

    def copying(self, life: Life | None = None, **options: Any) -> CopyBackup:
        """A copy from here to there."""
        here: tuple[Any, Any] = (self.vault, self.catalog)
        there: tuple[Any, Any] = (self.there_vault, self.there_catalog)
        if life is not None:
            here, there = ((Mortal(one, life), Mortal(other, life)) for one, other in (here, there))
        return CopyBackup(
            source=SOURCE,
            here=Side(*here, "file:///here"),
            there=Side(*there, THERE),
            events=EventLog(SOURCE, here[1], self.clock, self.new_id, self.progress),
            clock=self.clock,
            new_id=self.new_id,
            progress=self.progress,
            **options,
        )

    def prune_there(self, policy: Policy | None = None, longest: timedelta = LONGEST_RUN) -> Pruned:
        """Let the other side prune itself, by its own rights."""
        catalog, vault = MemoryCatalog(), CountingVault()
        catalog.objects, vault.stored = self.there_catalog.objects, self.there_vault.stored
        progress = RecordedProgress()
        pruning = PruneBackups(
            source=SOURCE,
            vault=vault,
            catalog=catalog,
            events=EventLog(SOURCE, catalog, self.clock, self.new_id, progress),
            clock=self.clock,
            new_id=self.new_id,
            progress=progress,
            longest=longest,
        )
        return pruning.run(policy or Policy(last=2), self.now)

    def listed_there(self) -> list[BackupId]:
        """What `list` shows on the other side; each is whole, or this fails."""
        listed = ListBackups(self.there_catalog).run(SOURCE)
        for one in listed:
            assert one.manifest is not None, one.problem
            VerifyBackup(self.there_vault, self.there_catalog, ENGINES, RecordedProgress()).run(one.manifest)
            load_proof(self.there_catalog, one.manifest, ENGINES)
        return [one.backup for one in listed]

    def manifest_there(self) -> Manifest:
        """The manifest of the copy."""
        key = keys.manifest(BACKUP)
        return Manifest.from_bytes(self.there_catalog.get(key), key)

    def records_there(self) -> list[str]:
        """The keys of what copies noted as stored."""
        return [key for key in self.there_catalog.keys(keys.runs(SOURCE)) if keys.is_stored_record(key)]

    def events(self) -> list[str]:
        """The kinds of the events that were told here."""
        return [keys.kind_of_event(key) for key in self.catalog.keys("events/")]

    def is_held(self) -> bool:
        """Whether somebody still holds the backup here."""
        return any(True for _ in self.catalog.keys("holds/"))


def missing(catalog: MemoryCatalog, key: str) -> bool:
    """Say whether there is no object under a key."""
    try:
        catalog.get(key)
    except KeyMissingError:
        return True
    return False


class FullVault(AddOnlyVault):
    """A vault that takes no byte, or none after some."""

    def __init__(self, error: VaultError, after: int = 0) -> None:
        super().__init__()
        self._error, self._left = error, after

    @contextmanager
    def store(self, backup: BackupId) -> Iterator[MemoryWriter]:
        vault = self

        class Refusing(_Writer):
            def write(self, chunk: bytes) -> None:
                if vault._left == 0:
                    raise vault._error
                vault._left -= 1
                super().write(chunk)

        yield Refusing(self, backup)
