"""Somebody who has stolen a role, and knows every key and version: he destroys all that he can."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from tests.support.s3.server import S3Server

GARBAGE = b"pay"


_Attempt = tuple[str, Callable[[], object]]
"""What it is called, and how it is tried."""


@dataclass(frozen=True, order=True)
class Known:
    """A version of an object, as a thief sees it listed."""

    bucket: str
    key: str
    version: str
    is_current: bool = field(compare=False)


@dataclass
class Thief:
    """A thief with a role's rights, which the server's gate holds him to. done: what he got through."""

    server: S3Server
    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client: Any = self.server.client()

    def destroys(self, known: Sequence[Known], forged: Sequence[tuple[str, str]]) -> None:
        """Do his worst: forge, overwrite, remove, with all versions, then the buckets' settings.

        forged: keys by bucket, that are not there yet.
        """
        buckets = sorted({one.bucket for one in known})
        objects = dict.fromkeys((one.bucket, one.key) for one in known)
        forging = (
            (f"forge {key}", partial(self._put, bucket, key, IfNoneMatch="*")) for bucket, key in forged
        )
        attempts: tuple[_Attempt, ...] = (
            *forging,
            *(one for bucket, key in objects for one in self._overwriting(bucket, key)),
            *(one for bucket, key in objects for one in self._hiding(bucket, key)),
            *(one for version in known for one in self._removing(version)),
            *(one for bucket in buckets for one in self._unsettling(bucket)),
        )
        for what, act in attempts:
            self._tries(what, act)

    def runs_restic(self, repository: str, password: str, *arguments: str) -> None:
        """Run restic with the role's rights and the repository's password; a refusal is no matter to him."""
        environment = {
            **os.environ,
            **self.server.environment(),
            "RESTIC_REPOSITORY": repository,
            "RESTIC_PASSWORD": password,
        }
        ended = subprocess.run(
            ["restic", "--no-cache", "--quiet", *arguments], env=environment, capture_output=True, check=False
        )
        (self.refused if ended.returncode else self.done).append(f"restic {' '.join(arguments[:2])}")

    def _tries(self, what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except ClientError:
            self.refused.append(what)
        else:
            self.done.append(what)

    def _put(self, bucket: str, key: str, **options: str) -> None:
        self._client.put_object(Bucket=bucket, Key=key, Body=GARBAGE, **options)

    def _overwriting(self, bucket: str, key: str) -> Iterator[_Attempt]:
        named = {"Bucket": bucket, "Key": key}
        yield f"overwrite {key}", partial(self._put, bucket, key)
        yield f"overwrite in parts {key}", partial(self._put_in_parts, named)
        yield (
            "copy onto itself",
            partial(self._client.copy_object, **named, CopySource=named, MetadataDirective="REPLACE"),
        )

    def _hiding(self, bucket: str, key: str) -> Iterator[_Attempt]:
        yield f"remove {key}", partial(self._client.delete_object, Bucket=bucket, Key=key)

    def _put_in_parts(self, named: dict[str, str]) -> None:
        upload = self._client.create_multipart_upload(**named)["UploadId"]
        part = {**named, "UploadId": upload}
        etag = self._client.upload_part(**part, PartNumber=1, Body=GARBAGE * 2)["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        self._client.complete_multipart_upload(**part, MultipartUpload=parts)

    def _removing(self, one: Known) -> Iterator[_Attempt]:
        named = {"Bucket": one.bucket, "Key": one.key, "VersionId": one.version}
        soon = datetime.now(UTC) + timedelta(seconds=1)
        yield (
            "unlock",
            partial(
                self._client.put_object_retention,
                **named,
                Retention={"Mode": "GOVERNANCE", "RetainUntilDate": soon},
                BypassGovernanceRetention=True,
            ),
        )
        yield (
            "remove past its lock",
            partial(self._client.delete_object, **named, BypassGovernanceRetention=True),
        )
        yield f"remove a version of {one.key}", partial(self._client.delete_object, **named)

    def _unsettling(self, bucket: str) -> Iterator[_Attempt]:
        client, named = self._client, {"Bucket": bucket}
        rule = {
            "ID": "x",
            "Status": "Enabled",
            "Filter": {},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        }
        yield (
            "suspend versions of",
            partial(client.put_bucket_versioning, **named, VersioningConfiguration={"Status": "Suspended"}),
        )
        yield (
            "let versions expire in",
            partial(
                client.put_bucket_lifecycle_configuration, **named, LifecycleConfiguration={"Rules": [rule]}
            ),
        )
        yield (
            "end the lock of",
            partial(
                client.put_object_lock_configuration,
                **named,
                ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"},
            ),
        )
        yield f"drop the policy of {bucket}", partial(client.delete_bucket_policy, **named)
        yield f"delete {bucket}", partial(client.delete_bucket, **named)
