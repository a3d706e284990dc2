"""The catalog's keys: the contract of docs/architecture.md, letter by letter."""

from datetime import UTC, datetime

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.holds import Hold

BACKUP = BackupId("scims-db", "20261122T020000Z")
DRILL = "20261123T030000Z"


def test_the_keys_are_those_that_other_programs_rely_on():
    assert keys.manifest(BACKUP) == "manifests/scims-db/20261122T020000Z.json"
    assert keys.proof(BACKUP) == "proofs/scims-db/20261122T020000Z.json.zst"
    assert keys.claim(BACKUP) == "runs/scims-db/20261122T020000Z/claim.json"
    drill = "drills/scims-db/20261122T020000Z/20261123T030000Z"
    assert keys.drill_request(BACKUP, DRILL) == f"{drill}/request.json"
    assert keys.drill_report(BACKUP, DRILL) == f"{drill}/report.json"
    assert keys.drill_verdict(BACKUP, DRILL, "passed") == f"{drill}/verdict.passed.json"
    assert keys.vault_marker("scims-db") == "vaults/scims-db.json"


def test_an_event_lies_under_its_day():
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (
        keys.event(moment, "BackupFailed", "7f") == "events/2026/01/02/20260102T030405Z-BackupFailed-7f.json"
    )


def test_a_manifest_s_key_names_its_backup():
    assert keys.backup_of(keys.manifest(BACKUP)) == BACKUP


def test_the_prefix_of_a_source_does_not_take_in_a_longer_name():
    other = BackupId("scims-db-2", "20261122T020000Z")
    assert not keys.manifest(other).startswith(keys.manifests("scims-db"))
    assert not keys.drill_report(other, DRILL).startswith(keys.drills("scims-db"))


def test_the_prefix_of_a_backup_s_drills_lies_within_the_source_s():
    assert keys.drill_report(BACKUP, DRILL).startswith(keys.drills_of(BACKUP))
    assert keys.drills_of(BACKUP).startswith(keys.drills("scims-db"))


@pytest.mark.parametrize("stamp", ["20261322T020000Z", "20261122", "20261122T020000Z.bak", "2026", ""])
def test_what_has_no_stamp_is_no_manifest_hold_tombstone_or_run(stamp):
    assert not keys.is_manifest(f"manifests/scims-db/{stamp}.json")
    assert not keys.is_hold(f"holds/scims-db/{stamp}/operator-until-20261122T020000Z.json")
    assert not keys.is_tombstone(f"tombstones/scims-db/{stamp}.json")
    assert not keys.is_of_run(f"runs/scims-db/{stamp}/claim.json")


def test_keys_tell_which_backup_they_are_about():
    assert keys.backup_of(keys.tombstone(BACKUP)) == BACKUP
    assert keys.backup_of_run(keys.claim(BACKUP)) == BACKUP
    hold = Hold("operator", BACKUP.moment)
    assert keys.hold_of_key(keys.hold(BACKUP, hold)) == (BACKUP, hold)
    assert all(
        (
            keys.is_manifest(keys.manifest(BACKUP)),
            keys.is_tombstone(keys.tombstone(BACKUP)),
            keys.is_of_run(keys.claim(BACKUP)),
            keys.is_hold(keys.hold(BACKUP, hold)),
        )
    )
