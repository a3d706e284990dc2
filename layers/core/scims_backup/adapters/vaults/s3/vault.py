"""The vault that keeps archives as objects in a bucket."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
import zstandard

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.known_backups import KnownBackups
from scims_backup.adapters.vaults.s3 import listing, marker, refs, unfinished
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.adapters.vaults.s3.protection import Protection
from scims_backup.adapters.vaults.s3.reader import S3Reader
from scims_backup.adapters.vaults.s3.removal import Removal
from scims_backup.adapters.vaults.s3.upload import Upload
from scims_backup.adapters.vaults.s3.usage import measured
from scims_backup.adapters.vaults.s3.writer import S3Writer
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import ArchiveMissingError, DeleteRefusedError, VaultError, VaultGoneError
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.ports import Catalog, StoredArchive, Usage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def _now() -> datetime:
    return datetime.now(UTC)


class S3Vault:
    """The archives of one source in a place of a bucket, which other sources may share.

    client: from adapters.s3.new_client, whose retries this relies on
    encryption_key: the KMS key for new archives, by id, alias or ARN
    lock: the Object Lock for new archives, in a bucket that allows it
    """

    kind = "s3"

    def __init__(
        self,
        client: S3Client,
        place: S3Place,
        source: str,
        catalog: Catalog,
        *,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], None] = time.sleep,
        encryption_key: str | None = None,
        lock: ObjectLock | None = None,
    ) -> None:
        self._access = Access(client, place)
        self._source = source
        self._removal = Removal(self._access, source)
        self._known = KnownBackups(catalog, source, str(place))
        self._clock = clock
        self._sleep = sleep
        self._protection = Protection(encryption_key, lock)

    def prepare(self) -> None:
        """Make ready to store; put the marker into an empty place when allowed.

        Raise VaultGoneError if the catalog knows backups but the marker or the bucket is not there.
        """
        marker.ensure(self._access, self._known)
        self._known.register()

    @contextmanager
    def store(self, backup: BackupId) -> Iterator[S3Writer]:
        """Open a writer. Leaving without commit, for whatever reason, leaves no archive behind."""
        ref = refs.ref_of(backup, secrets.token_hex(8))
        upload = Upload(
            self._access, ref, self._protection.options(backup.moment, self._clock()), self._sleep
        )
        try:
            yield S3Writer(upload)
        except BaseException as error:
            _abandon(upload, error)
            raise
        upload.abandon()

    @contextmanager
    def read(self, ref: str) -> Iterator[Iterator[bytes]]:
        """Yield an archive's bytes. Raise ArchiveMissingError or ArchiveDamagedError."""
        backup = refs.backup_of(ref)
        if backup is None or backup.source != self._source:
            raise ArchiveMissingError(
                f"{ref!r} is not an archive of source {self._source} in {self._access.place}",
                f"a ref looks like {refs.folder(self._source)}20261122T020000Z-0123456789abcdef.dump.zst",
            )
        with S3Reader(self._access, ref, self._sleep) as reader:
            yield reader.chunks()

    def archives(self) -> Sequence[StoredArchive]:
        """Return every archive of this source in the place, oldest first.

        Raise VaultGoneError if there is none and the marker is missing too.
        """
        found = listing.archives(self._access, self._source)
        if not found and not marker.is_there(self._access):
            raise VaultGoneError(
                f"the vault {self._access.place} does not exist: it has no {marker.NAME}",
                f"check bucket {self._access.place.bucket}, the prefix and the endpoint (AWS_ENDPOINT_URL)",
            )
        return found

    def delete(self, ref: str) -> None:
        """Remove one archive of this source; one that is not there is removed already.

        By a mark where the bucket keeps older versions and lets them expire, else with all its versions.
        Raise DeleteRefusedError if it is another source's, a lock keeps it, or a right is missing.
        """
        backup = refs.backup_of(ref)
        if backup is None:
            return
        if backup.source != self._source:
            raise DeleteRefusedError(
                f"archive {ref} in {self._access.place} is not of source {self._source}",
                "remove it as a backup of its own source",
            )
        self._removal.remove(ref)

    def discard_unfinished(self, before: datetime) -> int:
        """Abort uploads of this source that began before a moment; return how many."""
        return unfinished.discard(self._access, self._source, before)

    def reclaim(self) -> None:
        """Do nothing: what is removed takes no space."""

    def usage(self) -> Usage:
        """Measure what is stored, after compression, with older versions and unfinished uploads."""
        return measured(self._access, self._source)

    def tools(self) -> Mapping[str, str]:
        """Name the libraries used and their versions."""
        return {"zstandard": zstandard.__version__, "boto3": boto3.__version__}


def _abandon(upload: Upload, error: BaseException) -> None:
    try:
        upload.abandon()
    except VaultError as leftover:
        error.add_note(f"the partial archive could not be removed: {leftover}")
