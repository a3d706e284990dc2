"""The names of archives in the vault, which contain their source."""

from __future__ import annotations

import re

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import UsageError

_REF = re.compile(r"archives/(?P<source>[^/]+)/(?P<stamp>[^/]+)-[0-9a-f]{16}\.dump\.zst")


def folder(source: str) -> str:
    """What the refs of a source, and of no other, begin with."""
    return f"archives/{source}/"


def ref_of(backup: BackupId, token: str) -> str:
    """Name an archive.

    token: 16 hex digits, new for every attempt, so that no two collide.
    """
    return f"{folder(backup.source)}{backup.stamp}-{token}.dump.zst"


def backup_of(ref: str) -> BackupId | None:
    """Return the backup that a ref names; None if it is no ref."""
    match = _REF.fullmatch(ref)
    if match is None:
        return None
    try:
        return BackupId.parse(f"{match['source']}-{match['stamp']}")
    except UsageError:
        return None
