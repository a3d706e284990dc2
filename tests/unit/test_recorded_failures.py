"""Whether an event records a failure is a field of the error, which no text can stand in for."""

from datetime import UTC, datetime

import pytest

from scims_backup.domain.errors import (
    CatalogUnreachableError,
    InterruptedOperationError,
    SourceUnreachableError,
    UsageError,
    is_recorded,
)
from scims_backup.domain.events import Kind
from scims_backup.usecases.alerts.event_log import EventLog
from tests.fakes import MemoryCatalog, RecordedProgress

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
FAILURE = SourceUnreachableError("no answer from db", "start it")


class _Deaf(MemoryCatalog):
    def put_new(self, _key, _data):
        raise CatalogUnreachableError("no answer from the catalog")


def log_of(catalog):
    return EventLog("scims-db", catalog, lambda: NOW, lambda: "7f", RecordedProgress())


@pytest.mark.parametrize(
    "error",
    [
        SourceUnreachableError("no answer from db"),
        UsageError("--level is wrong"),
        InterruptedOperationError("stopped by SIGTERM"),
        KeyError("x"),
        OSError(28, "No space left on device"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_recorded_failure_knows_its_event_whatever_its_class_is(error):
    catalog = MemoryCatalog()
    assert not is_recorded(error)
    log_of(catalog).record_failure(Kind.BACKUP_FAILED, FAILURE, of=error)
    assert is_recorded(error)
    assert error.recorded_as in catalog.objects
    assert error.__notes__ == [f"recorded in the catalog as {error.recorded_as}"]


def test_the_failure_itself_is_recorded_where_no_other_exception_stands_for_it():
    failure, other = SourceUnreachableError("no answer from db"), SourceUnreachableError("no answer from db")
    log_of(MemoryCatalog()).record_failure(Kind.BACKUP_FAILED, failure)
    assert (is_recorded(failure), is_recorded(other)) == (True, False)


def test_a_failure_that_the_catalog_did_not_take_is_not_recorded():
    failure = SourceUnreachableError("no answer from db")
    log_of(_Deaf()).record_failure(Kind.BACKUP_FAILED, failure)
    assert not is_recorded(failure)
    assert failure.recorded_as is None


@pytest.mark.parametrize("note", ["recorded in the catalog as events/x.json", "the backup stays held"])
def test_a_note_alone_does_not_say_that_a_failure_is_recorded(note):
    failure = SourceUnreachableError("no answer from db")
    failure.add_note(note)
    assert not is_recorded(failure)
