"""All that a bucket keeps under its keys: the current objects, older versions, and marks of removal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.s3.responses import page_of_listing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class ListedVersion:
    """One version of an object, or one mark of its removal.

    bytes: 0 for a mark.
    """

    key: str
    version_id: str
    is_current: bool
    bytes: int


def versions_below(client: S3Client, place: S3Place, name: str) -> Iterator[ListedVersion]:
    """Yield every version whose name begins so; a bucket without versions has one of each object.

    Raises what the client raises.
    """
    for found, is_marker in listed_below(client, place, name):
        size = 0 if is_marker else found["Size"]
        yield ListedVersion(found["Key"], found["VersionId"], found["IsLatest"], size)


def listed_below(client: S3Client, place: S3Place, name: str) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Yield what the store says of every version whose name begins so, and whether it is a mark of removal.

    Versions and marks of one key come newest first each. Raises what the client raises.
    """
    pages = client.get_paginator("list_object_versions").paginate(Bucket=place.bucket, Prefix=place.key(name))
    for page in pages:
        yield from ((version, False) for version in page_of_listing(page).get("Versions", []))
        yield from ((marker, True) for marker in page.get("DeleteMarkers", []))
