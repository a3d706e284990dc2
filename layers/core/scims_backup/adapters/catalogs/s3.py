"""A catalog in a bucket: every object is made by a PUT on the condition that there is none."""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from scims_backup.adapters.catalogs.naming import check_key, check_prefix, is_key
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.responses import answer_to_put, page_of_listing
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, cure, described, failure_of
from scims_backup.domain.errors import CatalogUnreachableError, KeyMissingError, KeyTakenError

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

_WAITS = (0, 0.2, 0.5, 1, 2, 4)
"""Seconds before each try to write where others write, and to read a body that broke off."""
_READING = "s3:GetObject and s3:ListBucket"
"""Without the latter, S3 says of a missing object too that access is denied."""


class S3Catalog:
    """A catalog under a prefix of a bucket, in a store that knows conditional writes (If-None-Match)."""

    def __init__(self, client: S3Client, place: S3Place, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._place = place
        self._sleep = sleep

    def put_new(self, key: str, data: bytes) -> None:
        """Create an object, whole or not at all. Raise KeyTakenError if other bytes are stored there."""
        check_key(key)
        for wait in _WAITS:
            self._sleep(wait)
            if self._created(key, data) or self._is_stored(key, data):
                return
        raise CatalogUnreachableError(
            f"cannot store {key} in {self}: others wrote or removed it during each of {len(_WAITS)} attempts",
            cure(Failure.CONFLICT, self._place.bucket),
        )

    def get(self, key: str) -> bytes:
        """Return an object's bytes. Raise KeyMissingError if there is none."""
        check_key(key)
        stored = self._stored(key)
        if stored is None:
            raise KeyMissingError(f"{key} is not stored in {self}")
        return stored

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with prefix, in ascending order."""
        check_prefix(prefix)
        try:
            names = list(self._listed(self._place.key(prefix)))
        except ERRORS as error:
            raise self._failure(error, f"cannot list {prefix}", "s3:ListBucket") from None
        yield from sorted(filter(is_key, names))  # not every store lists in the order of whole keys

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is removed already."""
        check_key(key)
        try:
            self._client.delete_object(Bucket=self._place.bucket, Key=self._place.key(key))
        except ERRORS as error:
            if failure_of(error) is not Failure.MISSING:
                raise self._failure(error, f"cannot remove {key}", "s3:DeleteObject") from None

    def __str__(self) -> str:
        return f"the catalog {self._place}"

    def _listed(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._place.bucket, Prefix=prefix):
            for found in page_of_listing(page).get("Contents", ()):
                yield self._place.name(found["Key"])

    def _created(self, key: str, data: bytes) -> bool:
        """Say whether the object could be made; if not, one is there or others are about to make it."""
        try:
            answer_to_put(
                self._client.put_object(
                    Bucket=self._place.bucket,
                    Key=self._place.key(key),
                    Body=data,
                    IfNoneMatch="*",
                    ChecksumSHA256=b64encode(hashlib.sha256(data).digest()).decode(),
                )
            )
        except ERRORS as error:
            if failure_of(error) in {Failure.TAKEN, Failure.CONFLICT}:
                return False
            raise self._failure(error, f"cannot store {key}", "s3:PutObject") from None
        return True

    def _is_stored(self, key: str, data: bytes) -> bool:
        """Say whether these bytes are there: a PUT whose answer was lost meets its own object."""
        stored = self._stored(key)
        if stored is not None and stored != data:
            raise KeyTakenError(f"{key} is already stored with other content, in {self}")
        return stored is not None

    def _stored(self, key: str) -> bytes | None:
        broken = ""
        for wait in _WAITS:
            self._sleep(wait)
            body = self._opened(key)
            if body is None:
                return None
            try:
                with closing(body):
                    return body.read()
            except ERRORS as error:
                broken = described(error)
        place_cure = cure(Failure.UNREACHABLE, self._place.bucket)
        raise CatalogUnreachableError(f"cannot read {key} in {self}: {broken}", place_cure)

    def _opened(self, key: str) -> StreamingBody | None:
        try:
            return self._client.get_object(Bucket=self._place.bucket, Key=self._place.key(key))["Body"]
        except ERRORS as error:
            if failure_of(error) is Failure.MISSING:
                return None
            raise self._failure(error, f"cannot read {key}", _READING) from None

    def _failure(self, error: S3Error, doing: str, right: str) -> CatalogUnreachableError:
        return CatalogUnreachableError(
            f"{doing} in {self}: {described(error)}", cure(failure_of(error), self._place.bucket, right)
        )
