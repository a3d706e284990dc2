"""The order of backups is that of their snapshots, not of their stamps, wherever one is chosen or judged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.events import Kind
from scims_backup.domain.health import State
from scims_backup.domain.retention import Age, Policy, plan
from scims_backup.domain.status import Promised, Topic, Watched
from scims_backup.domain.verdict import Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.watch_objectives import WatchObjectives
from scims_backup.usecases.backups.watch_sizes import WatchSizes
from scims_backup.usecases.reports.examine_backups import ExamineBackups
from scims_backup.usecases.reports.list_backups import ListBackups
from scims_backup.usecases.stored.manifests import backups_in_order, names_of, survey
from tests.fakes import MemoryCatalog, MemoryVault, RecordedProgress, a_manifest, put_backup, put_drill

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATE = "20261120T020000Z"
"""Repeated on the 24th for the 20th, so that its data are the newest."""
STAMPS = (LATE, "20261121T020000Z", "20261122T020000Z", "20261123T020000Z")
IN_ORDER = [BackupId("scims-db", stamp) for stamp in (*STAMPS[1:], LATE)]


@pytest.fixture
def catalog():
    catalog = MemoryCatalog()
    for stamp in STAMPS:
        manifest = a_manifest(stamp)
        if stamp == LATE:
            started = NOW - timedelta(hours=2)
            manifest = replace(manifest, started=started, finished=started + timedelta(minutes=1))
        put_backup(catalog, manifest)
    return catalog


def _chosen(catalog, selector):
    return ListBackups(catalog).choose("scims-db", selector).backup


def test_they_are_listed_and_known_by_their_snapshots(catalog):
    assert [one.backup for one in ListBackups(catalog).run("scims-db")] == IN_ORDER
    assert [one.backup for one in backups_in_order(catalog, "scims-db")] == IN_ORDER
    assert [one.backup.stamp for one in survey(catalog, "scims-db")] == [one.stamp for one in IN_ORDER]


def test_the_newest_and_the_newest_proven_have_the_newest_data(catalog):
    assert _chosen(catalog, "newest") == IN_ORDER[-1]
    put_drill(catalog, IN_ORDER[-2], "20261124T110000Z", Verdict.PASSED)
    put_drill(catalog, IN_ORDER[-1], "20261124T110000Z", Verdict.PASSED)
    assert _chosen(catalog, "newest-proven") == IN_ORDER[-1]


@pytest.mark.parametrize(
    ("moment", "stamp"),
    [
        (datetime(2026, 11, 24, 10, tzinfo=UTC), LATE),
        (datetime(2026, 11, 24, 9, 59, tzinfo=UTC), "20261123T020000Z"),
        (datetime(2026, 11, 21, 3, tzinfo=UTC), "20261121T020000Z"),
    ],
)
def test_a_moment_means_the_newest_data_from_before_it(catalog, moment, stamp):
    assert ListBackups(catalog).newest_at("scims-db", moment).backup.stamp == stamp


def test_retention_knows_the_newest_by_its_snapshot_and_the_night_by_its_stamp(catalog):
    planned = plan(survey(catalog, "scims-db"), Policy(last=1, daily=2), NOW)
    assert {one.backup.stamp: one.reasons for one in planned.keep} == {
        "20261122T020000Z": ("daily 2026-11-22",),
        "20261123T020000Z": ("daily 2026-11-23",),
        LATE: ("newest", "last 1"),
    }
    assert [one.backup for one in planned.keep] == IN_ORDER[1:]


def test_a_repeated_run_does_not_take_the_place_of_what_that_night_had(catalog):
    evening = a_manifest("20261120T220000Z")
    put_backup(catalog, evening)
    for backup in (evening.backup, IN_ORDER[-1]):
        put_drill(catalog, backup, "20261124T110000Z", Verdict.PASSED)
    put_backup(catalog, replace(a_manifest("20261124T110000Z")))
    planned = plan(survey(catalog, "scims-db"), Policy(daily=9), NOW)
    reasons = {one.backup: one.reasons for one in planned.keep}
    assert "daily 2026-11-20" in reasons[evening.backup]
    assert reasons[IN_ORDER[-1]] == ("newest proven", "oldest, fewer than 9 daily")


def test_an_age_in_the_policy_is_that_of_the_snapshot(catalog):
    planned = plan(survey(catalog, "scims-db"), Policy(within=Age.parse("36h")), NOW)
    assert {one.backup: one.reasons for one in planned.keep} == {
        IN_ORDER[-2]: ("within 36h",),
        IN_ORDER[-1]: ("newest", "within 36h"),
    }


def test_sizes_are_held_against_those_whose_snapshots_were_before(catalog):
    def watch(backup=None):
        ids = iter(range(100))
        events = EventLog("scims-db", catalog, lambda: NOW, lambda: f"id{next(ids)}", RecordedProgress())
        return WatchSizes("scims-db", catalog, ENGINES, events).run(backup)

    for day in range(10, 18):
        put_backup(catalog, a_manifest(f"202611{day}T020000Z"))
    assert watch().backup == IN_ORDER[-1]
    key = keys.manifest(IN_ORDER[-1])
    late = a_manifest(LATE)
    small = replace(late, started=NOW, finished=NOW, archive=replace(late.archive, bytes=1))
    catalog.objects[key] = small.to_bytes()
    assert watch().recorded == [Kind.BACKUP_SIZE_ANOMALY]
    assert watch(IN_ORDER[-2]).recorded == []


def _doctor(catalog):
    watched = Watched("scims-db", Promised(backup_age=timedelta(hours=3)))
    return ExamineBackups(watched, lambda: catalog, MemoryVault, lambda: NOW, timedelta(days=1))


def test_ages_are_those_of_snapshots(catalog):
    ids = iter(range(100))
    events = EventLog("scims-db", catalog, lambda: NOW, lambda: f"id{next(ids)}", RecordedProgress())
    watching = WatchObjectives("scims-db", catalog, events, timedelta(hours=3), None)
    assert watching.look(NOW) == []
    assert watching.look(NOW + timedelta(hours=2)) == [Kind.BACKUP_OVERDUE]
    (seen,) = _doctor(catalog).look_at(Topic.NEWEST)
    assert (seen.state, seen.message) == (State.FINE, f"{IN_ORDER[-1]} is 2 h old")
    put_drill(catalog, IN_ORDER[-2], "20261124T110000Z", Verdict.PASSED)
    put_drill(catalog, IN_ORDER[-1], "20261124T110000Z", Verdict.FAILED)
    (judged,) = _doctor(catalog).look_at(Topic.VERDICT)
    assert judged.state is State.PROBLEM


def test_one_whose_manifest_cannot_be_read_has_its_stamp_s_place(catalog):
    catalog.objects[keys.manifest(IN_ORDER[1])] = b"{"
    assert [one.backup for one in backups_in_order(catalog, "scims-db")] == IN_ORDER


def test_many_are_read_at_once_and_come_in_order():
    catalog = MemoryCatalog()
    moments = [NOW - timedelta(hours=hours) for hours in range(100)]
    for moment in moments:
        put_backup(catalog, a_manifest(f"{moment:%Y%m%dT%H%M%SZ}"))
    known = backups_in_order(catalog, "scims-db")
    assert [one.taken for one in known] == moments[::-1]
    assert names_of(catalog, "scims-db") == [one.backup for one in known]
