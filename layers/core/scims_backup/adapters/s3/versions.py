"""All that a bucket keeps under its keys: the current objects, older versions, and marks of removal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scims_backup.adapters.s3.answers import page_of_listing
from scims_backup.adapters.s3.place import Place

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Version:
    """One version of an object, or one mark of its removal; bytes: 0 for a mark."""

    key: str
    version_id: str
    is_current: bool
    bytes: int


def versions_below(client: S3Client, place: Place, name: str) -> Iterator[Version]:
    """Yield every version whose name begins so; a bucket without versions has one of each object.

    Raises what the client raises.
    """
    pages = client.get_paginator("list_object_versions").paginate(Bucket=place.bucket, Prefix=place.key(name))
    for page in pages:
        for version in page_of_listing(page).get("Versions", []):
            yield Version(version["Key"], version["VersionId"], version["IsLatest"], version["Size"])
        for mark in page.get("DeleteMarkers", []):
            yield Version(mark["Key"], mark["VersionId"], mark["IsLatest"], 0)
