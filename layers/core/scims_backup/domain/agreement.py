"""Whether catalog and vault agree: an archive for every manifest, a manifest for every archive."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from scims_backup.domain.backup import BackupId
from scims_backup.domain.health import Observed, fine, problem
from scims_backup.domain.health_rules import named

_LOST = "manifest without archive: {}"
_STRAY = "archive without manifest: {}"
_UNREADABLE = "manifest that cannot be read: {}"
_LACKING = "backup of an engine, or in a format, that this version does not have: {}"
_REMOVING = "the removal of {} started but was never finished"
_CURES = {
    _LOST: (
        "these backups cannot be restored: take a new one now (scims-backup backup), find out who removed "
        "the archives, and restore them from a copy of the vault if one exists"
    ),
    _STRAY: (
        "`scims-backup prune` removes it if it was left behind by a failed run of this catalog; otherwise it "
        "belongs to another catalog, or its manifest was lost: restore the manifest from an older version of "
        "the object, or remove the archive by hand"
    ),
    _UNREADABLE: (
        "`scims-backup list` shows why: restore it from an older version of the object, or upgrade "
        "scims-backup"
    ),
    _LACKING: "use a newer scims-backup; until then it is kept",
    _REMOVING: "finish it: scims-backup prune",
}


@dataclass(frozen=True)
class Books:
    """Where catalog and vault differ.

    lost: backups whose archives are not in the vault
    strays: archives, by the vault's names for them, that no manifest names and nobody works on
    whole: how many backups have both
    unreadable: backups whose manifests cannot be read
    lacking_engines: backups whose engine this version does not have
    removing: backups whose removal was started and never finished
    """

    lost: Collection[BackupId]
    strays: Mapping[str, BackupId]
    whole: int
    unreadable: Collection[BackupId] = ()
    lacking_engines: Collection[BackupId] = ()
    removing: Collection[BackupId] = ()


def disagreements(books: Books) -> list[Observed]:
    """Say how catalog and vault differ, or that they agree."""
    strays = [f"{backup} ({ref})" for ref, backup in books.strays.items()]
    found = {
        _LOST: books.lost,
        _STRAY: strays,
        _UNREADABLE: books.unreadable,
        _LACKING: books.lacking_engines,
        _REMOVING: books.removing,
    }
    seen = [
        problem(message.format(named(sorted(map(str, which)))), _CURES[message])
        for message, which in found.items()
        if which
    ]
    return seen or [
        fine(
            f"backups with manifest and archive: {books.whole}; nothing is missing on either side, "
            "apart from runs in progress"
        )
    ]
