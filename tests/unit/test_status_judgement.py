"""The one judgement of a source: each situation, and what doctor, status and checklist say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.status import (
    OpenAlert,
    Promised,
    Seen,
    SourceStatus,
    Standing,
    Topic,
    judged,
    worst,
)

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BACKUP = BackupId("scims-db", "20261129T020000Z")
TAKEN = BACKUP.moment
EMPTY = SourceStatus("scims-db", NOW)


def drill(result: RunResult = RunResult.PASSED, reason: str = "", **seconds: float) -> RunRecord:
    """A drill of the newest backup."""
    return RunRecord(RunKind.DRILL, "scims-db", str(BACKUP), TAKEN, TAKEN + HOUR, result, reason, seconds)


def failure(began: datetime) -> RunRecord:
    """A backup that failed."""
    return RunRecord(RunKind.BACKUP, "scims-db", None, began, began, RunResult.FAILED, "no connection")


PROVEN = replace(
    EMPTY,
    newest=Seen(BACKUP, TAKEN),
    proven=Seen(BACKUP, TAKEN),
    oldest=TAKEN,
    proofs_since=TAKEN - 90 * DAY,
    verdict=drill(start=5, restore=60, prove=1000),
)
UNDRILLED = replace(PROVEN, proven=None, verdict=None, proofs_since=TAKEN)
RTO, QUOTA = Promised(restore_time=timedelta(minutes=1)), Promised(quota=1000)

SITUATIONS = {
    "before the first backup": (EMPTY, Topic.NEWEST, Standing.FINE, "there is no backup yet"),
    "the first run failed": (
        replace(EMPTY, last_failure=failure(NOW - HOUR)),
        Topic.RUNS,
        Standing.WARNING,
        "failed 60 min ago: no connection",
    ),
    "a fresh backup": (PROVEN, Topic.NEWEST, Standing.FINE, f"{BACKUP} is 6 h old"),
    "an old backup": (
        replace(PROVEN, at=TAKEN + 27 * HOUR),
        Topic.NEWEST,
        Standing.CRITICAL,
        "overdue: the newest backup",
    ),
    "a backup exactly as old as allowed": (
        replace(PROVEN, at=TAKEN + 26 * HOUR),
        Topic.NEWEST,
        Standing.FINE,
        "is 26 h old",
    ),
    "no drill was due yet": (UNDRILLED, Topic.PROVEN, Standing.FINE, "no drill was due yet"),
    "no drill though one was due": (
        replace(UNDRILLED, proofs_since=NOW - 9 * DAY),
        Topic.PROVEN,
        Standing.CRITICAL,
        "no backup is proven",
    ),
    "an old proof": (
        replace(PROVEN, proven=Seen(BACKUP, NOW - 9 * DAY)),
        Topic.PROVEN,
        Standing.CRITICAL,
        "limit 8 days",
    ),
    "a fresh proof": (PROVEN, Topic.PROVEN, Standing.FINE, "is 6 h old"),
    "proven with other SQL": (
        replace(PROVEN, proven_otherwise=True),
        Topic.PROVEN,
        Standing.CRITICAL,
        "different after_restore",
    ),
    "a drill that passed": (PROVEN, Topic.VERDICT, Standing.FINE, "its drill passed"),
    "a drill that failed": (
        replace(PROVEN, verdict=drill(RunResult.FAILED, "1 difference")),
        Topic.VERDICT,
        Standing.CRITICAL,
        "its drill FAILED: 1 difference",
    ),
    "an inconclusive drill": (
        replace(PROVEN, verdict=drill(RunResult.INCONCLUSIVE, "no room")),
        Topic.VERDICT,
        Standing.WARNING,
        "so it is not proven: no room",
    ),
    "no drill at all": (UNDRILLED, Topic.VERDICT, Standing.FINE, "no drill has ended yet"),
    "a run failed after the newest backup": (
        replace(PROVEN, last_failure=failure(NOW - HOUR)),
        Topic.RUNS,
        Standing.WARNING,
        "failed 60 min ago: no connection",
    ),
    "a run failed before the newest backup": (
        replace(PROVEN, last_failure=failure(TAKEN - HOUR)),
        Topic.RUNS,
        Standing.FINE,
        "no run has failed",
    ),
    "a restore within RTO": (
        replace(PROVEN, promised=Promised(restore_time=timedelta(minutes=2))),
        Topic.RESTORE_TIME,
        Standing.FINE,
        "restored in 65 s",
    ),
    "a restore slower than RTO": (
        replace(PROVEN, promised=RTO),
        Topic.RESTORE_TIME,
        Standing.WARNING,
        "took 65 s to restore, limit 60 s",
    ),
    "RTO without a drill": (
        replace(UNDRILLED, promised=RTO),
        Topic.RESTORE_TIME,
        Standing.FINE,
        "no drill has shown it yet",
    ),
    "more stored than the quota": (
        replace(PROVEN, promised=QUOTA, stored_in_all=1001),
        Topic.QUOTA,
        Standing.WARNING,
        "quota 1.0 kB",
    ),
    "the quota is reached in six days": (
        replace(PROVEN, promised=QUOTA, stored_in_all=900, quota_day=date(2026, 12, 5)),
        Topic.QUOTA,
        Standing.WARNING,
        "reached on 2026-12-05",
    ),
    "the quota is reached in a month": (
        replace(PROVEN, promised=QUOTA, stored_in_all=900, quota_day=date(2026, 12, 29)),
        Topic.QUOTA,
        Standing.FINE,
        "900 B of 1.0 kB",
    ),
    "a manifest that cannot be read": (
        replace(PROVEN, unreadable=(BACKUP,)),
        Topic.DOCUMENTS,
        Standing.WARNING,
        str(BACKUP),
    ),
    "an old copy": (
        replace(PROVEN, copies="s3://elsewhere", copied=Seen(BACKUP, NOW - 9 * DAY)),
        Topic.COPY,
        Standing.CRITICAL,
        "overdue: the newest copy",
    ),
    "no copy yet": (
        replace(UNDRILLED, copies="s3://elsewhere"),
        Topic.COPY,
        Standing.FINE,
        "no copy was due yet",
    ),
    "an open alert": (
        replace(PROVEN, alerts=(OpenAlert("RowCountAnomaly", NOW),)),
        Topic.ALERTS,
        Standing.WARNING,
        "open: RowCountAnomaly since 2026-11-29 08:00",
    ),
    "an acknowledged alert": (
        replace(PROVEN, alerts=(OpenAlert("RowCountAnomaly", NOW, acknowledged=True),)),
        Topic.ALERTS,
        Standing.FINE,
        "acknowledged: RowCountAnomaly",
    ),
}


@pytest.mark.parametrize(
    ("status", "topic", "standing", "message"), SITUATIONS.values(), ids=SITUATIONS.keys()
)
def test_each_situation_has_its_standing(
    status: SourceStatus, topic: Topic, standing: Standing, message: str
) -> None:
    said = {one.topic: one for one in judged(status)}[topic]
    assert said.standing is standing
    assert message in said.message
    assert said.cure or standing is Standing.FINE


def test_the_worst_topic_decides() -> None:
    assert worst(judged(PROVEN)) is Standing.FINE
    assert worst(judged(replace(PROVEN, promised=RTO))) is Standing.WARNING
    assert worst(judged(replace(PROVEN, promised=RTO, at=NOW + DAY))) is Standing.CRITICAL


def test_topics_that_nothing_is_known_of_are_left_out() -> None:
    assert [one.topic for one in judged(EMPTY)] == [Topic.NEWEST, Topic.PROVEN, Topic.VERDICT]
    assert not any(one.is_known for one in judged(EMPTY))
