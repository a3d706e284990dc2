"""Locks of a repository in S3: its backups share objects, so all are locked for as long as any is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.domain.errors import VaultError
from scims_backup.domain.object_lock import ObjectLock

_OF_RESTIC_S_LOCKS = "locks/"
"""Come and go with each command."""
_MOST_TOLD = 3
"""What refuses one object refuses thousands for the same reason."""


@dataclass(frozen=True)
class RepositoryLocks:
    """The locks of all objects of a repository: two requests for each, so not for every night."""

    repository: S3Repository
    lock: ObjectLock
    clock: Callable[[], datetime]

    def extend(self, until: Mapping[str, datetime]) -> list[str]:
        """Lock every object until the latest of the moments; return what could not be, in words.

        until: of archives. Raise VaultError if the objects cannot be listed.
        """
        if not until:
            return []
        from scims_backup.adapters.s3.locks import ObjectLocks  # noqa: PLC0415  loads botocore, which is slow

        latest = max(until.values())
        locks = ObjectLocks(self.repository.client, self.repository.place, self.lock, self.clock)
        problems = locks.extend(dict.fromkeys(self._names(), latest))
        untold = len(problems) - _MOST_TOLD
        return [*problems[:_MOST_TOLD], *([f"{untold} more locks were not extended"] if untold > 0 else [])]

    def _names(self) -> Iterator[str]:
        from scims_backup.adapters.s3 import responses, s3_errors  # noqa: PLC0415  as above

        place = self.repository.place
        pages = self.repository.client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=place.bucket, Prefix=place.key("")):
                names = (
                    place.name(found["Key"]) for found in responses.page_of_listing(page).get("Contents", [])
                )
                yield from (name for name in names if not name.startswith(_OF_RESTIC_S_LOCKS))
        except s3_errors.ERRORS as error:
            raise VaultError(
                f"cannot list the objects in {place}: {s3_errors.described(error)}",
                s3_errors.cure(s3_errors.failure_of(error), place.bucket, "s3:ListBucket"),
            ) from None
