"""Objectives: what is overdue is told once, and nothing before it is."""

import json
from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.verdict import Verdict
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.alerts.watch_objectives import WatchObjectives
from tests.fakes import MemoryCatalog, RecordedProgress, a_manifest, put_backup, put_drill

FIRST, SECOND = (BackupId("scims-db", stamp) for stamp in ("20261115T020000Z", "20261122T020000Z"))
RPO, PROOF_AGE = timedelta(hours=26), timedelta(days=8)


@pytest.fixture
def catalog():
    catalog = MemoryCatalog()
    for backup in (FIRST, SECOND):
        put_backup(catalog, a_manifest(backup.stamp))
    return catalog


def looked(catalog, now, rpo=RPO, proof_age=PROOF_AGE):
    events = EventLog("scims-db", catalog, lambda: now, lambda: "id", RecordedProgress())
    return WatchObjectives("scims-db", catalog, events, rpo, proof_age).look(now)


def events(catalog):
    return [key.split("-")[1] for key in catalog.keys("events/")]


def test_a_backup_is_overdue_once_the_newest_is_older_than_promised(catalog):
    put_drill(catalog, SECOND, "20261122T030000Z", Verdict.PASSED)
    assert looked(catalog, SECOND.moment + RPO) == []
    assert looked(catalog, SECOND.moment + RPO + timedelta(seconds=1)) == ["BackupOverdue"]


def test_what_stays_overdue_is_told_once(catalog):
    for hours in range(27, 100):
        looked(catalog, SECOND.moment + timedelta(hours=hours), proof_age=None)
    assert events(catalog) == ["BackupOverdue"]


def test_what_is_overdue_again_is_told_again(catalog):
    looked(catalog, SECOND.moment + timedelta(hours=27), proof_age=None)
    put_backup(catalog, a_manifest("20261124T020000Z"))
    looked(catalog, SECOND.moment + timedelta(days=4), proof_age=None)
    assert events(catalog) == ["BackupOverdue", "BackupOverdue"]


def test_a_drill_is_due_at_once_and_told_once_if_the_newest_proof_ran_another_after_restore(catalog):
    put_drill(catalog, SECOND, "20261122T030000Z", Verdict.PASSED)
    events = EventLog("scims-db", catalog, lambda: SECOND.moment, lambda: "id", RecordedProgress())
    for kinds, sha256, proof_age in (
        ([], None, PROOF_AGE),
        ([], "a" * 64, None),
        (["DrillOverdue"], "a" * 64, PROOF_AGE),
        (["DrillOverdue"], "a" * 64, PROOF_AGE),
    ):
        watch = WatchObjectives("scims-db", catalog, events, None, proof_age, sha256)
        assert watch.look(SECOND.moment) == kinds
    (key,) = catalog.keys("events/")
    facts = json.loads(catalog.get(key))["facts"]
    assert facts["message"] == f"{SECOND} was proven with a different after_restore than the current setting"


def test_a_drill_is_overdue_once_the_newest_proven_backup_is_older_than_promised(catalog):
    put_drill(catalog, FIRST, "20261115T030000Z", Verdict.PASSED)
    put_drill(catalog, SECOND, "20261122T030000Z", Verdict.FAILED)
    assert looked(catalog, FIRST.moment + PROOF_AGE, rpo=None) == []
    assert looked(catalog, FIRST.moment + PROOF_AGE + timedelta(seconds=1), rpo=None) == ["DrillOverdue"]


def test_before_anything_was_proven_the_first_backup_counts_though_retention_has_removed_it(catalog):
    looked(catalog, SECOND.moment, rpo=None)
    catalog.delete(keys.manifest(FIRST))
    for hours in range(48):
        looked(catalog, FIRST.moment + PROOF_AGE + timedelta(hours=hours), rpo=None)
    assert events(catalog) == ["DrillOverdue"]


def test_a_proof_that_is_lost_again_is_told_for_the_backup_that_had_it(catalog):
    looked(catalog, SECOND.moment, rpo=None)
    put_drill(catalog, SECOND, "20261122T030000Z", Verdict.PASSED)
    assert looked(catalog, SECOND.moment + PROOF_AGE, rpo=None) == []
    assert looked(catalog, SECOND.moment + PROOF_AGE + timedelta(seconds=1), rpo=None) == ["DrillOverdue"]


@pytest.mark.parametrize("stocked", [True, False])
def test_nothing_is_overdue_where_nothing_is_promised_or_nothing_was_ever_backed_up(catalog, stocked):
    promised = {"rpo": None, "proof_age": None} if stocked else {}
    found = looked(catalog if stocked else MemoryCatalog(), SECOND.moment + timedelta(days=99), **promised)
    assert found == []
