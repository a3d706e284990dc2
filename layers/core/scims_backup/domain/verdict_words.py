"""What a backup's verdict is in words, wherever somebody is about to rely on it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scims_backup.domain.verdict import Finding, Report, Verdict

_NAMED = 3
"""So many findings are named; `show` has all of them."""
_PRESENT, _MISSING = "present", "missing"
"""How findings say that something is there, or not."""
_COUNTED = re.compile(r"[\d,]+( [a-z]+)")
"""A number of things, e.g. `160000 rows`."""
_SAID = {
    None: "no drill has proven it yet",
    Verdict.PASSED: "its drill passed",
    Verdict.FAILED: "its drill FAILED",
    Verdict.INCONCLUSIVE: "its drill was inconclusive, so it is not proven",
}
_SUFFICES = {Verdict.PASSED: True, Verdict.FAILED: False}


def said(verdict: Verdict | None, report: Report | None) -> str:
    """Say a verdict in a clause. report: of the drill that decides, None if there is none to be read."""
    clause = _SAID[verdict]
    if report is None:
        return clause
    if verdict is Verdict.FAILED:
        return f"{clause}: {differences(report.findings)}"
    return f"{clause}: {report.reason}" if report.reason else clause


def suffices(verdict: Verdict | None) -> bool | None:
    """Say whether a backup with this verdict may be relied on; None where nobody knows."""
    return None if verdict is None else _SUFFICES.get(verdict)


def difference(expected: str, found: str) -> str:
    """Say the two sides of a finding in a clause, e.g. `41 rows expected, 40 found` or `missing`."""
    if found == _MISSING:
        return _MISSING if expected == _PRESENT else f"{expected} expected, missing"
    if expected == _MISSING:
        return "not expected" if found == _PRESENT else f"{found} found, not expected"
    if counted := _COUNTED.fullmatch(expected):
        found = found.removesuffix(counted[1])
    return f"{expected} expected, {found} found"


def differences(findings: Sequence[Finding]) -> str:
    """Count findings and name the first, e.g. `2 differences (table public.items: rows-differ; …)`."""
    names = [f"{finding.object}: {finding.kind}" for finding in findings[:_NAMED]]
    more = f"; and {len(findings) - _NAMED} more" if len(findings) > _NAMED else ""
    count = f"{len(findings)} difference{'s' * (len(findings) != 1)}"
    return f"{count} ({'; '.join(names)}{more})" if names else count
