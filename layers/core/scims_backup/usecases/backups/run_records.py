"""What a run notes in the catalog, so that what it leaves is known if it dies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.documents import read
from scims_backup.ports import Catalog

VERSION = 1


@dataclass(frozen=True)
class StoredRecord:
    """An archive that a run has stored, by the vault's kind and its own name for it."""

    vault: str
    ref: str

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        return json.dumps({"version": VERSION, **vars(self)}, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> StoredRecord:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)


@dataclass(frozen=True)
class Order:
    """What was ordered of a source that delivers to a later run, in the source's own words."""

    order: Mapping[str, str]

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        return json.dumps({"version": VERSION, "order": dict(self.order)}, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Order:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)


@dataclass(frozen=True)
class FailedRun:
    """A run that failed and gave its claim back.

    run: its id.
    error: the name of its error's class.
    """

    run: str
    error: str

    def to_bytes(self) -> bytes:
        """Write the document for the catalog."""
        return json.dumps({"version": VERSION, **vars(self)}).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> FailedRun:
        """Read a document stored under `name`. Raise DocumentError if damaged or of a newer version."""
        return read(cls, data, name, VERSION)


def condemn(catalog: Catalog, backup: BackupId) -> None:
    """Say that what the runs of a backup left is being removed.

    A run looks for this after its claim, and again after its manifest; who condemns looks for both after
    this: so at least one of the two sees the other.
    """
    catalog.put_new(keys.condemned_run(backup), json.dumps({"version": VERSION}).encode() + b"\n")


def is_condemned(catalog: Catalog, backup: BackupId) -> bool:
    """Say whether what the runs of a backup left is being removed."""
    return any(True for _ in catalog.keys(keys.condemned_run(backup)))
