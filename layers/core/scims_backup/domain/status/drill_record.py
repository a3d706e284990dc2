"""The drill that decides a verdict, as one of the runs of its source."""

from __future__ import annotations

from dataclasses import replace

from scims_backup.domain.backup import BackupId, is_stamp
from scims_backup.domain.records_of_runs import record_of_drill
from scims_backup.domain.run_record import RunRecord, RunResult
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.domain.verdict_words import differences

_WORST_FIRST = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED)


def judged_drill(backup: BackupId, drill: str, report: Report, verdict: Verdict) -> RunRecord:
    """Describe a drill by its report and the verdict that its key names, of which the worse one counts.

    drill: its name, a stamp; if it is none, that of the backup says when it began.
    """
    record = record_of_drill(backup, drill if is_stamp(drill) else backup.stamp, report)
    worse = min((report.verdict, verdict), key=_WORST_FIRST.index)
    why = differences(report.findings) if worse is Verdict.FAILED and report.findings else report.reason
    return replace(record, result=RunResult(worse), reason=why)
