"""Events of which nobody was told are found again; those that were told, or call for nobody, are not."""

from datetime import UTC, datetime, timedelta

import pytest

from scims_backup.domain import keys
from scims_backup.domain.events import Event, Kind, Severity
from scims_backup.usecases.alerts.unsent_alerts import unsent_alerts
from tests.fakes import MemoryCatalog

NOW = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)


@pytest.fixture
def catalog():
    return MemoryCatalog()


def put(catalog, kind, age, severity=Severity.WARNING, facts=None):
    event = Event("7f", kind, severity, NOW - age, "scims-db", None, facts or {})
    key = keys.event(event.time, kind, event.id)
    catalog.put_new(key, event.to_bytes())
    return key


def found(catalog):
    return list(unsent_alerts(catalog, NOW))


@pytest.mark.parametrize("age", [timedelta(minutes=15), timedelta(hours=1), timedelta(days=3)])
def test_an_event_that_calls_for_a_mail_and_has_none_is_found(catalog, age):
    assert found(catalog) == []
    assert [put(catalog, Kind.DRILL_FAILED, age)] == found(catalog)


def test_an_event_of_which_a_mail_was_sent_is_not_found(catalog):
    catalog.put_new(keys.alert_sent(put(catalog, Kind.DRILL_FAILED, timedelta(hours=1))), b"{}")
    assert found(catalog) == []


def test_an_event_that_may_be_on_its_way_is_left_to_that(catalog):
    put(catalog, Kind.DRILL_FAILED, timedelta(minutes=14))
    assert found(catalog) == []


@pytest.mark.parametrize(
    "kind", [Kind.DRILL_PASSED, Kind.DRILL_STARTED, Kind.BACKUPS_PRUNED, Kind.BACKUP_COMPLETED]
)
def test_an_event_that_calls_for_nobody_is_not_found(catalog, kind):
    put(catalog, kind, timedelta(hours=1), Severity.INFO)
    assert found(catalog) == []


def test_a_backup_with_warnings_calls_for_somebody(catalog):
    key = put(catalog, Kind.BACKUP_COMPLETED, timedelta(hours=1), facts={"warnings": ["tried again"]})
    assert found(catalog) == [key]


def test_what_is_no_event_is_passed_over(catalog):
    catalog.put_new("events/2026/11/24/readme.txt", b"x")
    assert found(catalog) == []


def test_an_event_that_cannot_be_read_is_found_and_keeps_no_other_back(catalog):
    damaged = put(catalog, Kind.DRILL_FAILED, timedelta(hours=2))
    catalog.objects[damaged] = b"{"
    whole = put(catalog, Kind.BACKUP_FAILED, timedelta(hours=1))
    assert sorted(found(catalog)) == sorted([damaged, whole])
