"""The gauges of many sources: what one of them lacks takes nothing from the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import VaultUnreachableError
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.domain.status import Promised, Watched
from scims_backup.domain.verdict import Verdict
from scims_backup.ports import Usage
from scims_backup.usecases.reports.read_gauges import Gauges, Measured, ReadGauges
from tests.fakes import MemoryCatalog, a_manifest, put_backup, put_drill

BACKUP = BackupId("scims-db", "20261122T020000Z")
NOW = BACKUP.moment + timedelta(hours=6)
MANY = 20


@pytest.fixture
def catalog() -> MemoryCatalog:
    catalog = MemoryCatalog()
    put_backup(catalog, a_manifest(BACKUP.stamp))
    put_drill(catalog, BACKUP, "20261122T030000Z", Verdict.PASSED)
    return catalog


def measured(name: str, usage: int | None = None) -> Measured:
    stored = None if usage is None else Usage("here", usage, usage, usage)
    return Measured(Watched(name, Promised(quota=1000)), None if stored is None else lambda: stored)


def value(gauges: Gauges, gauge: Gauge, source: str = "scims-db") -> float | None:
    return next((one.value for one in gauges.of(source) if one.gauge is gauge), None)


def test_the_values_are_those_of_the_catalog(catalog: MemoryCatalog) -> None:
    gauges = ReadGauges(catalog).run([measured("scims-db")], NOW)
    assert value(gauges, Gauge.LAST_SUCCESS) == BACKUP.moment.timestamp()
    assert value(gauges, Gauge.LAST_PROOF) == BACKUP.moment.timestamp()
    assert value(gauges, Gauge.ARCHIVE_BYTES) == 1_663_000_000
    assert (gauges.at, gauges.problems) == (NOW, ())


def test_what_is_stored_is_measured_in_the_vault_or_added_up(catalog: MemoryCatalog) -> None:
    reading = ReadGauges(catalog)
    assert value(reading.run([measured("scims-db", 5)], NOW), Gauge.STORED_BYTES) == 5
    assert value(reading.run([measured("scims-db")], NOW), Gauge.STORED_BYTES) == 207_000_000


def test_a_vault_that_cannot_be_measured_takes_only_its_own_value(catalog: MemoryCatalog) -> None:
    def fail() -> Usage:
        raise VaultUnreachableError("no route to the vault")

    gauges = ReadGauges(catalog).run([Measured(Watched("scims-db"), fail)], NOW)
    assert value(gauges, Gauge.LAST_SUCCESS) is not None
    assert gauges.problems == ("scims-db cannot be measured: no route to the vault",)


def test_a_source_that_cannot_be_read_hides_no_other(catalog: MemoryCatalog) -> None:
    catalog.put_new(keys.drills_since("broken"), b"{")
    put_backup(catalog, a_manifest(BACKUP.stamp, source="broken"))
    gauges = ReadGauges(catalog).run([measured("broken"), measured("scims-db")], NOW)
    assert [one.gauge for one in gauges.of("broken")] == [Gauge.READABLE]
    assert value(gauges, Gauge.READABLE, "broken") == 0
    assert value(gauges, Gauge.READABLE) == 1
    assert [problem.partition(":")[0] for problem in gauges.problems] == ["broken cannot be read"]


def test_the_events_of_all_sources_are_read_once(catalog: MemoryCatalog) -> None:
    failed = Event("7f", Kind.BACKUP_FAILED, Severity.ERROR, NOW, "source-3", None, {"message": "no"})
    catalog.put_new(key := keys.event(NOW, failed.kind, failed.id), failed.to_bytes())
    read = list[str]()
    get = catalog.get
    catalog.get = lambda key: read.append(key) or get(key)  # type: ignore[method-assign,func-returns-value]
    gauges = ReadGauges(catalog).run([measured(f"source-{number}") for number in range(MANY)], NOW)
    assert value(gauges, Gauge.LAST_FAILURE, "source-3") == NOW.timestamp()
    assert read.count(key) == 1
