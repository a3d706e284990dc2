"""Statuses of sources for tests of what is derived from them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from scims_backup.domain.backup import BackupId
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.status import NextRun, OpenAlert, Promised, Seen, SourceStatus

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def night(days_ago: int, result: RunResult = RunResult.COMPLETED, hour: int = 2) -> RunRecord:
    """Return the run of a night, which took ten minutes."""
    began = AT.replace(hour=hour) - days_ago * DAY
    return RunRecord(
        kind=RunKind.BACKUP,
        source="scims-db",
        backup=str(BackupId("scims-db", f"{began:%Y%m%dT%H%M%SZ}")),
        began=began,
        ended=began + timedelta(minutes=10),
        result=result,
        seconds={"dump": 550.0, "proof": 50.0},
        bytes=6_000_000,
    )


def drill(result: RunResult = RunResult.PASSED) -> RunRecord:
    """Return a drill of this morning, which needed 90 seconds until the data were restored."""
    return RunRecord(
        kind=RunKind.DRILL,
        source="scims-db",
        backup="scims-db-20261122T020000Z",
        began=AT - 9 * HOUR,
        ended=AT - 8 * HOUR,
        result=result,
        seconds={"start": 10.0, "fetch": 20.0, "restore": 60.0, "prove": 30.0},
        findings=0 if result is RunResult.PASSED else 2,
    )


def whole_status() -> SourceStatus:
    """Return the status of a source of which everything is known."""
    newest = Seen(BackupId("scims-db", "20261122T020000Z"), AT - 10 * HOUR)
    proven = Seen(BackupId("scims-db", "20261119T020000Z"), AT - 3 * DAY)
    return SourceStatus(
        source="scims-db",
        at=AT,
        promised=Promised(restore_time=timedelta(minutes=60), quota=1000),
        newest=newest,
        proven=proven,
        proofs_since=AT - 40 * DAY,
        nights=tuple(night(days) for days in range(29, -1, -1)),
        verdict=drill(),
        last_drill=drill(),
        last_restore=drill(),
        last_failure=night(20, RunResult.FAILED),
        archive_bytes=6_000_000,
        stored_bytes=1_000_000,
        stored_in_all=250,
        quota_day=date(2027, 1, 1),
        in_all=12_345,
        copies="s3://elsewhere",
        copied=proven,
        alerts=(OpenAlert("CopyFailed", AT - HOUR), OpenAlert("PruneFailed", AT - DAY, acknowledged=True)),
        next_runs=(NextRun(AT + 14 * HOUR, "backup"),),
    )
