"""What the record of each kind of run says: the same bytes, whoever writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from scims_backup.domain.backup import BackupId, moment_of
from scims_backup.domain.errors import UnderstoodError
from scims_backup.domain.holdings import Holdings
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.run_record import LONGEST_REASON, OTHERS, RunKind, RunRecord, RunResult, largest
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.domain.words import Words


def record_of_backup(manifest: Manifest, holdings: Holdings | None, words: Words) -> RunRecord:
    """The record of a backup, by its manifest and what its proof counted.

    holdings: None if the proof cannot be read; such a record says nothing of rows, and is not kept.
    """
    took = manifest.pace.seconds if manifest.pace else (manifest.finished - manifest.started).total_seconds()
    counts = largest(holdings.counts) if holdings else {}
    return RunRecord(
        RunKind.BACKUP,
        manifest.backup.source,
        str(manifest.backup),
        manifest.started,
        manifest.finished,
        RunResult.COMPLETED,
        seconds={"backup": took},
        bytes=manifest.archive.bytes,
        stored_bytes=manifest.archive.stored_bytes,
        counts=counts,
        expiring=_expiring(holdings, counts) if holdings else {},
        in_all=sum(holdings.counts.values()) if holdings else None,
        unit=words.unit,
        namespace=words.namespace,
    )


def record_of_drill(backup: BackupId, drill: str, report: Report) -> RunRecord:
    """The record of a drill, by its report alone."""
    began = moment_of(drill)
    ended, result = report.ended or began, RunResult(report.verdict)
    return _judged(RunKind.DRILL, backup, (began, ended), result, report)


def record_of_restore(backup: BackupId, report: Report, began: datetime, ended: datetime) -> RunRecord:
    """The record of a restore that came to its end: what differs from its proof has failed."""
    result = RunResult.COMPLETED if report.verdict is Verdict.PASSED else RunResult.FAILED
    return _judged(RunKind.RESTORE, backup, (began, ended), result, report)


def record_of_prune(
    source: str, began: datetime, ended: datetime, problems: Sequence[str], stored: int | None
) -> RunRecord:
    """The record of a prune that came to its end.

    problems: what is still there, or could not be done or read.
    stored: bytes of all archives of the source; None if that was not measured.
    """
    return RunRecord(
        RunKind.PRUNE,
        source,
        None,
        began,
        ended,
        RunResult.FAILED if problems else RunResult.COMPLETED,
        _line("; ".join(problems)),
        seconds={"prune": (ended - began).total_seconds()},
        stored_in_all=stored,
    )


def record_of_failure(
    kind: RunKind,
    source: str,
    backup: BackupId | None,
    began: datetime,
    ended: datetime,
    error: UnderstoodError,
) -> RunRecord:
    """The record of a run that failed."""
    about = str(backup) if backup else None
    return RunRecord(kind, source, about, began, ended, RunResult.FAILED, _line(error.message))


def _judged(
    kind: RunKind, backup: BackupId, when: tuple[datetime, datetime], result: RunResult, report: Report
) -> RunRecord:
    reason = report.reason or (str(report.findings[0]) if report.findings else "")
    return RunRecord(
        kind,
        backup.source,
        str(backup),
        *when,
        result,
        _line(reason),
        seconds=dict(report.seconds),
        findings=len(report.findings),
    )


def _expiring(holdings: Holdings, counts: Mapping[str, int]) -> dict[str, int]:
    """What goes by itself among what is named, and of the rest together."""
    named = {name: holdings.expiring[name] for name in counts if name in holdings.expiring}
    rest = sum(holdings.expiring.values()) - sum(named.values())
    return {**named, **({OTHERS: rest} if rest else {})}


def _line(text: str) -> str:
    """A reason in one line, cut if it is longer."""
    return " ".join(text.split())[:LONGEST_REASON]
