"""Which manifests the vault bears out, and which archives came late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.witness import SKEW, Seen, doubt_of, is_late
from tests.fakes import a_manifest

MANIFEST = a_manifest()
BACKUP, TAKEN = MANIFEST.backup, MANIFEST.started
SECOND, LONGEST = timedelta(seconds=1), timedelta(hours=1)
SEEN = Seen(BACKUP, TAKEN)


def test_what_the_vault_holds_as_this_backup_s_is_believed():
    assert doubt_of(MANIFEST, "restic", SEEN) == ""


@pytest.mark.parametrize(
    ("manifest", "vault", "seen", "why"),
    [
        (MANIFEST, "restic", None, "is not in this vault"),
        (MANIFEST, "s3", SEEN, "is not in this vault"),
        (MANIFEST, "restic", Seen(BackupId("scims-db", "20261121T020000Z"), TAKEN), "belongs to scims-db-"),
        (MANIFEST, "restic", Seen(BackupId("scims-db-2", BACKUP.stamp), TAKEN), "belongs to scims-db-2"),
        (MANIFEST, "restic", Seen(BACKUP, TAKEN - SKEW - SECOND), "but its archive was stored at"),
        (replace(MANIFEST, started=TAKEN - SKEW - SECOND), "restic", SEEN, "long before its stamp"),
    ],
)
def test_what_the_vault_does_not_bear_out_is_doubted(manifest, vault, seen, why):
    assert why in doubt_of(manifest, vault, seen)


@pytest.mark.parametrize("apart", [-SKEW, SKEW, timedelta(days=400)])
def test_clocks_may_be_a_day_apart_and_a_copy_may_come_any_time_later(apart):
    assert doubt_of(MANIFEST, "restic", Seen(BACKUP, TAKEN + apart)) == ""


def test_a_run_that_was_repeated_for_an_earlier_time_is_believed():
    repeated = replace(MANIFEST, started=TAKEN + timedelta(days=3))
    assert doubt_of(repeated, "restic", Seen(BACKUP, repeated.started)) == ""


@pytest.mark.parametrize(("after", "late"), [(LONGEST + SKEW, False), (LONGEST + SKEW + SECOND, True)])
def test_an_archive_is_late_after_the_longest_run_and_a_day(after, late):
    assert is_late(MANIFEST, TAKEN + after, LONGEST) is late


def test_an_archive_is_late_by_its_stamp_too():
    repeated = replace(MANIFEST, started=TAKEN + timedelta(days=3))
    assert is_late(repeated, repeated.started, LONGEST)
