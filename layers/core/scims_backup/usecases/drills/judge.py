"""Judging a database by a proof: equality first, then further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scims_backup.domain.errors import SandboxError, SourceError
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.probe import probe_finding
from scims_backup.domain.restored import apart_from_server
from scims_backup.domain.verdict import Finding, NotChecked, Report, Verdict
from scims_backup.engines.postgresql.rules.comparison import compare
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.ports import Probe, Progress, ProvableDatabase


def judged(
    expected: Proof,
    database: ProvableDatabase,
    expectations: Sequence[Expectation],
    role: str | None,
    progress: Progress,
    probe: Probe | None = None,
    *,
    judge_roles: bool = True,
    known: Sequence[Finding] = (),
) -> Report:
    """Prove a database as deep as the expected proof looked, and report every difference.

    probe: the application's own check. It comes last, so that nothing it does can change what is proven.
    judge_roles: False where the server has other databases, whose roles these are too; known: what was found
    before.
    """
    found = database.prove(expected.level, progress)
    findings, not_checked = compare(expected, found, database.same_meaning, database.extension_made)
    checks = database.check(expected, expectations, role)
    compared = {**expected.counts(), "expectations": len(expectations)}
    if role is not None:
        compared["roles"] = 1
    report = Report.judged(
        [*known, *findings, *checks.findings], [*not_checked, *checks.not_checked], compared
    )
    if not judge_roles:
        report = apart_from_server(report)
    if probe is None:
        return report
    progress.note("running the application's probe")
    return with_probe(report, database, probe, role)


def with_probe(report: Report, database: ProvableDatabase, probe: Probe, role: str | None) -> Report:
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
