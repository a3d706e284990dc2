"""What a repository in S3 takes beside its objects: older versions, which restic does not know of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.domain.errors import OperationFailedError, UsageError
from scims_backup.ports import Usage

if TYPE_CHECKING:
    from scims_backup.adapters.s3.versions import ListedVersion


def with_older_versions(usage: Usage, repository: S3Repository) -> Usage:
    """Return what a repository takes with its older versions; where they cannot be listed, it says so."""
    try:
        older = _bytes(_versions(repository))
    except (OperationFailedError, UsageError) as error:
        unlisted = f"older versions: {error}"
        return replace(usage, unmeasured=(*usage.unmeasured, unlisted), unlisted=(unlisted,))
    return replace(
        usage,
        place_bytes=usage.place_bytes + older,
        noncurrent_bytes=usage.noncurrent_bytes + older,
    )


def _versions(repository: S3Repository) -> list[ListedVersion]:
    """Return every version in the repository. Raise OperationFailedError if they cannot be listed."""
    from scims_backup.adapters.s3 import s3_errors, versions  # noqa: PLC0415  loads botocore, which is slow

    client, place = repository.client, repository.place
    try:
        return list(versions.versions_below(client, place, ""))
    except s3_errors.ERRORS as error:
        if s3_errors.is_unknown_question(error):
            return []  # a store without versions
        right = "s3:ListBucketVersions"
        raise OperationFailedError(
            f"cannot list the versions of objects in {place}: {s3_errors.described(error)}",
            s3_errors.cure(s3_errors.failure_of(error), place.bucket, right),
        ) from None


def _bytes(found: Iterable[ListedVersion]) -> int:
    return sum(version.bytes for version in found if not version.is_current)
