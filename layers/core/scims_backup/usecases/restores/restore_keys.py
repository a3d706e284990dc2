"""Restoring chosen keys under a prefix of their own, beside the live ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scims_backup.domain.events import Kind, Severity
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.restored import KeysRestored
from scims_backup.ports import Catalog, Engines, Progress, Target, Vault
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.restores.around_restore import restoring
from scims_backup.usecases.restores.capabilities import restoring_keys
from scims_backup.usecases.restores.move_chosen import moved
from scims_backup.usecases.stored.archives import opened
from scims_backup.usecases.stored.proofs import load_proof


@dataclass(frozen=True)
class RestoreKeys:
    """Restores keys from the backups of one source to one target."""

    vault: Vault
    catalog: Catalog
    engines: Engines
    target: Target[Any]
    events: EventLog
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    progress: Progress

    def run(self, manifest: Manifest, patterns: Sequence[str]) -> KeysRestored:
        """Restore keys beside the live ones, which nothing touches; their values are those of the proof.

        patterns: of the keys' names.
        Raise NothingToWorkOnError if the backup has no such key, TargetError if the server does not take
        them, RestoreFailedError if they are not those that were proven.
        """
        target = restoring_keys(self.target)
        prefix = target.key_prefix(manifest.backup)
        with restoring(self, manifest):
            proof = load_proof(self.catalog, manifest, self.engines)
            with (
                opened(self.vault, manifest) as archive,
                target.build_keys(proof, patterns, manifest.backup, self.progress) as building,
            ):
                counts = moved(manifest, archive, building, self.target.live, self.progress)
        facts = {
            "database": self.target.live,
            "prefix": prefix,
            "keys": counts,
            "swapped": False,
            "aside": None,
        }
        self.events.record(Kind.RESTORE_COMPLETED, Severity.INFO, facts, manifest.backup)
        return KeysRestored(
            manifest.backup,
            self.target.live,
            prefix,
            counts,
            copy_missing=building.copy_missing,
            drop=building.drop,
        )
