"""Watching sizes: what is told, once, with numbers by name, and never in the way of anything else."""

import json
from dataclasses import replace

import pytest
import zstandard

from scims_backup.domain import keys
from scims_backup.domain.anomaly import OddRows, OddTable
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import CatalogUnreachableError
from scims_backup.domain.events import Kind
from scims_backup.domain.words import Words
from scims_backup.engines.postgresql.rules.proof import Rows
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.alerts.event_log import EventLog
from scims_backup.usecases.backups import watch_sizes as watching
from scims_backup.usecases.backups.watch_sizes import WatchSizes
from scims_backup.usecases.stored.proofs import keep_proof
from tests.fakes import RecordedProgress, a_manifest, put_backup
from tests.faults import Calls, FaultyCatalog, a_proof

MIB = 1 << 20
SOURCE = "scims-db"


def stamp(day):
    return f"202611{day:02}T020000Z"


class Nights:
    """A catalog with a backup of every night."""

    def __init__(self, calls=None):
        self.catalog = FaultyCatalog(calls or Calls())
        self._day = 0

    def night(self, size=100 * MIB, **tables):
        """Add a backup of so many bytes, and of tables with so many rows (of one, if none is named)."""
        self._day += 1
        manifest = a_manifest(stamp(self._day))
        counted = {f"public.{name}": Rows(rows, None) for name, rows in (tables or {"items": 5000}).items()}
        proof = replace(a_proof(), tables=counted, schema={"table": {name: {} for name in counted}})
        kept = keep_proof(self.catalog, manifest.backup, proof)
        put_backup(self.catalog, replace(manifest, archive=replace(manifest.archive, bytes=size), proof=kept))
        return manifest.backup

    def nights(self, count):
        for _ in range(count):
            self.night()

    def watch(self, backup=None):
        events = EventLog(SOURCE, self.catalog, self._no_clock, self._no_id, RecordedProgress())
        return WatchSizes(SOURCE, self.catalog, ENGINES, events).run(backup)

    def events(self):
        found = sorted(key for key in self.catalog.objects if key.startswith("events/"))
        return [json.loads(self.catalog.objects[key]) for key in found]

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


def test_an_odd_size_is_told_with_its_numbers(nights):
    nights.nights(7)
    backup = nights.night(size=20 * MIB)
    watched = nights.watch()
    assert (watched.backup, watched.recorded) == (backup, [Kind.BACKUP_SIZE_ANOMALY])
    (event,) = nights.events()
    assert event["kind"] == "BackupSizeAnomaly"
    assert event["severity"] == "warning"
    assert event["backup"] == str(backup)
    assert event["facts"] == {"bytes": 20 * MIB, "expected_bytes": 100 * MIB, "compared": 7}
    assert event["time"] == a_manifest(stamp(8)).finished.isoformat()


def test_lost_rows_are_told_by_table(nights):
    before = nights.night(items=10_000, users=3000, orders=8000, tags=10)
    nights.night(items=10_100, users=0, tags=0)
    assert nights.watch().recorded == [Kind.ROW_COUNT_ANOMALY]
    (event,) = nights.events()
    assert event["severity"] == "warning"
    assert event["facts"] == {
        "rows": 10_100,
        "expected_rows": 21_010,
        "tables": [
            {"table": "public.orders", "expected": 8000, "found": None},
            {"table": "public.users", "expected": 3000, "found": 0},
        ],
        "tables_in_all": 2,
        "compared_with": str(before),
    }


def test_both_may_be_odd(nights):
    nights.nights(4)
    nights.night(size=1, items=0)
    assert nights.watch().recorded == [Kind.BACKUP_SIZE_ANOMALY, Kind.ROW_COUNT_ANOMALY]


def test_a_second_look_tells_nothing_twice(nights):
    nights.nights(4)
    nights.night(size=1, items=0)
    for _ in range(2):
        watched = nights.watch()
        assert watched.problems == []
    assert len(nights.events()) == 2


def test_a_look_that_finds_other_numbers_for_the_same_backup_tells_nothing_twice(nights):
    nights.nights(5)
    nights.night(size=1)
    nights.watch()
    nights.catalog.delete(keys.manifest(BackupId(SOURCE, stamp(1))))
    assert nights.watch().problems == []
    assert len(nights.events()) == 1


def test_an_event_carries_at_most_fifty_tables_and_says_how_many_there_are(nights):
    nights.night(**{f"t{number:02}": 1000 + number for number in range(60)})
    nights.night(items=0)
    nights.watch()
    facts = nights.events()[0]["facts"]
    assert (len(facts["tables"]), facts["tables_in_all"]) == (50, 60)
    assert facts["tables"][0]["table"] == "public.t59"


def test_each_manifest_is_read_once_and_two_proofs():
    calls = Calls()
    nights = Nights(calls)
    nights.nights(12)
    calls.made.clear()
    nights.watch()
    assert calls.made.count("catalog get manifests") == 12
    assert calls.made.count("catalog get proofs") == 2


def test_a_named_backup_is_held_against_those_before_it_alone(nights):
    nights.nights(4)
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
    nights.nights(5)
    nights.damage(keys.manifest(BackupId(SOURCE, stamp(5))))
    nights.night(size=1, items=0)
    watched = nights.watch()
    assert watched.recorded == [Kind.BACKUP_SIZE_ANOMALY, Kind.ROW_COUNT_ANOMALY]
    (problem,) = watched.problems
    assert keys.manifest(BackupId(SOURCE, stamp(5))) in problem
    assert nights.events()[0]["facts"]["compared"] == 4


def test_a_damaged_newest_manifest_is_told(nights):
    nights.nights(5)
    nights.damage(keys.manifest(BackupId(SOURCE, stamp(5))))
    watched = nights.watch()
    assert watched.recorded == []
    assert "is damaged" in watched.problems[0]


@pytest.mark.parametrize("day", [4, 5])
def test_a_damaged_proof_is_told_and_the_size_is_looked_at_all_the_same(nights, day):
    nights.nights(4)
    nights.night(size=1)
    nights.catalog.objects[keys.proof(BackupId(SOURCE, stamp(day)))] = zstandard.compress(b"{}")
    watched = nights.watch()
    assert watched.recorded == [Kind.BACKUP_SIZE_ANOMALY]
    assert "SHA-256" in watched.problems[0]


def look_at_odd_night(calls):
    nights = Nights(Calls())
    nights.nights(4)
    nights.night(size=1, items=0)
    nights.catalog.calls = calls
    return nights


def test_a_catalog_that_fails_at_any_call_is_a_problem_and_no_error():
    calls = Calls()
    look_at_odd_night(calls).watch()
    for number in range(len(calls.made)):
        faulty = Calls(faults={number: CatalogUnreachableError("gone")})
        nights = look_at_odd_night(faulty)
        watched = nights.watch()
        assert len(watched.problems) == 1, calls.made[number]
        assert len(watched.recorded) < 2 or "manifests" in calls.made[number]
        nights.catalog.calls = Calls()
        assert nights.watch().recorded == [Kind.BACKUP_SIZE_ANOMALY, Kind.ROW_COUNT_ANOMALY]
        assert len(nights.events()) == 2


def test_what_is_odd_is_said_in_words_with_the_tables_that_lost_the_most(nights):
    nights.nights(3)
    nights.night(size=10 * MIB, **{f"t{number}": 2000 + number for number in range(7)}, items=5000)
    tables = {f"t{number}": 100 for number in range(6)}
    odd = nights.night(size=MIB, items=500, **tables)
    size, rows = nights.watch().warnings
    assert size == f"{odd} has 1.0 MB, usually 104.9 MB (median of 4 earlier backups)"
    assert rows.startswith(f"{odd} has 1100 rows, and scims-db-20261104T020000Z had 19021; tables: ")
    assert "public.items 500 rows of 5000" in rows
    assert rows.endswith(" and 3 more")
    assert nights.watch(BackupId(SOURCE, stamp(3))).warnings == []


def test_losses_are_told_in_the_words_of_their_engine():
    lost = (OddTable("database 0, session:, hash", 5000, 3), OddTable("database 1", 2000, None))
    odd = OddRows(9000, 9, True, lost, Words("key", "database"))
    assert watching._facts(odd) == {
        "keys": 9,
        "expected_keys": 9000,
        "databases": [
            {"object": "database 0, session:, hash", "expected": 5000, "found": 3},
            {"object": "database 1", "expected": 2000, "found": None},
        ],
        "databases_in_all": 2,
        "unit": "key",
        "namespace": "database",
    }
    said = watching._rows_in_words(BackupId(SOURCE, stamp(2)), BackupId(SOURCE, stamp(1)), odd)
    assert said.endswith(
        " had 9000; databases: database 0, session:, hash 3 keys of 5000, database 1 is gone"
    )
