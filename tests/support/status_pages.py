"""A year of a source that has seen something: noise, growth, failures, a gap, drills of every verdict."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.checklist import Evidence, State
from scims_backup.domain.checklist.lines import Topic
from scims_backup.domain.page import SourcePage, source_page
from scims_backup.domain.page.drills import Reports
from scims_backup.domain.page.source_page import Lists
from scims_backup.domain.page.year import Year
from scims_backup.domain.periods import Policy
from scims_backup.domain.retention import Candidate, Plan, plan
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult
from scims_backup.domain.status import NextRun, Promised, Seen, SourceStatus
from scims_backup.domain.verdict import Finding, Report, Verdict

NOW = datetime(2026, 11, 29, 16, 5, tzinfo=UTC)
SOURCE = "scims-db"
_DAY = timedelta(days=1)
_FAILED = {
    14: "the server refused the connection: too many clients",
    15: "the vault is locked",
    97: "disk full",
}
_MISSING = {40, 41, 180}
_DRILLED_BADLY = {3: RunResult.INCONCLUSIVE, 20: RunResult.FAILED}
FINDINGS = (
    Finding("rows-differ", 'table "public"."item_stocks"', "160000 rows", "159212 rows"),
    Finding("index-missing", 'index "public"."items_by_name"', "present", "missing"),
)


def backup(began: datetime, **changes: Any) -> RunRecord:
    """The record of a backup that began at a moment."""
    values = {
        "kind": RunKind.BACKUP,
        "source": SOURCE,
        "backup": str(BackupId(SOURCE, stamp_of(began))),
        "began": began,
        "ended": began + timedelta(minutes=11),
        "result": RunResult.COMPLETED,
        "bytes": 24_000_000_000,
        "stored_bytes": 900_000_000,
        "in_all": 160_000_000,
    }
    return RunRecord(**{**values, **changes})


def drill(of: RunRecord, began: datetime, result: RunResult = RunResult.PASSED, **changes: Any) -> RunRecord:
    """The record of a drill of a backup."""
    values = {
        "kind": RunKind.DRILL,
        "source": SOURCE,
        "backup": of.backup,
        "began": began,
        "ended": began + timedelta(minutes=31),
        "result": result,
        "seconds": {"start": 40.0, "fetch": 95.0, "restore": 900.0, "prove": 610.0},
    }
    return RunRecord(**{**values, **changes})


def year_of_runs(now: datetime = NOW) -> list[RunRecord]:
    """About 395 nights and their weekly drills, the same at every call."""
    noise, found = random.Random(7), list[RunRecord]()  # noqa: S311  it only has to look like a year
    for ago in range(395, -1, -1):
        began = now.replace(hour=2, minute=0) - ago * _DAY
        if ago in _MISSING:
            continue
        if ago in _FAILED:
            found.append(_failed(began, _FAILED[ago]))
            continue
        size = 17e9 * (1 + (395 - ago) / 900) * noise.gauss(1, 0.006)
        night = backup(
            began,
            ended=began + timedelta(seconds=size / 17e9 * noise.gauss(560, 30)),
            bytes=round(size),
            stored_bytes=round(noise.gauss(9e8, 2e8) * (2.2 if began.weekday() == 0 else 1)),
            in_all=round(size / 140),
        )
        found += [night, _prune(night, 341e9 - ago * 0.6e9 * noise.gauss(1, 0.01))]
        if began.weekday() == 6:
            found.append(_drill_of(night, ago, size / 17e9, noise))
    return found


def _failed(began: datetime, reason: str) -> RunRecord:
    nothing: dict[str, Any] = {"backup": None, "bytes": None, "stored_bytes": None, "in_all": None}
    ended = began + timedelta(minutes=2)
    return backup(began, ended=ended, result=RunResult.FAILED, reason=reason, **nothing)


def _prune(night: RunRecord, stored: float) -> RunRecord:
    ended = night.ended + timedelta(minutes=1)
    result, kind = RunResult.COMPLETED, RunKind.PRUNE
    return RunRecord(kind, SOURCE, None, night.ended, ended, result, stored_in_all=round(stored))


def _drill_of(night: RunRecord, ago: int, growth: float, noise: random.Random) -> RunRecord:
    result = _DRILLED_BADLY.get(ago // 7, RunResult.PASSED)
    seconds = {
        "start": round(noise.gauss(38, 4), 1),
        "fetch": round(growth * noise.gauss(90, 8), 1),
        "restore": round(growth * noise.gauss(1500, 160), 1),
        "prove": round(growth * noise.gauss(500, 40), 1),
    }
    if result is RunResult.INCONCLUSIVE:
        reason = "the task was stopped: no capacity for this size in eu-central-1a"
        return drill(night, night.began + timedelta(hours=1), result, seconds={"start": 41.0}, reason=reason)
    findings = 14 if result is RunResult.FAILED else 0
    return drill(night, night.began + timedelta(hours=1), result, seconds=seconds, findings=findings)


def _id_of(record: RunRecord) -> BackupId:
    assert record.backup is not None
    return BackupId.parse(record.backup)


def status_of(records: Sequence[RunRecord], now: datetime = NOW, **changes: Any) -> SourceStatus:
    """What is known of the source of these records."""
    nights = [one for one in records if one.kind is RunKind.BACKUP]
    taken = [one for one in nights if one.result is RunResult.COMPLETED]
    drills = [one for one in records if one.kind is RunKind.DRILL and one.result is RunResult.PASSED]
    newest, proven = taken[-1], drills[-1]
    began = {one.backup: one.began for one in taken}
    values = {
        "source": SOURCE,
        "at": now,
        "promised": Promised(restore_time=timedelta(minutes=45), quota=500_000_000_000),
        "newest": Seen(_id_of(newest), newest.began),
        "proven": Seen(_id_of(proven), began[proven.backup]),
        "proofs_since": taken[0].began,
        "nights": tuple(one for one in nights if one.began > now - 30 * _DAY),
        "verdict": proven,
        "last_drill": proven,
        "archive_bytes": newest.bytes,
        "stored_bytes": newest.stored_bytes,
        "stored_in_all": 341_000_000_000,
        "quota_day": (now + 160 * _DAY).date(),
        "in_all": newest.in_all,
        "next_runs": (NextRun(now.replace(hour=2, minute=0) + _DAY, "backup"),),
    }
    return SourceStatus(**{**values, **changes})


def plan_of(records: Sequence[RunRecord], now: datetime = NOW) -> Plan:
    """What the default policy keeps of them, after a prune of the night before."""
    passed = {one.backup for one in records if one.kind is RunKind.DRILL and one.result is RunResult.PASSED}
    candidates = [
        Candidate(
            BackupId.parse(one.backup), Verdict.PASSED if one.backup in passed else None, taken=one.began
        )
        for one in records
        if one.kind is RunKind.BACKUP and one.backup and one.began > now - 100 * _DAY
    ]
    policy = Policy(daily=7, weekly=4, monthly=3)
    stay = {kept.backup for kept in plan(candidates[:-1], policy, now - _DAY).keep}
    return plan([one for one in candidates if one.backup in stay or one is candidates[-1]], policy, now)


def reports_of(records: Sequence[RunRecord]) -> Reports:
    """Reports of the drills that failed."""
    return {
        (one.backup or "", stamp_of(one.began)): Report(Verdict.FAILED, FINDINGS)
        for one in records
        if one.result is RunResult.FAILED and one.kind is RunKind.DRILL
    }


def lists() -> Lists:
    """A checklist with a line in each state."""
    yes = Topic("backup-taken", "Last night's backup completed").yes(
        Evidence("manifests/scims-db/20261129T020000Z.json", "24.4 GB, finished 02:12 UTC")
    )
    no = Topic("failure-alerts-sent", "Alerts about failures are sent").no(
        "subscribe somebody: scims-backup doctor --stack scims",
        Evidence("alerted/2026/11/", "no mail was sent"),
    )
    unknown = Topic("full-drill", "Somebody has restored by hand this month").unknown(
        "restore it on a server of your own, and sign: scims-backup drill --full"
    )
    assert {one.state for one in (yes, no, unknown)} == set(State)
    return {"backup": (yes, yes, yes), "restore": (yes, unknown), "automation": (yes, no)}


def page_of(records: Sequence[RunRecord] | None = None, now: datetime = NOW, **changes: Any) -> SourcePage:
    """The page of a year, with changes to what is known of the source."""
    records = year_of_runs(now) if records is None else records
    return source_page(
        status_of(records, now, **changes),
        records,
        Year(now),
        plan_of(records, now),
        reports_of(records),
        lists(),
    )
