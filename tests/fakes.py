"""In-memory stand-ins for the ports; each keeps its port's contract."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import ArchiveMissingError, KeyMissingError, KeyTakenError, VaultError
from scims_backup.domain.manifest import Archive, Manifest, ProofRef
from scims_backup.domain.verdict import Finding, Report, Verdict
from scims_backup.domain.words import ROWS_OF_TABLES, Words
from scims_backup.ports import Catalog, Stored, StoredArchive, Usage


class MemoryCatalog:
    """A catalog in a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_new(self, key: str, data: bytes) -> None:
        if self.objects.setdefault(key, data) != data:
            raise KeyTakenError(f"{key} is taken")

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise KeyMissingError(f"{key} is not there")
        return self.objects[key]

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in list(self.objects) if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)


@dataclass
class MemoryWriter:
    """Collects an archive; it is in the vault only after commit."""

    vault: MemoryVault
    backup: BackupId
    chunks: list[bytes] = field(default_factory=list)

    def write(self, chunk: bytes) -> None:
        if self.vault.full:
            raise VaultError("the vault is full")
        self.chunks.append(chunk)

    def commit(self) -> Stored:
        data = b"".join(self.chunks)
        ref = hashlib.sha256(f"{self.backup}".encode()).hexdigest()
        self.vault.stored[ref] = (self.backup, data)
        return Stored(ref, len(data))


class MemoryVault:
    """A vault in a dictionary: ref → backup and bytes.

    full: makes every write fail; stored_at: when all that it holds was stored, None for each backup's time.
    """

    kind = "memory"

    def __init__(self) -> None:
        self.stored: dict[str, tuple[BackupId, bytes]] = {}
        self.full = False
        self.stored_at: datetime | None = None

    def prepare(self) -> None:
        pass

    @contextmanager
    def store(self, backup: BackupId) -> Iterator[MemoryWriter]:
        yield MemoryWriter(self, backup)

    @contextmanager
    def read(self, ref: str) -> Iterator[Iterator[bytes]]:
        if ref not in self.stored:
            raise ArchiveMissingError(f"{ref} is not there")
        yield iter([self.stored[ref][1]])

    def archives(self) -> Sequence[StoredArchive]:
        return [
            StoredArchive(ref, backup, self.stored_at or backup.moment)
            for ref, (backup, _) in self.stored.items()
        ]

    def delete(self, ref: str) -> None:
        self.stored.pop(ref, None)

    def discard_unfinished(self, before: datetime) -> int:  # noqa: ARG002  # nothing here is ever unfinished
        return 0

    def reclaim(self) -> None:
        pass

    def usage(self) -> Usage:
        stored = sum(len(data) for _, data in self.stored.values())
        return Usage("memory", stored, stored)

    def tools(self) -> Mapping[str, str]:
        return {"memory": "1"}


class RecordedProgress:
    """Remembers what it was told."""

    words: Words = ROWS_OF_TABLES

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    def phase(self, name: str, total_bytes: int = 0, total_rows: int = 0) -> None:
        self.told.append(("phase", (name, total_bytes, total_rows)))

    def bytes(self, count: int) -> None:
        self.told.append(("bytes", count))

    def rows(self, table: str, count: int) -> None:
        self.told.append(("rows", (table, count)))

    def note(self, message: str) -> None:
        self.told.append(("note", message))


def a_manifest(stamp: str = "20261122T020000Z", source: str = "scims-db") -> Manifest:
    """Build a plausible manifest."""
    backup = BackupId(source, stamp)
    return Manifest(
        backup=backup,
        started=backup.moment,
        finished=backup.moment.replace(second=42),
        archive=Archive(1_663_000_000, 207_000_000, "ab" * 32, "restic", "4b" * 32),
        proof=ProofRef(keys.proof(backup), "cd" * 32, "full"),
        server={"version": "15.19", "database": "scims"},
        tools={"pg_dump": "15.19", "restic": "0.14.0"},
    )


def put_backup(catalog: Catalog, manifest: Manifest) -> None:
    """Let a catalog know a backup."""
    catalog.put_new(keys.manifest(manifest.backup), manifest.to_bytes())


def put_drill(catalog: Catalog, backup: BackupId, drill: str, verdict: Verdict | None) -> None:
    """Let a catalog know a drill; without a verdict it has only begun."""
    catalog.put_new(keys.drill_request(backup, drill), b"{}")
    if verdict is not None:
        report = a_report(verdict)
        catalog.put_new(keys.drill_report(backup, drill), report.to_bytes())
        catalog.put_new(keys.drill_verdict(backup, drill, verdict), report.to_bytes())


def a_report(verdict: Verdict) -> Report:
    """Build a plausible report."""
    seconds = {"fetch": 0.2, "start": 0.8, "restore": 21.4, "prove": 3.5}
    if verdict is Verdict.FAILED:
        finding = Finding("rows-differ", "table public.item_stocks", "41 rows", "40")
        return Report(verdict, (finding,), seconds=seconds)
    return Report(verdict, reason="no space" if verdict is Verdict.INCONCLUSIVE else "", seconds=seconds)
