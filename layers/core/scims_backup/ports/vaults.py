"""Where archives are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scims_backup.domain.backup import BackupId


@dataclass(frozen=True)
class Stored:
    """An archive in the vault.

    ref: the vault's full name for it.
    stored_bytes: what the vault added for it.
    """

    ref: str
    stored_bytes: int


@dataclass(frozen=True)
class StoredArchive:
    """What the vault knows of an archive that it holds."""

    ref: str
    backup: BackupId
    stored_at: datetime


@dataclass(frozen=True)
class Usage:
    """What a vault takes up, in bytes.

    place: the repository or bucket without secrets, which sources may share: its bytes are counted once.
    source_bytes: what the source's archives take.
    place_bytes: all that is stored there.
    noncurrent_bytes: of place_bytes, older versions and unfinished uploads, which are paid for too.
    unmeasured: what could not be measured, in words: damaged, or not visible. The bytes are without it.
    unlisted: of these, older versions that cannot be listed; source_bytes is complete all the same.
    """

    place: str
    source_bytes: int
    place_bytes: int
    noncurrent_bytes: int = 0
    unmeasured: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()

    @property
    def current_bytes(self) -> int:
        """Of place_bytes, what is there to be read."""
        return self.place_bytes - self.noncurrent_bytes


class ArchiveWriter(Protocol):
    """One archive on its way into the vault; nothing exists there before commit."""

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; blocks while the vault is behind. Raise VaultError if it failed."""

    def commit(self) -> Stored:
        """End the archive cleanly and return what was stored. Raise VaultError if it failed."""


class Vault(Protocol):
    """Where the archives of one source live."""

    kind: str
    """The word for manifests, e.g. `restic`."""

    def prepare(self) -> None:
        """Make ready to store; heal stale locks; initialise an empty vault when allowed.

        Raise VaultGoneError if the catalog knows backups but the vault is not there.
        """

    def store(self, backup: BackupId) -> AbstractContextManager[ArchiveWriter]:
        """Open a writer. Leaving without commit, for whatever reason, leaves no archive behind."""

    def read(self, ref: str) -> AbstractContextManager[Iterator[bytes]]:
        """Yield an archive's bytes. Raise ArchiveMissingError or ArchiveDamagedError."""

    def archives(self) -> Sequence[StoredArchive]:
        """Return every archive of this source that the vault holds, oldest first."""

    def delete(self, ref: str) -> None:
        """Remove one archive of this source; one that is not there is removed already.

        Space may come free later. Raise DeleteRefusedError if it must stay, e.g. by Object Lock, missing
        right, or because it is another source's; then it is there as before.
        """

    def discard_unfinished(self, before: datetime) -> int:
        """Remove what stores of this source that began before a moment left unfinished; return how many."""

    def reclaim(self) -> None:
        """Free the space of what was removed; other stores may have to wait meanwhile."""

    def usage(self) -> Usage:
        """Measure what is stored."""

    def tools(self) -> Mapping[str, str]:
        """Name the programs used and their versions, for the manifest."""


class Locks(Protocol):
    """Objects of which a store lets nobody remove a version before a moment."""

    def extend(self, until: Mapping[str, datetime]) -> list[str]:
        """Lock objects, by their names, until moments, or as far as is allowed; never shorten a lock.

        Return what could not be locked, and why, in words: one that is refused keeps no other from it.
        """
