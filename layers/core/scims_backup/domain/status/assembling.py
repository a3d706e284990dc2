"""A source's status, from what its documents say, what happened since, and what is promised."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from scims_backup.domain.anomalies.quota import quota_day
from scims_backup.domain.backup import BackupId
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.second_copy import newest_of_copies
from scims_backup.domain.status.source_status import NIGHTS, OpenAlert, Seen, SourceStatus, Watched
from scims_backup.domain.status.summary import Summary


def assembled(
    watched: Watched,
    summary: Summary,
    now: datetime,
    copies: Iterable[str] = (),
    recent: Iterable[RunRecord] = (),
    alerts: Iterable[OpenAlert] = (),
) -> SourceStatus:
    """Return the status of a source at a moment.

    copies: the keys of the records of its copies.
    recent: runs that events tell of; the summary may be from before them.
    alerts: what was reported and has not ended.
    """
    runs = sorted(recent, key=lambda one: one.ended)
    return SourceStatus(
        source=watched.source,
        at=now,
        promised=watched.promised,
        newest=summary.backups[-1] if summary.backups else None,
        proven=summary.proven,
        oldest=summary.backups[0].taken if summary.backups else None,
        proofs_since=summary.proofs_since,
        proven_otherwise=summary.proven is not None and summary.proven_with != watched.after_restore,
        unreadable=tuple(BackupId(watched.source, stamp) for stamp in summary.unreadable),
        damaged=summary.damaged,
        nights=tuple(one for one in summary.nights if one.began >= now - NIGHTS),
        verdict=summary.verdict,
        last_drill=summary.last_drill,
        last_restore=_last([*_known(summary.last_restore), *runs], RunKind.RESTORE),
        last_failure=_last([*summary.nights, *runs], RunKind.BACKUP, RunResult.FAILED),
        archive_bytes=summary.archive_bytes,
        stored_bytes=summary.stored_bytes,
        stored_in_all=summary.measured[-1].stored_in_all if summary.measured else summary.stored_in_all,
        is_measured=bool(summary.measured),
        quota_day=_quota_day(watched, summary, now),
        in_all=summary.in_all,
        unit=summary.unit,
        alerts=tuple(alerts),
        copies=watched.copies,
        copied=_copied(watched, summary, now, copies),
    )


def _quota_day(watched: Watched, summary: Summary, now: datetime) -> date | None:
    quota = watched.promised.quota
    reached = quota_day(summary.measured, quota, now) if quota else None
    return reached.date() if reached else None


def _known(record: RunRecord | None) -> list[RunRecord]:
    return [] if record is None else [record]


def _last(runs: Iterable[RunRecord], kind: RunKind, result: RunResult | None = None) -> RunRecord | None:
    found = [one for one in runs if one.kind is kind and (result is None or one.result is result)]
    return max(found, key=lambda one: one.ended, default=None)


def _copied(watched: Watched, summary: Summary, now: datetime, copies: Iterable[str]) -> Seen | None:
    """The newest backup that was copied to where the settings say."""
    if not watched.copies:
        return None
    taken = {one.backup.stamp: one.taken for one in summary.backups}
    newest = newest_of_copies(copies, watched.source, watched.copies, taken, now)
    return Seen(*newest) if newest else None
