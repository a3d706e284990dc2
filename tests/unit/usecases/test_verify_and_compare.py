"""Verifying an archive's bytes, and holding any database against a proof."""

import pytest

from scims_backup.domain.errors import (
    ArchiveDamagedError,
    ArchiveMissingError,
    DocumentError,
    SourceUnreachableError,
    VaultUnreachableError,
)
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Verdict
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.drills.compare_database import CompareDatabase
from scims_backup.usecases.stored.verify_backup import VerifyBackup
from tests.faults import a_proof
from tests.unit.usecases.test_run_drill import ARCHIVE, PlayedProbe, Rig


@pytest.fixture
def rig():
    return Rig()


def verify(rig):
    VerifyBackup(rig.vault, rig.catalog, ENGINES, rig.progress).run(rig.manifest)


def compare(rig, probe=None):
    comparing = CompareDatabase(rig.catalog, ENGINES, rig.timer, rig.progress, probe)
    return comparing.run(rig.manifest, rig.sandboxes, Questions())


def test_an_archive_that_is_whole_is_verified(rig):
    verify(rig)
    assert ("bytes", len(ARCHIVE)) in rig.progress.told


@pytest.mark.parametrize("data", [b"", ARCHIVE[:-1], ARCHIVE + b"x", b"Q" + ARCHIVE[1:]])
def test_an_archive_with_other_bytes_is_damaged_by_name(rig, data):
    rig.vault.stored[rig.manifest.archive.ref] = (rig.manifest.backup, data)
    with pytest.raises(ArchiveDamagedError, match=f"of {rig.manifest.backup} is damaged"):
        verify(rig)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("vault read", ArchiveMissingError("gone")),
        ("vault chunk", ArchiveDamagedError("flipped")),
        ("vault has read", VaultUnreachableError("cut")),
    ],
)
def test_what_the_vault_says_is_passed_on(rig, call, error):
    rig.calls.faults[call] = error
    with pytest.raises(type(error)):
        verify(rig)


def test_a_backup_whose_proof_is_damaged_is_not_verified(rig):
    rig.catalog.objects[rig.manifest.proof.key] = b"x"
    with pytest.raises(DocumentError, match="is damaged"):
        verify(rig)


def test_a_database_that_equals_the_proof_passes(rig):
    report = compare(rig)
    assert report.verdict is Verdict.PASSED
    assert dict(report.seconds) == {"prove": 1.0}


def test_a_database_that_differs_fails_by_name(rig):
    rig.sandboxes.found = a_proof(rows=4)
    assert [found.object for found in compare(rig).findings] == ["table public.items"]


def test_a_comparison_asks_the_application_too(rig):
    report = compare(rig, PlayedProbe(ProbeOutcome(1, "no")))
    assert [found.kind for found in report.findings] == ["probe-failed"]


def test_a_database_that_cannot_be_read_has_no_verdict(rig):
    rig.calls.faults["database prove full"] = SourceUnreachableError("refused")
    with pytest.raises(SourceUnreachableError):
        compare(rig)


def test_a_comparison_keeps_nothing_in_the_catalog(rig):
    before = dict(rig.catalog.objects)
    compare(rig)
    assert rig.catalog.objects == before
