"""Events as documents, and the one that tells a drill's verdict."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import DocumentError
from scims_backup.domain.events import MOST_FINDINGS, Event, Kind, Severity, drill_event
from scims_backup.domain.verdict import Finding, Report, Verdict

BACKUP = BackupId("scims-db", "20261122T020000Z")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_an_event_is_written_with_everything_that_consumers_rely_on():
    event = Event("7f", Kind.BACKUP_FAILED, Severity.ERROR, NOON, "scims-db", None, {"message": "größer"})
    assert json.loads(event.to_bytes()) == {
        "version": 1,
        "id": "7f",
        "kind": "BackupFailed",
        "severity": "error",
        "time": "2026-11-22T12:00:00+00:00",
        "source": "scims-db",
        "backup": None,
        "facts": {"message": "größer"},
    }


def test_an_event_is_read_as_it_was_written():
    event = Event("7f", Kind.DRILL_FAILED, Severity.CRITICAL, NOON, "scims-db", str(BACKUP), {"drill": "d"})
    assert Event.from_bytes(event.to_bytes(), "events/1") == event


def test_an_event_of_a_kind_that_is_not_known_asks_for_a_newer_program():
    document = Event("7f", Kind.DRILL_FAILED, Severity.CRITICAL, NOON, "scims-db", None, {}).to_bytes()
    with pytest.raises(DocumentError, match="'DrillDreamt', which this program does not know") as caught:
        Event.from_bytes(document.replace(b"DrillFailed", b"DrillDreamt"), "events/1")
    assert caught.value.cure == "use a newer scims-backup"


@pytest.mark.parametrize(
    ("verdict", "kind", "severity"),
    [
        (Verdict.PASSED, "DrillPassed", "info"),
        (Verdict.FAILED, "DrillFailed", "critical"),
        (Verdict.INCONCLUSIVE, "DrillInconclusive", "warning"),
    ],
)
def test_a_verdict_has_its_own_kind_and_severity(verdict, kind, severity):
    event = told(Report(verdict, reason="no room"))
    assert (event["kind"], event["severity"]) == (kind, severity)
    assert event["facts"]["reason"] == "no room"


def test_an_event_carries_at_most_so_many_findings_and_says_how_many_there_are():
    findings = [
        Finding("rows-differ", f"table t{number:03}", "1", "2") for number in range(MOST_FINDINGS + 1)
    ]
    facts = told(replace(Report.judged(findings, (), {}), seconds={"prove": 1.5}))["facts"]
    assert len(facts["findings"]) == MOST_FINDINGS
    assert facts["findings_in_all"] == MOST_FINDINGS + 1
    assert facts["findings"][0] == {
        "kind": "rows-differ",
        "object": "table t000",
        "expected": "1",
        "found": "2",
    }
    assert facts["seconds"] == {"prove": 1.5}


def told(report):
    return json.loads(drill_event(BACKUP, "20261122T030000Z", report, NOON).to_bytes())
