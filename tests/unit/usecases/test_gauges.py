"""The gauges of many sources: what one of them lacks takes nothing from the others."""

from __future__ import annotations

from dataclasses import replace

from scims_backup.domain.errors import CatalogError, VaultUnreachableError
from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.ports import Usage
from scims_backup.usecases.reports.gauges import Gauges, gauges_of
from scims_backup.usecases.reports.read_statuses import Statuses
from tests.support.statuses import AT, whole_status

STATUS = whole_status()
OTHER = replace(STATUS, source="other")


def value(gauges: Gauges, gauge: Gauge, source: str = "scims-db") -> float | None:
    found = [one.value for one in gauges.samples if (one.gauge, one.source) == (gauge, source)]
    return found[0] if found else None


def test_every_source_has_its_values() -> None:
    gauges = gauges_of(Statuses(AT, (STATUS, OTHER)), {})
    assert value(gauges, Gauge.READABLE) == value(gauges, Gauge.READABLE, "other") == 1
    assert (gauges.at, gauges.problems) == (AT, ())


def test_what_is_stored_is_what_the_vault_says_or_else_the_catalog() -> None:
    gauges = gauges_of(Statuses(AT, (STATUS, OTHER)), {"other": lambda: Usage("here", 5, 6, 6)})
    assert value(gauges, Gauge.STORED_BYTES) == STATUS.stored_in_all
    assert value(gauges, Gauge.STORED_BYTES, "other") == 5


def test_a_vault_that_cannot_be_measured_takes_no_other_value() -> None:
    def fail() -> Usage:
        raise VaultUnreachableError("no route to the vault")

    gauges = gauges_of(Statuses(AT, (STATUS,)), {"scims-db": fail})
    assert value(gauges, Gauge.LAST_SUCCESS) is not None
    assert gauges.problems == ("scims-db cannot be measured: no route to the vault",)


def test_a_source_that_cannot_be_read_hides_no_other() -> None:
    gauges = gauges_of(Statuses(AT, (STATUS,), {"broken": CatalogError("no such bucket")}), {})
    assert [one.gauge for one in gauges.samples if one.source == "broken"] == [Gauge.READABLE]
    assert (value(gauges, Gauge.READABLE, "broken"), value(gauges, Gauge.READABLE)) == (0, 1)
    assert gauges.problems == ("broken cannot be read: no such bucket",)


def test_damaged_documents_are_problems_and_what_can_be_read_is_there() -> None:
    damaged = replace(STATUS, damaged=("history/x is damaged",))
    gauges = gauges_of(Statuses(AT, (damaged,), problems=("events/y is damaged",)), {})
    assert gauges.problems == ("events/y is damaged", "history/x is damaged")
    assert value(gauges, Gauge.LAST_SUCCESS) is not None
