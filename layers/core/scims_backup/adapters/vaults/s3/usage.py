"""What the vault takes up in its bucket."""

from __future__ import annotations

from scims_backup.adapters.s3.versions import ListedVersion
from scims_backup.adapters.vaults.s3 import refs, unfinished, versions
from scims_backup.adapters.vaults.s3.access import Access
from scims_backup.ports import Usage


def measured(access: Access, source: str) -> Usage:
    """Measure all below the place's prefix, and a source's share. Raise VaultError if that cannot be seen."""
    found = versions.listed(access, "")
    parts = unfinished.stored_bytes(access)
    own = access.place.key(refs.folder(source))
    current = [version for version in found if version.is_current]
    stored = _bytes(found)
    return Usage(
        place=str(access.place),
        source_bytes=_bytes([version for version in current if version.key.startswith(own)]),
        place_bytes=stored + parts,
        noncurrent_bytes=stored - _bytes(current) + parts,
    )


def _bytes(found: list[ListedVersion]) -> int:
    return sum(version.bytes for version in found)
