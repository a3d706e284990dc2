"""The gauges that the hourly check writes, of a catalog of two sources."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from scims_backup.bootstrap import orchestration
from scims_backup.bootstrap.orchestration import Orchestrator
from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.metrics.of_functions import Metric
from scims_backup.domain.verdict import Verdict
from tests.fakes import MemoryCatalog, a_manifest, put_backup, put_drill

BACKUP = BackupId("scims-db", "20261122T020000Z")
NOW = BACKUP.moment + timedelta(hours=6)


@pytest.fixture
def catalog():
    catalog = MemoryCatalog()
    put_backup(catalog, a_manifest(BACKUP.stamp))
    return catalog


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def orchestrator(catalog, notes, monkeypatch):
    """The orchestrator of two sources, whose notes are collected."""
    settings = SimpleNamespace(every=("scims-db", "scims-redis"))
    monkeypatch.setattr(orchestration, "orchestration_in", lambda _: settings)
    progress: Any = SimpleNamespace(note=notes.append)
    made = Orchestrator({}, progress)
    made.__dict__["_catalog"] = catalog
    return made


def test_each_source_has_the_gauges_that_are_known_of_it(orchestrator, catalog, notes):
    put_drill(catalog, BACKUP, "20261122T030000Z", Verdict.PASSED)
    gauges = orchestrator.gauges(NOW)
    assert gauges["scims-db"][Metric.BACKUP_AGE] == pytest.approx(6)
    assert gauges["scims-db"][Metric.PROOF_AGE] == pytest.approx(0.25)
    assert gauges["scims-db"][Metric.SUCCESS] == 100
    assert gauges["scims-redis"] == {}
    assert notes == []


def test_before_the_first_proof_its_age_is_that_of_the_first_backup(orchestrator):
    assert orchestrator.gauges(NOW + timedelta(days=9))["scims-db"][Metric.PROOF_AGE] > 9


def test_a_source_that_cannot_be_read_is_noted_and_missing_and_hides_no_other(orchestrator, catalog, notes):
    put_backup(catalog, a_manifest(BACKUP.stamp, source="scims-redis"))
    catalog.put_new(keys.drills_since("scims-redis"), b"{")
    gauges = orchestrator.gauges(NOW)
    assert list(gauges) == ["scims-db"]
    assert notes[0].startswith("scims-redis cannot be read: ")


def test_a_look_writes_nothing_into_the_catalog(orchestrator, catalog):
    before = dict(catalog.objects)
    orchestrator.gauges(NOW)
    assert catalog.objects == before
