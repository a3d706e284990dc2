"""Holding any database against a backup's proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from scims_backup.domain.manifest import Manifest
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Report
from scims_backup.ports import Catalog, Engines, Probe, Progress, ProvableDatabase
from scims_backup.usecases.drills.phases import Phases
from scims_backup.usecases.drills.prove_and_judge import ProveAndJudge
from scims_backup.usecases.stored.proofs import load_proof


@dataclass(frozen=True)
class CompareDatabase:
    """Compares databases with backups of one catalog.

    timer: monotonic seconds.
    probe: the application's own check.
    """

    catalog: Catalog
    engines: Engines
    timer: Callable[[], float]
    progress: Progress
    probe: Probe | None = None

    def run(self, manifest: Manifest, database: ProvableDatabase[Any], questions: Questions) -> Report:
        """Report how a database differs from what was backed up. Raise SourceError if it cannot be read."""
        proof = load_proof(self.catalog, manifest, self.engines)
        phases = Phases(self.timer, self.progress)
        report = ProveAndJudge(proof, questions, self.probe, phases, self.progress).run(database)
        return replace(report, seconds=phases.seconds())
