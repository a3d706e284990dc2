"""The monthly drill by hand: where it would count, and signed off by who did it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.questions import Questions
from scims_backup.domain.sign_off import SignOff
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Catalog, Progress
from scims_backup.usecases.drills.run_drill import Drilled, RunDrill


@dataclass(frozen=True)
class FullDrill:
    """Drills on a server of the deployment's own.

    target: its name, without secrets.
    """

    drilling: RunDrill
    catalog: Catalog
    target: str
    clock: Callable[[], datetime]
    progress: Progress

    def run(self, manifest: Manifest, questions: Questions, by: str) -> tuple[Drilled, SignOff | None]:
        """Drill as `RunDrill.run`, then sign it off; one that could not look is nothing to answer for.

        by: who answers for it.
        """
        drilled = self.drilling.run(manifest, questions)
        if drilled.report.verdict is Verdict.INCONCLUSIVE:
            self.progress.note("not signed off: the drill was inconclusive")
            return drilled, None
        signed = SignOff(by, self.clock(), self.target)
        self.catalog.put_new(keys.drill_signed_off(manifest.backup, drilled.drill), signed.to_bytes())
        return drilled, signed
