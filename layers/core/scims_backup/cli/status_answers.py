"""The status of sources as JSON values."""

from __future__ import annotations

from typing import Any

from scims_backup.domain.errors import UnderstoodError
from scims_backup.domain.run_record import RunRecord
from scims_backup.domain.status import Judged, NextRun, OpenAlert, Seen, SourceStatus, judged, worst
from scims_backup.usecases.reports.read_statuses import Statuses


def statuses_result(statuses: Statuses, requests: int) -> dict[str, Any]:
    """The result of `status`. requests: how many it took."""
    return {
        "at": statuses.at.isoformat(),
        "standing": statuses.standing,
        "requests": requests,
        "sources": [_source(one) for one in statuses.sources],
        "broken": [_broken(source, error) for source, error in statuses.broken.items()],
        "problems": list(statuses.problems),
    }


def _source(status: SourceStatus) -> dict[str, Any]:
    judgements = judged(status)
    took = status.restore_time
    return {
        "source": status.source,
        "standing": worst(judgements),
        "judged": [_judged(one) for one in judgements],
        "objectives": _promised(status),
        "newest": _seen(status.newest),
        "proven": _seen(status.proven),
        "copied": _seen(status.copied),
        "last_drill": _run(status.last_drill),
        "last_restore": _run(status.last_restore),
        "last_failure": _run(status.last_failure),
        "restore_seconds": None if took is None else took.total_seconds(),
        "archive_bytes": status.archive_bytes,
        "stored_bytes": status.stored_bytes,
        "stored_in_all_bytes": status.stored_in_all,
        "quota_day": None if status.quota_day is None else status.quota_day.isoformat(),
        "count": status.in_all,
        "unit": status.unit,
        "nights": [_night(one) for one in status.nights],
        "alerts": [_alert(one) for one in status.alerts],
        "next": [_next(one, scheduled=bool(status.next_runs)) for one in status.due],
    }


def _judged(one: Judged) -> dict[str, Any]:
    return {
        "topic": one.topic,
        "standing": one.standing,
        "known": one.is_known,
        "message": one.message,
        "cure": one.cure,
    }


def _promised(status: SourceStatus) -> dict[str, Any]:
    promised = status.promised
    rto = promised.restore_time
    return {
        "backup_age_seconds": promised.backup_age.total_seconds(),
        "proof_age_seconds": promised.proof_age.total_seconds(),
        "restore_seconds": None if rto is None else rto.total_seconds(),
        "quota_bytes": promised.quota,
    }


def _seen(seen: Seen | None) -> dict[str, Any] | None:
    return None if seen is None else {"backup": str(seen.backup), "taken": seen.taken.isoformat()}


def _run(run: RunRecord | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "backup": run.backup,
        "began": run.began.isoformat(),
        "ended": run.ended.isoformat(),
        "result": run.result,
        "reason": run.reason,
        "seconds": dict(run.seconds),
    }


def _night(run: RunRecord) -> dict[str, Any]:
    took = (run.ended - run.began).total_seconds()
    return {"began": run.began.isoformat(), "result": run.result, "bytes": run.bytes, "seconds": took}


def _alert(one: OpenAlert) -> dict[str, Any]:
    return {"kind": one.kind, "since": one.since.isoformat(), "acknowledged": one.acknowledged}


def _next(one: NextRun, *, scheduled: bool) -> dict[str, Any]:
    return {"what": one.what, "at": one.at.isoformat(), "scheduled": scheduled}


def _broken(source: str, error: UnderstoodError) -> dict[str, Any]:
    return {"source": source, "message": error.message, "cure": error.cure}
