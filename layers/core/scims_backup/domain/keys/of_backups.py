"""The keys of backups: manifests, proofs, copies, restores, and who may initialise a vault."""

from __future__ import annotations

import hashlib
import re

from scims_backup.domain.backup import BackupId, is_stamp
from scims_backup.domain.keys.stamps import has_stamp

_MANIFEST = re.compile(r"manifests/[^/]+/([^/.]+)\.json")
_COPY = re.compile(r"copies/(?P<source>[^/]+)/(?P<stamp>[^/]+)/(?P<place>[0-9a-f]{16})\.json")


def manifests(source: str) -> str:
    """The prefix of every manifest of a source."""
    return f"manifests/{source}/"


def manifest(backup: BackupId) -> str:
    """The key whose presence says that the backup exists."""
    return f"{manifests(backup.source)}{backup.stamp}.json"


def is_manifest(key: str) -> bool:
    """Say whether a key is that of a manifest: something else may lie beside them."""
    return has_stamp(_MANIFEST.fullmatch(key))


def backup_of(key: str) -> BackupId:
    """The backup that the key of a manifest or a tombstone names."""
    _, source, file = key.split("/")
    return BackupId(source, file.removesuffix(".json"))


def proofs(source: str) -> str:
    """The prefix of every proof of a source."""
    return f"proofs/{source}/"


def proofs_of(backup: BackupId) -> str:
    """The prefix of every proof of one backup."""
    return f"{proofs(backup.source)}{backup.stamp}"


def proof(backup: BackupId, attempt: int = 1) -> str:
    """The key of the backup's proof; a later attempt finds the first one's taken if that run died."""
    return f"{proofs_of(backup)}{'' if attempt == 1 else f'~{attempt}'}.json.zst"


def copies(source: str) -> str:
    """The prefix of every record of a copy of a source's backups."""
    return f"copies/{source}/"


def copy_of(backup: BackupId, place: str) -> str:
    """The key that says that a backup was copied. place: the word for where, see domain.second_copy."""
    return f"{copies(backup.source)}{backup.stamp}/{place}.json"


def copy_of_key(key: str) -> tuple[BackupId, str] | None:
    """The backup that the key of a copy's record names, and the word for where; None if it is none."""
    match = _COPY.fullmatch(key)
    if match is None or not is_stamp(match["stamp"]):
        return None
    return BackupId(match["source"], match["stamp"]), match["place"]


def restored_word(database: str) -> str:
    """The word for a restored database, which may be called anything."""
    return hashlib.sha256(database.encode()).hexdigest()[:16]


def restores_of(backup: BackupId, database: str) -> str:
    """The prefix of every request to restore a backup as this database by a task."""
    return f"restores/{backup.source}/{backup.stamp}/{restored_word(database)}/"


def restore_attempt(backup: BackupId, database: str, word: str, number: int) -> str:
    """The key of a request, and of the task that does it. word: `asked` or `task`."""
    return f"{restores_of(backup, database)}{word}-{number}.json"


def vault_marker(source: str) -> str:
    """The key whose holder alone may initialise the source's vault."""
    return f"vaults/{source}.json"
