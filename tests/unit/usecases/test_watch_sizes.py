"""Watching each night: what is told, once, with numbers by name, and never in the way of anything else."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import zstandard

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.errors import CatalogUnreachableError
from scims_backup.domain.events import Kind
from scims_backup.domain.holds import Hold
from scims_backup.domain.retention import Policy, plan
from scims_backup.engines.postgresql.rules.proof import Rows
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups.watch_sizes import WatchSizes
from scims_backup.usecases.retention.lost_rows_hold import release_lost_rows_hold
from scims_backup.usecases.stored.manifests import holds_by_backup, survey
from scims_backup.usecases.stored.proofs import keep_proof
from tests.fakes import RecordedProgress, a_manifest, put_backup
from tests.faults import Calls, FaultyCatalog, a_proof

MIB = 1 << 20
SOURCE = "scims-db"
FIRST = datetime(2026, 11, 1, 2, tzinfo=UTC)
TABLES = {"items": 5000, "users": 3000, "tags": 10}


def stamp(day):
    return stamp_of(FIRST + timedelta(days=day - 1))


class Nights:
    """A catalog with a backup of every night."""

    def __init__(self, calls=None):
        self.catalog = FaultyCatalog(calls or Calls())
        self.progress = RecordedProgress()
        self._day = 0

    def night(self, size=100 * MIB, *, without=(), **tables):
        """Add a backup of so many bytes, and of tables with other numbers of rows than usual."""
        self._day += 1
        manifest = a_manifest(stamp(self._day))
        rows = {name: number for name, number in {**TABLES, **tables}.items() if name not in without}
        counted = {f"public.{name}": Rows(number, None) for name, number in rows.items()}
        proof = replace(a_proof(), tables=counted, schema={"table": {name: {} for name in counted}})
        kept = keep_proof(self.catalog, manifest.backup, proof)
        put_backup(self.catalog, replace(manifest, archive=replace(manifest.archive, bytes=size), proof=kept))
        return manifest.backup

    def nights(self, count):
        return [self.night() for _ in range(count)]

    def watch(self, backup=None):
        events = EventLog(SOURCE, self.catalog, self._no_clock, self._no_id, self.progress)
        return WatchSizes(SOURCE, self.catalog, ENGINES, events).run(backup)

    def events(self):
        found = sorted(key for key in self.catalog.objects if key.startswith("events/"))
        return [json.loads(self.catalog.objects[key]) for key in found]

    def held(self):
        return list(holds_by_backup(self.catalog, SOURCE))

    def damage(self, key):
        self.catalog.objects[key] = b"{"

    def _no_clock(self):
        raise AssertionError("the same event at every look: no clock")

    def _no_id(self):
        raise AssertionError("the same event at every look: no chance")


@pytest.fixture
def nights():
    return Nights()


def test_a_night_like_the_others_is_not_told(nights):
    nights.nights(8)
    watched = nights.watch()
    assert (watched.backup, watched.recorded, watched.problems) == (BackupId(SOURCE, stamp(8)), [], [])
    assert nights.events() == []


def test_no_size_is_odd_while_there_are_fewer_than_seven_nights_before_it(nights):
    nights.nights(6)
    nights.night(size=1)
    assert nights.watch().recorded == []


@pytest.mark.parametrize(("before", "recorded"), [(2, []), (3, [Kind.ROWS_LOST])])
def test_what_a_large_table_loses_in_the_first_week_is_told_before_it_becomes_the_usual(
    nights, before, recorded
):
    nights.nights(before)
    nights.night(items=0)
    assert nights.watch().recorded == recorded


def test_an_odd_size_is_told_with_its_numbers(nights):
    nights.nights(7)
    backup = nights.night(size=20 * MIB)
    watched = nights.watch()
    assert (watched.backup, watched.recorded) == (backup, [Kind.BACKUP_SIZE_ANOMALY])
    (event,) = nights.events()
    assert event["severity"] == "warning"
    assert event["backup"] == str(backup)
    assert event["facts"] == {"bytes": 20 * MIB, "expected_bytes": 100 * MIB, "compared": 7}
    assert event["time"] == a_manifest(stamp(8)).finished.isoformat()
    assert watched.warnings == [f"{backup} has 21.0 MB, usually 104.9 MB (median of 7 earlier backups)"]


def test_lost_rows_are_an_alert_of_their_own_and_the_backup_from_before_is_held(nights):
    before = nights.nights(7)[-1]
    backup = nights.night(items=500, without=("users",))
    watched = nights.watch()
    assert watched.recorded == [Kind.ROWS_LOST]
    (lost,) = nights.events()
    assert (lost["kind"], lost["severity"]) == ("RowsLost", "error")
    assert lost["facts"] == {
        "tables": [
            {"table": "public.items", "expected": 5000, "found": 500},
            {"table": "public.users", "expected": 3000, "found": None},
        ],
        "tables_in_all": 2,
        "compared_with": str(before),
        "held": str(before),
    }
    assert nights.held() == [before]
    assert watched.warnings[0] == (f"{backup} lost rows: public.items 500 rows of 5000, public.users is gone")


@pytest.mark.parametrize(("extra", "rows", "new"), [(40_000, 48_010, ["public.new"]), (9000, 17_010, [])])
def test_rows_that_came_are_told_with_the_new_tables(nights, extra, rows, new):
    before = nights.nights(7)[-1]
    nights.night(**({"new": extra} if new else {"items": 5000 + extra}))
    assert nights.watch().recorded == [Kind.ROW_COUNT_ANOMALY]
    (event,) = nights.events()
    assert event["facts"] == {
        "rows": rows,
        "expected_rows": 8010,
        "tables": [],
        "tables_in_all": 0,
        "new_tables": new,
        "compared_with": str(before),
    }


def test_what_was_held_is_not_held_again_once_it_is_released(nights):
    nights.nights(7)
    nights.night(items=0)
    nights.watch()
    released = release_lost_rows_hold(nights.catalog, SOURCE)
    assert released == [BackupId(SOURCE, stamp(7))]
    nights.watch()
    assert nights.held() == []


def test_a_hold_of_somebody_else_stays_when_lost_rows_are_acknowledged(nights):
    nights.nights(7)
    nights.night(items=0)
    nights.watch()
    before = BackupId(SOURCE, stamp(7))
    other = Hold("operator", FIRST + timedelta(days=90))
    nights.catalog.put_new(keys.hold(before, other), other.to_bytes())
    release_lost_rows_hold(nights.catalog, SOURCE)
    assert holds_by_backup(nights.catalog, SOURCE) == {before: [other]}


def test_a_prune_keeps_what_is_held_from_before_the_loss(nights):
    nights.nights(7)
    for _ in range(9):
        nights.night(items=0)
        nights.watch()
    kept = plan(survey(nights.catalog, SOURCE), Policy(last=2), FIRST + timedelta(days=16)).keep
    assert BackupId(SOURCE, stamp(7)) in [one.backup for one in kept]


def test_a_loss_that_lasts_is_told_of_each_backup_and_holds_the_one_from_before():
    nights = Nights()
    before = nights.nights(7)[-1]
    for items in (2000, 2000, 0):
        nights.night(items=items)
        assert Kind.ROWS_LOST in nights.watch().recorded
        assert nights.held() == [before]
    assert {event["facts"]["held"] for event in nights.events() if event["kind"] == "RowsLost"} == {
        str(before)
    }


def test_what_was_released_stays_so_while_the_loss_lasts_and_the_next_loss_is_held(nights):
    nights.nights(7)
    nights.night(items=0)
    nights.watch()
    release_lost_rows_hold(nights.catalog, SOURCE)
    last = nights.night(items=0)
    nights.watch()
    assert nights.held() == []
    nights.night(items=0, users=0)
    nights.watch()
    assert nights.held() == [last]


def test_a_loss_that_nobody_saw_in_its_night_holds_the_backup_from_before_it(nights):
    before = nights.nights(7)[-1]
    nights.night(items=0)
    nights.night(items=0)
    assert Kind.ROWS_LOST in nights.watch().recorded
    assert nights.held() == [before]


def test_the_backup_before_the_last_is_held_if_the_last_is_being_removed(nights):
    backups = nights.nights(7)
    nights.catalog.put_new(keys.tombstone(backups[-1]), b"{}")
    nights.night(items=0)
    nights.watch()
    assert nights.held() == [backups[-2]]


def test_a_second_look_tells_nothing_twice(nights):
    nights.nights(7)
    nights.night(size=1, items=0)
    for _ in range(2):
        assert nights.watch().problems == []
    assert len(nights.events()) == 2


def test_an_event_carries_at_most_fifty_tables_and_says_how_many_there_are(nights):
    many = {f"t{number:02}": 1000 + number for number in range(60)}
    for _ in range(7):
        nights.night(**many)
    nights.night()
    nights.watch()
    lost = next(event for event in nights.events() if event["kind"] == "RowsLost")
    assert (len(lost["facts"]["tables"]), lost["facts"]["tables_in_all"]) == (50, 60)
    assert lost["facts"]["tables"][0]["table"] == "public.t59"


def test_backups_from_before_there_were_records_are_recorded_once():
    calls = Calls()
    nights = Nights(calls)
    nights.nights(9)
    nights.watch()
    assert calls.made.count("catalog get proofs") == 9
    nights.night()
    calls.made.clear()
    nights.watch()
    assert calls.made.count("catalog get proofs") == 1
    assert calls.made.count("catalog get history") == 9


def test_the_history_says_what_is_usual_when_the_backups_are_gone(nights):
    for _ in range(9):
        backup = nights.night()
        nights.watch()
        nights.catalog.delete(keys.manifest(backup))
    odd = nights.night(size=MIB)
    assert nights.watch().warnings == [f"{odd} has 1.0 MB, usually 104.9 MB (median of 9 earlier backups)"]


def test_of_several_backups_a_day_the_last_stands_for_the_day(nights):
    nights.nights(7)
    for hour in (5, 9):
        manifest = a_manifest(stamp_of(FIRST + timedelta(days=6, hours=hour)))
        kept = keep_proof(nights.catalog, manifest.backup, a_proof(8010))
        put_backup(nights.catalog, replace(manifest, proof=kept))
    nights.night(size=1)
    nights.watch()
    assert nights.events()[0]["facts"]["compared"] == 7


def test_a_named_backup_is_held_against_those_before_it_alone(nights):
    nights.nights(7)
    odd = nights.night(size=1)
    nights.nights(3)
    assert nights.watch().recorded == []
    watched = nights.watch(odd)
    assert (watched.backup, watched.recorded) == (odd, [Kind.BACKUP_SIZE_ANOMALY])


def test_no_backup_and_one_that_was_removed_meanwhile_are_nothing_to_look_at(nights):
    assert nights.watch().backup is None
    nights.nights(5)
    watched = nights.watch(BackupId(SOURCE, "20251122T020000Z"))
    assert (watched.backup, watched.recorded, watched.problems) == (None, [], [])


def test_another_source_s_backups_and_what_is_no_manifest_do_not_count(nights):
    put_backup(nights.catalog, a_manifest("20261130T020000Z", "scims-db-2"))
    nights.catalog.objects["manifests/scims-db/notes.txt"] = b""
    backup = nights.night()
    assert nights.watch().backup == backup


def test_a_damaged_earlier_manifest_is_skipped_and_told(nights):
    nights.nights(8)
    nights.damage(keys.manifest(BackupId(SOURCE, stamp(5))))
    nights.night(size=1)
    watched = nights.watch()
    assert watched.recorded == [Kind.BACKUP_SIZE_ANOMALY]
    (problem,) = watched.problems
    assert keys.manifest(BackupId(SOURCE, stamp(5))) in problem
    assert nights.events()[0]["facts"]["compared"] == 7


def test_a_damaged_newest_manifest_is_told(nights):
    nights.nights(5)
    nights.damage(keys.manifest(BackupId(SOURCE, stamp(5))))
    watched = nights.watch()
    assert watched.recorded == []
    assert "is damaged" in watched.problems[0]


@pytest.mark.parametrize("day", [4, 9])
def test_a_damaged_proof_is_told_and_the_size_is_looked_at_all_the_same(nights, day):
    nights.nights(8)
    nights.night(size=1)
    nights.catalog.objects[keys.proof(BackupId(SOURCE, stamp(day)))] = zstandard.compress(b"{}")
    watched = nights.watch()
    assert watched.recorded == [Kind.BACKUP_SIZE_ANOMALY]
    assert "SHA-256" in watched.problems[0]
    assert len(list(nights.catalog.keys("history/"))) == 8


def look_at_odd_night(calls):
    nights = Nights(Calls())
    nights.nights(7)
    nights.night(size=1, items=0)
    nights.catalog.calls = calls
    return nights


def test_a_catalog_that_fails_at_any_call_is_a_problem_and_no_error():
    calls = Calls()
    look_at_odd_night(calls).watch()
    for number, made in enumerate(calls.made):
        nights = look_at_odd_night(Calls(faults={number: CatalogUnreachableError("gone")}))
        watched = nights.watch()
        assert watched.problems or (made == "catalog put history" and nights.progress.told), made
        nights.catalog.calls = Calls()
        nights.watch()
        assert len(nights.events()) == 2
        assert nights.held() == [BackupId(SOURCE, stamp(7))]
