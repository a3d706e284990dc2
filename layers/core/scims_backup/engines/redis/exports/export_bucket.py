"""The bucket that AWS exports snapshots to, through which they come to us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scims_backup.adapters.s3.object_reader import CutObjectError, ObjectReader
from scims_backup.adapters.s3.s3_errors import ERRORS, Failure, cure, described, failure_of
from scims_backup.domain.errors import SourceAccessError, SourceError, SourceUnreachableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KINDS: dict[Failure, type[SourceError]] = {
    Failure.REFUSED: SourceAccessError,
    Failure.UNREACHABLE: SourceUnreachableError,
}


@dataclass(frozen=True)
class Exported:
    """An object that AWS has exported. bytes: its length."""

    key: str
    bytes: int


@dataclass(frozen=True)
class ExportBucket:
    """The bucket. sleep: waits some seconds before it goes on reading over a broken connection."""

    client: S3Client
    name: str
    sleep: Callable[[float], None]

    def refuse_other_region(self) -> None:
        """Raise SourceError for a bucket in another region, or one that there is not."""
        with self._asking("cannot ask for the region", "s3:ListBucket"):
            region = self.client.head_bucket(Bucket=self.name).get("BucketRegion")
        here = self.client.meta.region_name
        if region and region != here:
            raise SourceError(
                f"bucket {self.name} is in {region}, and ElastiCache exports within {here} only",
                "name a bucket in the cache's region, or set AWS_REGION to that region",
            )

    def exported(self, prefix: str) -> list[Exported]:
        """Return the objects whose keys begin with a prefix. Raise SourceError."""
        pages = self.client.get_paginator("list_objects_v2")
        with self._asking("cannot list what was exported", "s3:ListBucket"):
            return [
                Exported(one["Key"], one["Size"])
                for page in pages.paginate(Bucket=self.name, Prefix=prefix)
                for one in page.get("Contents", ())
            ]

    def read(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of an object. Raise SourceError."""
        with (
            self._asking(f"cannot read {key}", "s3:GetObject"),
            ObjectReader(self.client, {"Bucket": self.name, "Key": key}, self.sleep) as opened,
        ):
            yield from opened.blocks()

    def remove(self, key: str) -> None:
        """Remove an object; one that is gone is removed already. Raise SourceError."""
        with self._asking(f"cannot remove {key}", "s3:DeleteObject"):
            self.client.delete_object(Bucket=self.name, Key=key)

    @contextmanager
    def _asking(self, what: str, right: str) -> Iterator[None]:
        try:
            yield
        except CutObjectError as error:
            raise SourceError(f"{what} in bucket {self.name}: {error}", "take the backup again") from None
        except ERRORS as error:
            failure = failure_of(error)
            kind = _KINDS.get(failure, SourceError)
            raise kind(
                f"{what} in bucket {self.name}: {described(error)}", cure(failure, self.name, right)
            ) from None
