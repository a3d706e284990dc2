"""Proving a database again and judging it: the step that drills, comparisons and restores share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from scims_backup.domain.errors import TargetError
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, NotChecked, Report, Verdict
from scims_backup.ports import Probe, Progress, Proof, ProvableDatabase, Target
from scims_backup.usecases.drills.judge import judged, with_probe
from scims_backup.usecases.drills.phases import Phases


@dataclass(frozen=True)
class ProveAndJudge:
    """Judges databases by the proof of one backup, in the phase `prove`.

    proof: what the source held.
    questions: what is asked of the database beyond equality.
    probe: the application's own check, which comes last; None if there is none.
    """

    proof: Proof
    questions: Questions
    probe: Probe | None
    phases: Phases
    progress: Progress

    def run(self, database: ProvableDatabase[Any], known: Sequence[Finding] = ()) -> Report:
        """Judge a database; the probe looks at it after the proof, which it so cannot change.

        known: what was found before.
        """
        with self.phases.phase("prove", total_rows=self.proof.measure().proven):
            report = self._judged(database, known)
            if self.probe is None:
                return report
            self.progress.note("running the application's probe")
            return with_probe(report, database, self.probe, self.questions.role)

    def run_for_swap(self, target: Target[Any], name: str, known: Sequence[Finding] = ()) -> Report:
        """Judge a database that may go live; the probe looks at a copy, and leaves no traces.

        If no copy can be made, the probe looks at the database itself, which is then proven again.
        """
        with self.phases.phase("prove", total_rows=self.proof.measure().proven):
            report = self._judged(target.database(name), known)
            if self.probe is None:
                return report
            return self._rehearsed(report, self.probe, target, name, known)

    def _judged(self, database: ProvableDatabase[Any], known: Sequence[Finding]) -> Report:
        return judged(self.proof, database, self.questions, self.progress, known=known)

    def _rehearsed(
        self, report: Report, probe: Probe, target: Target[Any], name: str, known: Sequence[Finding]
    ) -> Report:
        role = self.questions.role
        try:
            with target.copy(name, self.progress) as database:
                self.progress.note(f"running the application's probe on a copy of {name}")
                return with_probe(report, database, probe, role)
        except TargetError as error:
            refused = error.message
        self.progress.note(
            f"no copy for the probe ({refused}): it runs on {name} itself, which is then proven again"
        )
        probed = with_probe(report, target.database(name), probe, role)
        after = self._judged(target.database(name), known)
        return _of_both(report, probed, after, f"the probe ran on {name} itself: {refused}")


def _of_both(before: Report, probed: Report, after: Report, why: str) -> Report:
    """Report all findings; what the probe changed is a difference like any other."""
    if set(after.findings) <= set(before.findings):
        return probed
    may_have_written = NotChecked(
        "probe", f"{why}; the probe may have written the rows that differ: restore again with --probe ''"
    )
    return replace(
        probed,
        verdict=Verdict.FAILED,
        reason="",
        findings=tuple(sorted({*probed.findings, *after.findings})),
        not_checked=tuple(sorted({*probed.not_checked, *after.not_checked, may_have_written})),
    )
