"""Reading an archive back from the vault and checking that it is what was dumped."""

from __future__ import annotations

from dataclasses import dataclass

from scims_backup.domain.manifest import Manifest
from scims_backup.ports import Catalog, Engines, Progress, Vault
from scims_backup.usecases.stored.archives import opened
from scims_backup.usecases.stored.proofs import load_proof


@dataclass(frozen=True)
class VerifyBackup:
    """Verifies backups of one vault."""

    vault: Vault
    catalog: Catalog
    engines: Engines
    progress: Progress

    def run(self, manifest: Manifest) -> None:
        """Read all bytes. Raise ArchiveDamagedError, ArchiveMissingError or DocumentError."""
        load_proof(self.catalog, manifest, self.engines)
        self.progress.phase("fetch", total_bytes=manifest.archive.bytes)
        with opened(self.vault, manifest) as archive:
            archive.stream(lambda chunk: self.progress.bytes(len(chunk)), self.progress)
