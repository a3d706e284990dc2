"""Reading one archive from the bucket, over broken connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Self

from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, failure_of
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.adapters.vaults.s3.frames import HarmedFrameError, decompressed
from scims_backup.domain.errors import ArchiveDamagedError, ArchiveMissingError, VaultError

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_BLOCK = 1 << 20
_BREAK_WAITS = (0.0, 1.0, 4.0, 15.0)
"""Seconds before each try to go on after a connection broke; any byte that arrives restarts them."""
_RIGHT = "s3:GetObject"


class S3Reader:
    """An archive that is being read; leaving early closes the connection."""

    def __init__(self, access: Access, ref: str, sleep: Callable[[float], None]) -> None:
        self._access = access
        self._ref = ref
        self._sleep = sleep
        self._object = access.object(ref)
        self._offset = 0
        try:
            answer = access.client.get_object(**self._object)
        except ERRORS as error:
            raise self._error(error) from None
        self._length = answer["ContentLength"]
        self._etag = answer["ETag"]
        self._body = answer["Body"]

    def chunks(self) -> Iterator[bytes]:
        """Yield the archive's bytes. Raise ArchiveDamagedError, or another VaultError."""
        try:
            yield from decompressed(self._blocks())
        except HarmedFrameError as error:
            raise self._damaged(str(error)) from None

    def _blocks(self) -> Iterator[bytes]:
        """Yield the compressed bytes, by further requests where a connection broke."""
        while self._offset < self._length:
            block = self._next_block()
            self._offset += len(block)
            yield block

    def _next_block(self) -> bytes:
        try:
            return self._read()
        except ERRORS as error:
            broken = error
        for seconds in _BREAK_WAITS:
            if failure_of(broken) is not Failure.UNREACHABLE:
                break
            self._sleep(seconds)
            try:
                self._go_on()
                return self._read()
            except ERRORS as error:
                broken = error
        raise self._error(broken)

    def _read(self) -> bytes:
        block = self._body.read(min(_BLOCK, self._length - self._offset))
        if not block:
            raise self._damaged(f"it ends after {self._offset} of {self._length} bytes")
        return block

    def _go_on(self) -> None:
        """Ask for the rest, of the same object as before."""
        self._body.close()
        answer: GetObjectOutputTypeDef = self._access.client.get_object(
            **self._object, Range=f"bytes={self._offset}-", IfMatch=self._etag
        )
        self._body = answer["Body"]

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
        self._body.close()
