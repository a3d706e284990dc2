"""Restoring chosen keys under a prefix of their own, beside the live ones."""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain.manifest import Manifest
from scims_backup.domain.restored import KeysRestored
from scims_backup.usecases.restores.around_restore import restoring
from scims_backup.usecases.restores.capabilities import restoring_keys
from scims_backup.usecases.restores.restore_chosen import RestoreChosen
from scims_backup.usecases.stored.archives import opened
from scims_backup.usecases.stored.proofs import load_proof


class RestoreKeys(RestoreChosen):
    """Restores keys from the backups of one source to one target."""

    def run(self, manifest: Manifest, patterns: Sequence[str]) -> KeysRestored:
        """Restore keys beside the live ones, which nothing touches; their values are those of the proof.

        patterns: of the keys' names.
        Raise NothingToWorkOnError if the backup has no such key, TargetError if the server does not take
        them, RestoreFailedError if they are not those that were proven.
        """
        target = restoring_keys(self.target)
        prefix = target.key_prefix(manifest.backup)
        with restoring(self, manifest) as began:
            proof = load_proof(self.catalog, manifest, self.engines)
            with (
                opened(self.vault, manifest) as archive,
                target.build_keys(proof, patterns, manifest.backup, self.progress) as building,
            ):
                counts = self._moved(manifest, archive, building)
        self._record(manifest, began, prefix=prefix, keys=counts)
        return KeysRestored(
            manifest.backup,
            self.target.live,
            prefix,
            counts,
            copy_missing=building.copy_missing,
            drop=building.drop,
        )
