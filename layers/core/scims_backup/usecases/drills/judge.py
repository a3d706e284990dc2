"""Judging a database by a proof: equality first, then further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scims_backup.domain.errors import SandboxError, SourceError
from scims_backup.domain.probe import probe_finding
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding, NotChecked, Report, Verdict
from scims_backup.ports import Probe, Progress, Proof, ProvableDatabase


def judged(
    expected: Proof,
    database: ProvableDatabase[Any],
    questions: Questions,
    progress: Progress,
    *,
    known: Sequence[Finding] = (),
) -> Report:
    """Prove a database as deep as the expected proof looked, and report every difference.

    known: what was found before.
    """
    found = database.prove(expected.level, progress, expected)
    equality, further = database.compare(expected, found), database.check(expected, questions)
    compared = {**expected.counts(), "expectations": len(questions.expectations)}
    if questions.role is not None:
        compared["roles"] = 1
    return Report.judged(
        [*known, *equality.findings, *further.findings],
        [*equality.not_checked, *further.not_checked],
        compared,
    )


def with_probe(report: Report, database: ProvableDatabase[Any], probe: Probe, role: str | None) -> Report:
    """Let a probe look too. One that could not does not take back what was found before."""
    try:
        further = probe_finding(database.probe(probe, role))
    except (SandboxError, SourceError) as error:
        if report.verdict is Verdict.FAILED:
            not_checked = [*report.not_checked, NotChecked("probe", str(error))]
            return Report.judged(report.findings, not_checked, report.compared)
        return replace(report, verdict=Verdict.INCONCLUSIVE, reason=str(error))
    findings = [*report.findings, *([further] if further else [])]
    return Report.judged(findings, report.not_checked, {**report.compared, "probes": 1})
