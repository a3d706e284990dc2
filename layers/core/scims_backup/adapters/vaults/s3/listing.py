"""Which archives of a source the vault holds."""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.adapters.s3.responses import page_of_listing
from scims_backup.adapters.vaults.s3 import refs
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.ports import StoredArchive


def archives(access: Access, source: str) -> Sequence[StoredArchive]:
    """Return a source's archives, oldest first, sorted by name within a second; other objects stay.

    Raise VaultError if they cannot be listed.
    """
    with access.doing("cannot list the archives", "s3:ListBucket"):
        pages = access.client.get_paginator("list_objects_v2").paginate(
            Bucket=access.place.bucket, Prefix=access.place.key(refs.folder(source))
        )
        objects = [found for page in pages for found in page_of_listing(page).get("Contents", [])]
    names = [(access.place.name(found["Key"]), found["LastModified"]) for found in objects]
    found = [StoredArchive(ref, backup, moment) for ref, moment in names if (backup := refs.backup_of(ref))]
    return sorted(found, key=lambda archive: (archive.stored_at, archive.ref))
