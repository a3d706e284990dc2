"""A place in a bucket that keeps versions, recovered key by key; no version is ever deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, S3Error, cure, described, failure_of
from scims_backup.adapters.s3.versions import listed_below
from scims_backup.domain.errors import RecoveryError
from scims_backup.domain.recovery import ObjectVersion

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef

_AT_ONCE = 5 * 1024**3
"""Bytes that CopyObject takes; what is larger is copied in parts."""
_PART = 512 * 1024**2
"""Bytes of a part: 5 TiB, the most that S3 takes in one object, do not fit into 10,000 smaller ones."""
_CHUNK = 1024**2
_AGAIN = "run the command again: it resumes"
_KEPT_BY_PARTS = ("ContentType", "ContentEncoding", "Metadata")
"""What CopyObject takes over from the original, and an upload in parts does not."""


class S3VersionedPlace:
    """A place in a bucket, with its versions.

    at_once: bytes from which on a copy is made in parts.
    """

    def __init__(
        self, client: S3Client, place: S3Place, clock: Callable[[], datetime], at_once: int = _AT_ONCE
    ) -> None:
        self._client = client
        self._place = place
        self._clock = clock
        self._at_once = at_once

    def require_versions(self) -> None:
        """Raise RecoveryError unless the bucket keeps what is overwritten or removed from now on, too."""
        with self._doing("cannot check whether versions are kept", "s3:GetBucketVersioning"):
            answer: Mapping[str, Any] = self._client.get_bucket_versioning(Bucket=self._place.bucket)
        status = answer.get("Status", "never enabled")
        if status != "Enabled":
            raise RecoveryError(
                f"bucket {self._place.bucket} keeps no versions (versioning: {status}): lost objects cannot "
                "be recovered",
                f"if older versions exist, enable versioning first: aws s3api put-bucket-versioning "
                f"--bucket {self._place.bucket} --versioning-configuration Status=Enabled",
            )

    def versions(self) -> Iterator[ObjectVersion]:
        """Yield every version and marker of every key, versions and markers of one key newest first each."""
        with self._doing("cannot list versions", "s3:ListBucketVersions"):
            for found, is_marker in listed_below(self._client, self._place, ""):
                yield self._version(found, is_marker=is_marker)

    def same_bytes(self, one: ObjectVersion, other: ObjectVersion) -> bool:
        """Say whether two versions have the same content, which their ETags need not show."""
        with self._doing(f"cannot compare the versions of {one.key}", "s3:GetObjectVersion"):
            return self._digest(one) == self._digest(other)

    def remove_markers(self, key: str, markers: tuple[str, ...]) -> None:
        """Remove the markers that hide a key; one that is not there is removed already."""
        with self._doing(f"cannot remove the marker that hides {key}", "s3:DeleteObjectVersion"):
            for marker in markers:
                self._remove_marker(key, marker)

    def put_on_top(self, version: ObjectVersion) -> None:
        """Make a copy of a version the current one, as well encrypted and locked as that is."""
        rights = "s3:PutObject, s3:GetObjectVersion and, for a locked object, s3:PutObjectRetention"
        with self._doing(f"cannot put the older version of {version.key} on top", rights):
            named = self._named(version)
            as_it_is = self._as_it_is(version)
            if version.bytes < self._at_once:
                self._client.copy_object(
                    Bucket=named["Bucket"], Key=named["Key"], CopySource=named, **as_it_is
                )
            else:
                self._copy_in_parts(named, as_it_is)

    def put_aside(self, key: str) -> None:
        """Hide a key by a marker."""
        with self._doing(f"cannot hide {key}", "s3:DeleteObject"):
            self._client.delete_object(Bucket=self._place.bucket, Key=self._place.key(key))

    def __str__(self) -> str:
        return str(self._place)

    def _version(self, found: Mapping[str, Any], *, is_marker: bool) -> ObjectVersion:
        return ObjectVersion(
            self._place.name(found["Key"]),
            found["VersionId"],
            found["LastModified"].astimezone(UTC),
            is_marker,
            found["IsLatest"],
            found.get("Size", 0),
            found.get("ETag", ""),
        )

    def _named(self, version: ObjectVersion) -> CopySourceTypeDef:
        key = self._place.key(version.key)
        return {"Bucket": self._place.bucket, "Key": key, "VersionId": version.id}

    def _remove_marker(self, key: str, marker: str) -> None:
        try:
            self._client.delete_object(Bucket=self._place.bucket, Key=self._place.key(key), VersionId=marker)
        except ERRORS as error:
            if failure_of(error) is not Failure.MISSING:
                raise

    def _digest(self, version: ObjectVersion) -> bytes:
        digest = hashlib.sha256()
        with closing(self._client.get_object(**self._named(version))["Body"]) as body:
            for chunk in body.iter_chunks(_CHUNK):
                digest.update(chunk)
        return digest.digest()

    def _copy_in_parts(self, named: CopySourceTypeDef, as_it_is: dict[str, Any]) -> None:
        part = min(self._at_once, _PART)
        self._client.copy(
            named,
            self._place.bucket,
            named["Key"],
            ExtraArgs=as_it_is,
            # in this thread: the caller has others already
            Config=TransferConfig(multipart_threshold=part, multipart_chunksize=part, use_threads=False),
        )

    def _as_it_is(self, version: ObjectVersion) -> dict[str, Any]:
        """Return the arguments without which a copy would get the bucket's defaults."""
        head: dict[str, Any] = dict(self._client.head_object(**self._named(version)))
        wanted: list[str] = []
        if head.get("ServerSideEncryption") == "aws:kms":
            wanted += ["ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled"]
        if "ObjectLockMode" in head and head["ObjectLockRetainUntilDate"] > self._clock():
            wanted += ["ObjectLockMode", "ObjectLockRetainUntilDate"]
        if version.bytes >= self._at_once:
            wanted += _KEPT_BY_PARTS
        return {name: head[name] for name in wanted if name in head}

    @contextmanager
    def _doing(self, what: str, right: str) -> Iterator[None]:
        try:
            yield
        except ERRORS as error:
            raise self._error(what, right, error) from None
        except Boto3Error as error:  # of a copy in parts, which wraps what the store said
            raise RecoveryError(f"{what} in {self._place}: {described(error)}", _AGAIN) from None

    def _error(self, what: str, right: str, error: S3Error) -> RecoveryError:
        return RecoveryError(
            f"{what} in {self._place}: {described(error)}",
            f"{cure(failure_of(error), self._place.bucket, right)}; then {_AGAIN}",
        )
