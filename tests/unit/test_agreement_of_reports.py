"""One judgement: in each situation doctor, checklist, status, list and the overdue events say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.checklist import State as Ticked
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.health import State
from scims_backup.domain.retention import Policy
from scims_backup.domain.second_copy import place_of
from scims_backup.domain.status import Promised, Standing, Topic, Watched, judged, worst
from scims_backup.domain.verdict import Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.watch_objectives import WatchObjectives
from scims_backup.usecases.reports.checklist import ReadChecklist
from scims_backup.usecases.reports.examine_backups import ExamineBackups
from scims_backup.usecases.reports.read_status import ReadStatus
from scims_backup.usecases.reports.read_statuses import ReadStatuses
from scims_backup.usecases.reports.summaries import Summaries
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress, a_manifest, put_backup, put_drill

SOURCE = "scims-db"
WATCHED = Watched(SOURCE)
NOW = datetime.fromisoformat("2026-11-22T12:00:00+00:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ELSEWHERE = "s3://elsewhere/catalog"
LINES = {Topic.NEWEST: "backup-runs", Topic.PROVEN: "drill-runs-weekly", Topic.COPY: "copy-elsewhere"}
"""The lines of the checklist that answer what is judged."""
OVERDUE = {
    Topic.NEWEST: Kind.BACKUP_OVERDUE,
    Topic.PROVEN: Kind.DRILL_OVERDUE,
    Topic.COPY: Kind.COPY_OVERDUE,
}


@dataclass
class Situation:
    """A catalog, and what is promised of the source in it."""

    watched: Watched = WATCHED
    catalog: MemoryCatalog = field(default_factory=MemoryCatalog)

    def backup(self, ago: timedelta, *verdicts: Verdict) -> BackupId:
        backup = BackupId(SOURCE, stamp_of(NOW - ago))
        put_backup(self.catalog, a_manifest(backup.stamp))
        for number, verdict in enumerate(verdicts):
            put_drill(self.catalog, backup, stamp_of(backup.moment + (number + 1) * HOUR), verdict)
        return backup

    def failed(self, ago: timedelta) -> None:
        event = Event("1", Kind.BACKUP_FAILED, Severity.ERROR, NOW - ago, SOURCE, None, {"message": "no way"})
        self.catalog.put_new(keys.event(event.time, event.kind, event.id), event.to_bytes())

    def copied(self, backup: BackupId) -> None:
        self.catalog.put_new(keys.copy_of(backup, place_of(ELSEWHERE)), b"{}")


def with_copies() -> Situation:
    return Situation(Watched(SOURCE, copies=ELSEWHERE))


def proven(ago: timedelta = 10 * HOUR) -> Situation:
    situation = Situation()
    situation.backup(ago, Verdict.PASSED)
    return situation


def overdue() -> Situation:
    return proven(27 * HOUR)


def never_drilled(ago: timedelta) -> Situation:
    situation = Situation()
    situation.backup(ago)
    situation.backup(10 * HOUR)
    return situation


def proven_long_ago() -> Situation:
    situation = proven(9 * DAY)
    situation.backup(10 * HOUR)
    return situation


def proven_yesterday_of_an_old_backup() -> Situation:
    """The drill is of yesterday, and its backup of nine days ago: what is proven is old."""
    situation = Situation()
    old = situation.backup(9 * DAY)
    put_drill(situation.catalog, old, stamp_of(NOW - DAY), Verdict.PASSED)
    situation.backup(10 * HOUR)
    return situation


def newest_failed() -> Situation:
    situation = proven(2 * DAY)
    situation.backup(10 * HOUR, Verdict.FAILED)
    return situation


def inconclusive_after_passed() -> Situation:
    situation = proven(2 * DAY)
    situation.backup(10 * HOUR, Verdict.INCONCLUSIVE)
    return situation


def failed_then_passed() -> Situation:
    situation = Situation()
    situation.backup(10 * HOUR, Verdict.FAILED, Verdict.PASSED)
    return situation


def run_failed_since() -> Situation:
    situation = proven()
    situation.failed(HOUR)
    return situation


def run_failed_before() -> Situation:
    situation = proven()
    situation.failed(11 * HOUR)
    return situation


def first_run_failed() -> Situation:
    situation = Situation()
    situation.failed(HOUR)
    return situation


def proven_otherwise() -> Situation:
    situation = proven()
    situation.watched = Watched(SOURCE, after_restore="a" * 64)
    return situation


def of_the_future() -> Situation:
    situation = overdue()
    put_backup(situation.catalog, a_manifest("20991231T020000Z"))
    return situation


def unreadable_manifest() -> Situation:
    situation = proven(2 * DAY)
    situation.catalog.objects[keys.manifest(situation.backup(10 * HOUR))] = b"{"
    return situation


def copied_lately() -> Situation:
    situation = with_copies()
    situation.copied(situation.backup(10 * HOUR, Verdict.PASSED))
    return situation


def copied_long_ago() -> Situation:
    situation = with_copies()
    situation.copied(situation.backup(9 * DAY))
    situation.backup(10 * HOUR, Verdict.PASSED)
    return situation


def never_copied(ago: timedelta) -> Situation:
    situation = with_copies()
    situation.backup(ago)
    situation.backup(10 * HOUR, Verdict.PASSED)
    return situation


def slower_than_promised() -> Situation:
    situation = proven()
    situation.watched = Watched(SOURCE, Promised(restore_time=timedelta(seconds=20)))
    return situation


def over_quota() -> Situation:
    situation = proven()
    situation.watched = Watched(SOURCE, Promised(quota=1000))
    return situation


FINE, WARNING, CRITICAL = Standing
SITUATIONS: dict[str, tuple[Callable[[], Situation], Standing]] = {
    "before the first backup": (Situation, FINE),
    "the first run failed": (first_run_failed, WARNING),
    "all is well": (proven, FINE),
    "the newest backup is old": (overdue, CRITICAL),
    "no drill was due yet": (lambda: never_drilled(7 * DAY), FINE),
    "no drill though one was due": (lambda: never_drilled(9 * DAY), CRITICAL),
    "the newest proof is old": (proven_long_ago, CRITICAL),
    "a drill of yesterday proved an old backup": (proven_yesterday_of_an_old_backup, CRITICAL),
    "the newest drill failed": (newest_failed, CRITICAL),
    "the newest drill was inconclusive": (inconclusive_after_passed, WARNING),
    "a drill failed and the next one passed": (failed_then_passed, FINE),
    "a run failed since": (run_failed_since, WARNING),
    "a run failed before": (run_failed_before, FINE),
    "other SQL proved it": (proven_otherwise, CRITICAL),
    "a backup of the future does not count": (of_the_future, CRITICAL),
    "the newest manifest cannot be read": (unreadable_manifest, WARNING),
    "a copy of last night": (copied_lately, FINE),
    "the newest copy is old": (copied_long_ago, CRITICAL),
    "no copy was due yet": (lambda: never_copied(7 * DAY), FINE),
    "no copy though one was due": (lambda: never_copied(9 * DAY), CRITICAL),
    "a restore takes longer than promised": (slower_than_promised, WARNING),
    "more is stored than the quota": (over_quota, WARNING),
}
EACH = pytest.mark.parametrize(("make", "standing"), SITUATIONS.values(), ids=SITUATIONS.keys())


@EACH
def test_status_says_it_from_documents_and_from_a_summary(
    make: Callable[[], Situation], standing: Standing
) -> None:
    situation = make()
    from_documents = ReadStatus(situation.catalog, situation.watched).run(NOW)
    reading = ReadStatuses(Summaries(situation.catalog, RecordedProgress()), [situation.watched])
    assert reading.run(NOW).sources == (from_documents,)
    assert reading.run(NOW).sources == (from_documents,), "the summary that is kept now says the same"
    assert worst(judged(from_documents)) is standing


@EACH
def test_doctor_has_a_problem_exactly_where_status_is_not_fine(
    make: Callable[[], Situation], standing: Standing
) -> None:
    situation = make()
    status = ReadStatus(situation.catalog, situation.watched).run(NOW)
    doctor = ExamineBackups(
        situation.watched, lambda: situation.catalog, MemoryVault, lambda: NOW, timedelta(days=1)
    )
    for one in judged(status):
        (seen,) = doctor.look_at(one.topic)
        expected = State.FINE if one.standing is Standing.FINE else State.PROBLEM
        assert seen.state is (expected if one.is_known else State.NOT_CHECKED)
        assert seen.message == one.message
    assert standing is FINE or any(one.standing is standing for one in judged(status))


WITHOUT_BACKUP = {"before the first backup", "the first run failed"}
"""There is no checklist before the first backup."""


@pytest.mark.parametrize("name", [name for name in SITUATIONS if name not in WITHOUT_BACKUP])
def test_the_checklist_ticks_exactly_what_status_calls_fine(name: str) -> None:
    situation = SITUATIONS[name][0]()
    by_topic = {one.topic: one for one in judged(ReadStatus(situation.catalog, situation.watched).run(NOW))}
    read = ReadChecklist(situation.watched, situation.catalog, ENGINES, Policy(daily=30)).run(NOW)
    lines = {line.id: line.state for lines in read.lists.values() for line in lines}
    for topic, line in LINES.items():
        if topic not in by_topic:
            assert line not in lines
            continue
        said = [by_topic[topic], *([by_topic[Topic.RUNS]] if topic is Topic.NEWEST else [])]
        known = all(one.is_known for one in said)
        fine = all(one.standing is FINE for one in said)
        expected = (Ticked.YES if fine else Ticked.NO) if known else Ticked.UNKNOWN
        assert lines[line] is expected, line


@EACH
def test_an_event_says_that_it_is_overdue_exactly_where_status_is_critical_about_age(
    make: Callable[[], Situation], standing: Standing
) -> None:
    situation = make()
    by_topic = {one.topic: one for one in judged(ReadStatus(situation.catalog, situation.watched).run(NOW))}
    critical = {kind for topic, kind in OVERDUE.items() if _is_critical(by_topic.get(topic))}
    events = EventLog(SOURCE, situation.catalog, lambda: NOW, lambda: "id", RecordedProgress())
    promised, watched = situation.watched.promised, situation.watched
    looking = WatchObjectives(
        SOURCE,
        situation.catalog,
        events,
        promised.backup_age,
        promised.proof_age,
        watched.after_restore,
        watched.copies or None,
        promised.copy_age,
    )
    assert set(looking.look(NOW)) == critical
    assert not critical or standing is CRITICAL


def _is_critical(said: object) -> bool:
    return getattr(said, "standing", None) is Standing.CRITICAL
