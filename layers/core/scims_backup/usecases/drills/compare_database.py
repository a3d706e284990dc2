"""Holding any database against a backup's proof."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from scims_backup.domain.manifest import Manifest
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Report
from scims_backup.ports import (
    Catalog,
    CompletedByArchive,
    Engines,
    Probe,
    Progress,
    Proof,
    ProvableDatabase,
    Vault,
)
from scims_backup.usecases.drills.phases import Phases
from scims_backup.usecases.drills.prove_and_judge import ProveAndJudge
from scims_backup.usecases.stored.archives import archive_of
from scims_backup.usecases.stored.proofs import load_proof


@dataclass(frozen=True)
class CompareDatabase:
    """Compares databases with backups of one catalog.

    timer: monotonic seconds.
    probe: the application's own check.
    vault: for proofs of which a part lies in the archive; None where the settings name no vault.
    """

    catalog: Catalog
    engines: Engines
    timer: Callable[[], float]
    progress: Progress
    probe: Probe | None = None
    vault: Callable[[], Vault] | None = None

    def run(self, manifest: Manifest, database: ProvableDatabase[Any], questions: Questions) -> Report:
        """Report how a database differs from what was backed up.

        Raise SourceError if it cannot be read, VaultError if the archive is needed and cannot be read.
        """
        phases = Phases(self.timer, self.progress)
        with ExitStack() as kept:
            proof = self._whole(manifest, phases, kept)
            report = ProveAndJudge(proof, questions, self.probe, phases, self.progress).run(database)
        return replace(report, seconds=phases.seconds())

    def _whole(self, manifest: Manifest, phases: Phases, kept: ExitStack) -> Proof:
        """Return the proof, with what of it lies in the archive if that can be read."""
        proof: Proof = load_proof(self.catalog, manifest, self.engines)
        if self.vault is None or not isinstance(proof, CompletedByArchive):
            return proof
        read = partial(archive_of, self.vault(), manifest, self.progress)
        with phases.phase("fetch", total_bytes=manifest.archive.bytes):
            return kept.enter_context(proof.completed(read))
