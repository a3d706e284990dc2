"""Reading one object from a bucket, over broken connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Self, TypedDict

from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, failure_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_BLOCK = 1 << 20
_BREAK_WAITS = (0.0, 1.0, 4.0, 15.0)
"""Seconds before each try to go on after a connection broke; any byte that arrives restarts them."""


class ObjectName(TypedDict):
    """What a request for one object names it by."""

    Bucket: str
    Key: str


class CutObjectError(Exception):
    """An object has fewer bytes than the store says."""


class ObjectReader:
    """An object that is being read; leaving early closes the connection.

    length: in bytes.

    Raise one of s3_errors.ERRORS if it cannot be opened.
    """

    def __init__(self, client: S3Client, name: ObjectName, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep
        self._offset = 0
        answer = client.get_object(**name)
        self.length = answer["ContentLength"]
        self._etag = answer["ETag"]
        self._body = answer["Body"]

    def blocks(self) -> Iterator[bytes]:
        """Yield the object's bytes, by further requests where a connection broke.

        Raise CutObjectError, or one of s3_errors.ERRORS: Failure.TAKEN if the object was replaced meanwhile.
        """
        while self._offset < self.length:
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
        raise broken

    def _read(self) -> bytes:
        block = self._body.read(min(_BLOCK, self.length - self._offset))
        if not block:
            raise CutObjectError(f"it ends after {self._offset} of {self.length} bytes")
        return block

    def _go_on(self) -> None:
        """Ask for the rest, of the same object as before."""
        self._body.close()
        answer: GetObjectOutputTypeDef = self._client.get_object(
            **self._name, Range=f"bytes={self._offset}-", IfMatch=self._etag
        )
        self._body = answer["Body"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._body.close()
