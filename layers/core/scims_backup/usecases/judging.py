"""Judging a database by a proof: equality first, then further."""

from __future__ import annotations

from collections.abc import Sequence

from scims_backup.domain.comparison import compare
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.proof import Proof
from scims_backup.domain.verdict import Report
from scims_backup.ports import Progress, ProvableDatabase


def judged(
    expected: Proof,
    database: ProvableDatabase,
    expectations: Sequence[Expectation],
    role: str | None,
    progress: Progress,
) -> Report:
    """Prove a database as deep as the expected proof looked, and report every difference."""
    found = database.prove(expected.level, progress)
    findings, not_checked = compare(expected, found, database.same_meaning)
    checks = database.check(expected, expectations, role)
    compared = {**expected.counts(), "expectations": len(expectations)}
    return Report.judged([*findings, *checks.findings], [*not_checked, *checks.not_checked], compared)
