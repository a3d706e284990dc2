"""The drills of a year, with what they found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain.backup import stamp_of
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.status.source_status import time_of_restore
from scims_backup.domain.verdict import Report
from scims_backup.domain.verdict_words import difference

MOST_FINDINGS = 10
"""Findings of one drill that the page lists; `show` has all of them."""

Reports = Mapping[tuple[str, str], Report]
"""Reports by the id of the backup and the name of the drill."""


@dataclass(frozen=True)
class ShownDrill:
    """One drill.

    took: until the data was restored; None if it never was.
    whole: with the proof and the checks.
    findings: the first of them.
    unlisted: how many there are beside those.
    """

    began: datetime
    backup: str
    result: RunResult
    took: timedelta | None
    whole: timedelta
    reason: str = ""
    findings: tuple[str, ...] = ()
    unlisted: int = 0


def drills_of(records: Iterable[RunRecord]) -> list[RunRecord]:
    """The drills among records, oldest first."""
    return sorted((one for one in records if one.kind is RunKind.DRILL), key=lambda one: one.began)


def verdicts_by_backup(records: Iterable[RunRecord]) -> Mapping[str, RunResult]:
    """The verdict of each backup: that of its newest conclusive drill, else of its newest one."""
    verdicts = dict[str, RunResult]()
    for drill in drills_of(records):
        if drill.backup and (drill.result is not RunResult.INCONCLUSIVE or drill.backup not in verdicts):
            verdicts[drill.backup] = drill.result
    return verdicts


def shown_drills(records: Iterable[RunRecord], reports: Reports) -> tuple[ShownDrill, ...]:
    """Return the drills with their findings, newest first."""
    return tuple(_shown(one, reports) for one in reversed(drills_of(records)))


def _shown(drill: RunRecord, reports: Reports) -> ShownDrill:
    report = reports.get((drill.backup or "", stamp_of(drill.began)))
    found = _findings(report)[:MOST_FINDINGS]
    return ShownDrill(
        drill.began,
        drill.backup or "",
        drill.result,
        time_of_restore(drill),
        timedelta(seconds=sum(drill.seconds.values())),
        drill.reason,
        tuple(found),
        drill.findings - len(found),
    )


def _findings(report: Report | None) -> Sequence[str]:
    found = () if report is None else report.findings
    return [f"{one.object}: {difference(one.expected, one.found)} ({one.kind})" for one in found]
