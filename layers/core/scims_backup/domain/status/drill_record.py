"""A drill as one of the runs of its source."""

from __future__ import annotations

from scims_backup.domain.backup import BackupId, is_stamp, moment_of
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.domain.verdict_words import differences

_WORST_FIRST = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED)


def record_of_drill(backup: BackupId, drill: str, report: Report, verdict: Verdict) -> RunRecord:
    """Describe a drill by its report.

    drill: its name, a stamp.
    verdict: by the name of its key; if the report says another, the worse one counts.
    """
    worse = min((report.verdict, verdict), key=_WORST_FIRST.index)
    began = moment_of(drill) if is_stamp(drill) else backup.moment
    failed = worse is Verdict.FAILED and report.findings
    return RunRecord(
        RunKind.DRILL,
        backup.source,
        str(backup),
        began,
        report.ended or began,
        RunResult(worse),
        differences(report.findings) if failed else report.reason,
        report.seconds,
        findings=len(report.findings),
    )
