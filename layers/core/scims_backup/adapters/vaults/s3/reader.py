"""Reading one archive from the bucket, over broken connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Self

from scims_backup.adapters.s3.object_reader import CutObjectError, ObjectReader
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, failure_of
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.adapters.vaults.s3.frames import HarmedFrameError, decompressed
from scims_backup.domain.errors import ArchiveDamagedError, ArchiveMissingError, VaultError

_RIGHT = "s3:GetObject"


class S3Reader:
    """An archive that is being read; leaving early closes the connection."""

    def __init__(self, access: Access, ref: str, sleep: Callable[[float], None]) -> None:
        self._access = access
        self._ref = ref
        try:
            self._object = ObjectReader(access.client, access.object(ref), sleep)
        except ERRORS as error:
            raise self._error(error) from None

    def chunks(self) -> Iterator[bytes]:
        """Yield the archive's bytes. Raise ArchiveDamagedError, or another VaultError."""
        try:
            yield from decompressed(self._object.blocks())
        except (HarmedFrameError, CutObjectError) as error:
            raise self._damaged(str(error)) from None
        except ERRORS as error:
            raise self._error(error) from None

    def _error(self, error: S3Error) -> VaultError:
        failure = failure_of(error)
        if failure is Failure.MISSING:
            return ArchiveMissingError(
                f"there is no archive {self._ref} in {self._access.place}",
                f"check the folder of its source in bucket {self._access.place.bucket}",
            )
        if failure is Failure.TAKEN:
            return self._damaged("it was replaced while it was being read")
        return self._access.error(f"cannot read archive {self._ref}", _RIGHT, error)

    def _damaged(self, why: str) -> ArchiveDamagedError:
        return ArchiveDamagedError(
            f"archive {self._ref} in {self._access.place} is damaged: {why}",
            "take a new backup now; in a bucket with versioning, an older version may be intact",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._object.__exit__()
