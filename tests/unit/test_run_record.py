"""The record of a run: read back as it was written, refused when it is damaged or newer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scims_backup.domain import keys
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.run_record import RunKind, RunRecord, RunResult

BEGAN = datetime(2026, 11, 22, 2, tzinfo=UTC)
WHOLE = RunRecord(
    RunKind.BACKUP,
    "scims-db",
    "scims-db-20261122T020000Z",
    BEGAN,
    datetime(2026, 11, 22, 2, 0, 9, tzinfo=UTC),
    RunResult.COMPLETED,
    seconds={"dump": 8.5},
    bytes=120_000,
    stored_bytes=9_000,
    counts={"public.items": 500},
    in_all=500,
)
EARLY = RunRecord(RunKind.BACKUP, "scims-db", None, BEGAN, BEGAN, RunResult.FAILED, "no connection")


@pytest.mark.parametrize("record", [WHOLE, EARLY], ids=["completed", "failed before it had an id"])
def test_a_record_is_read_as_it_was_written(record):
    assert RunRecord.from_bytes(record.to_bytes(), "it") == record


@pytest.mark.parametrize(
    "damage", [(b'"version": 1', b'"version": 2'), (b'"completed"', b'"fine"'), (b"}", b"")]
)
def test_a_record_that_cannot_be_understood_is_refused(damage):
    with pytest.raises(DocumentError):
        RunRecord.from_bytes(WHOLE.to_bytes().replace(*damage), "it")


def test_records_are_listed_by_month():
    key = keys.run_record("scims-db", BEGAN, RunKind.BACKUP, "a1")
    assert key == "history/scims-db/2026/11/20261122T020000Z-backup-a1.json"
    assert key.startswith(keys.history_of_month("scims-db", datetime(2026, 11, 30, tzinfo=UTC)))
