"""Letting the application's probe look at a restored database, without its traces in what is swapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scims_backup.domain.errors import TargetError
from scims_backup.domain.verdict import NotChecked, Report, Verdict
from scims_backup.ports import Probe, Progress, Target
from scims_backup.usecases.drills.judge import with_probe


def rehearsed(
    report: Report,
    target: Target[Any],
    name: str,
    probe: Probe,
    role: str | None,
    progress: Progress,
    again: Callable[[], Report],
) -> Report:
    """Let a probe look at a copy of a database; if none can be made, at itself, which is proven again then.

    report: of the database before; again: proves it once more, without the probe.
    """
    try:
        with target.copy(name, progress) as database:
            progress.note(f"the application's probe looks at a copy of {name}")
            return with_probe(report, database, probe, role)
    except TargetError as error:
        refused = error.message
    progress.note(f"no copy for the probe ({refused}): it looks at {name} itself, which is then proven again")
    probed = with_probe(report, target.database(name), probe, role)
    return _of_both(report, probed, again(), f"it looked at {name} itself: {refused}")


def _of_both(before: Report, probed: Report, after: Report, why: str) -> Report:
    """Everything that was found; what the probe changed is a difference like any other."""
    findings = tuple(sorted({*probed.findings, *after.findings}))
    if set(after.findings) <= set(before.findings):
        return probed
    told = NotChecked(
        "probe", f"{why}; what differs since then it may have written: restore again with --probe ''"
    )
    not_checked = tuple(sorted({*probed.not_checked, *after.not_checked, told}))
    return replace(probed, verdict=Verdict.FAILED, reason="", findings=findings, not_checked=not_checked)
