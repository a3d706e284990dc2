"""A prune that is killed before and after each step, on real stores: no phantom, no loss."""

import hashlib
import os
import signal
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId, stamp_of
from scims_backup.domain.holds import Hold
from scims_backup.domain.manifest import Archive, Manifest
from scims_backup.engines.registry import ENGINES
from scims_backup.usecases.reports.list_backups import ListBackups
from scims_backup.usecases.stored.holds import held
from scims_backup.usecases.stored.proofs import keep_proof, load_proof
from scims_backup.usecases.stored.verify_backup import VerifyBackup
from tests.contract.vault_contract import put
from tests.fakes import RecordedProgress
from tests.faults import a_proof
from tests.integration.killed_prune import POLICY, SOURCE, Where, pruning
from tests.mortal import Life
from tests.support.killed import runs_of

NIGHTS = [BackupId(SOURCE, stamp_of(datetime.now(UTC) - timedelta(days=days))) for days in (3, 2, 1)]
GONE, KEPT = NIGHTS[0], NIGHTS[1:]
CHANGES = ("put_new", "delete", "discard_unfinished")


@pytest.fixture
def where(request, tmp_path, monkeypatch):
    kind = request.param
    if kind == "restic":
        monkeypatch.setenv("RESTIC_PASSWORD", "correct horse")
        return Where("", str(tmp_path))
    server = request.getfixturevalue(kind)
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return Where(server.new_bucket(versioned=True), str(tmp_path))


def _add(where: Where, backup: BackupId) -> None:
    """Let a place have a backup, as a run leaves it."""
    catalog, data = where.catalog(), os.urandom(100_000)
    catalog.put_new(keys.claim(backup), b'{"version": 1}')
    stored = put(where.vault(), backup, data)
    kind = where.vault().kind
    archive = Archive(len(data), stored.stored_bytes, hashlib.sha256(data).hexdigest(), kind, stored.ref)
    proof = keep_proof(catalog, backup, a_proof())
    manifest = Manifest(backup, backup.moment, backup.moment, archive, proof)
    catalog.put_new(keys.manifest(backup), manifest.to_bytes())


@pytest.fixture
def run(where):
    """Give what prunes, and is killed at a moment."""
    with runs_of("tests.integration.killed_prune", os.environ) as run:
        yield partial(run, asdict(where))


def _check_each(where: Where) -> list[BackupId]:
    """Begin to drill every backup that there is, as a drill does: held, with its proof, from its bytes."""
    catalog, vault = where.catalog(), where.vault()
    listed = ListBackups(catalog).run(SOURCE)
    for one in listed:
        assert one.manifest is not None
        hold = Hold("drill-1", datetime.now(UTC) + timedelta(hours=1))
        if keys.tombstone(one.backup) in catalog.keys("tombstones/"):
            continue  # the drill would be told that it goes: tests/unit/usecases/test_prune_interrupted.py
        with held(catalog, one.backup, hold, RecordedProgress()):
            load_proof(catalog, one.manifest, ENGINES)
            VerifyBackup(vault, catalog, ENGINES, RecordedProgress()).run(one.manifest)
    return [one.backup for one in listed]


def _steps(moments: list[str], where: Where) -> list[int]:
    """Before and after each change; with restic, which is slow, of manifest and bytes alone."""
    if where.bucket:
        return [at for at, name in enumerate(moments) if name.split()[1] in CHANGES]
    return [
        at for at, name in enumerate(moments) if "delete manifests/" in name or len(name.split()[-1]) == 64
    ]


def _an_hour_passes(where: Where) -> None:
    catalog = where.catalog()
    for key in list(catalog.keys(keys.prune_lease(SOURCE).removesuffix(".json"))):
        catalog.delete(key)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("where", ["seaweedfs", "restic"], indirect=True)
def test_a_prune_that_is_killed_at_each_of_its_steps_loses_nothing_and_the_next_one_finishes(where, run):
    where.vault().prepare()
    for backup in NIGHTS:
        _add(where, backup)
    moments = run().moments
    assert _check_each(where) == KEPT
    for at in _steps(moments, where):
        if keys.manifest(GONE) not in where.catalog().keys("manifests/"):
            _add(where, GONE)
        killed = run(at)
        assert killed.returncode == -signal.SIGKILL, (moments[at], killed.output)
        assert set(_check_each(where)) >= set(KEPT), moments[at]
        _an_hour_passes(where)
        pruned = pruning(where, Life()).run(POLICY, datetime.now(UTC))
        assert pruned.refused == [], moments[at]
        assert _check_each(where) == KEPT
        assert {archive.backup for archive in where.vault().archives()} == set(KEPT)
        assert [key for key in where.catalog().keys("") if GONE.stamp in key] == [], moments[at]
