"""What the handlers have in common: what woke them, and what becomes of failures."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace

import pytest

from scims_backup.domain.drill_steps import DrillStatus
from scims_backup.domain.errors import SourceUnreachableError, UsageError
from scims_backup.domain.events import Kind
from scims_backup.domain.verdict import Verdict
from scims_backup.handling import triggers
from scims_backup.handling.function_run import UntoldError, run
from scims_backup.handling.metrics import Metric, emit
from scims_backup.handling.outcomes import Result, outcome
from scims_backup.usecases.alerts.event_log import EventLog
from tests.fakes import MemoryCatalog, RecordedProgress

EVENTS = Path(__file__).parents[2] / "events"
CONTEXT = SimpleNamespace(aws_request_id="7f")
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


def golden(name):
    return json.loads((EVENTS / f"{name}.json").read_text())


def failing(error, *, told):
    def work(_run):
        if told:
            events = EventLog(
                "scims-db", MemoryCatalog(), lambda: datetime.now(UTC), lambda: "7f", RecordedProgress()
            )
            events.record_failure(Kind.BACKUP_FAILED, SourceUnreachableError("no", ""), of=error)
        raise error

    return work


def test_what_was_done_is_the_outcome():
    assert run("dump", CONTEXT, lambda _run: {"outcome": "completed"}) == {"outcome": "completed"}


@pytest.mark.parametrize("error", [SourceUnreachableError("no answer from db", ""), KeyError("x")])
def test_a_failure_that_an_event_tells_of_is_an_outcome(error):
    outcome = run("dump", CONTEXT, failing(error, told=True))
    assert (outcome["outcome"], outcome["error"]) == ("failed", type(error).__name__)


def test_a_failure_that_nobody_was_told_of_fails_the_function_and_says_what_to_do():
    with pytest.raises(UntoldError, match=r"UsageError: SCIMS_CATALOG is not set \(set it\)"):
        run("dump", CONTEXT, failing(UsageError("SCIMS_CATALOG is not set", "set it"), told=False))


def test_what_was_not_foreseen_fails_the_function_without_its_text_which_may_quote_rows(capfd):
    with pytest.raises(UntoldError) as caught:
        run("dump", CONTEXT, failing(ValueError("Key (id)=(99) exists"), told=False))
    assert str(caught.value) == "ValueError: unforeseen"
    assert caught.value.__suppress_context__
    logged = capfd.readouterr()
    assert "Key (id)" not in logged.err + logged.out
    assert "in work" in logged.err


def test_the_text_of_a_failure_can_stand_in_quotes():
    error = UsageError('bad "value"\nof C:\\x', "")
    with pytest.raises(UntoldError, match=r"^UsageError: bad 'value' of C:/x$"):
        run("dump", CONTEXT, failing(error, told=False))


def test_a_run_knows_its_request():
    assert run("prune", CONTEXT, lambda this: {"outcome": this.request}) == {"outcome": "7f"}


@pytest.mark.parametrize("told", [True, False])
def test_a_secret_in_a_failure_appears_nowhere(capfd, told):
    work = failing(SourceUnreachableError(f"login with {PASSWORD} refused", ""), told=told)
    try:
        said = json.dumps(run("dump", CONTEXT, work))
    except UntoldError as error:
        said = str(error)
    logged = capfd.readouterr()
    assert PASSWORD not in said + logged.err + logged.out
    assert "***" in said


def test_a_schedule_tells_its_time_and_nobody_tells_none():
    assert triggers.scheduled(golden("dump-schedule")) == datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert triggers.scheduled({"scheduled": "2026-11-22T02:00:00"}) == datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert triggers.scheduled({}) is None


@pytest.mark.parametrize("text", ["<aws.scheduler.scheduled-time>", "", 7])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="is not a valid time"):
        triggers.scheduled({"scheduled": text})


class Asked(StrEnum):
    DRILL = "drill"
    TICK = "tick"


def test_an_action_that_is_not_known_is_refused_with_those_that_are():
    assert triggers.action(golden("tick"), Asked, Asked.DRILL) is Asked.TICK
    assert triggers.action({}, Asked, Asked.DRILL) is Asked.DRILL
    with pytest.raises(UsageError, match=r"'tock' is not known \(one of drill, tick"):
        triggers.action({"action": "tock"}, Asked, Asked.DRILL)


@pytest.mark.parametrize("event", [{}, {"action": ""}, {"action": None}, {"action": "DRILL"}, {"action": 7}])
def test_an_action_that_has_to_be_named_has_no_default(event):
    with pytest.raises(UsageError, match="one of drill, tick"):
        triggers.action(event, Asked)


KNOWN = {"action": str, "into": str, "swap": bool}


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"action": "restore", "database": "x"}, "'database' is not known (one of action, into, swap)"),
        ({"into": 7}, "into 7 is invalid (write a text that is not empty)"),
        ({"into": ""}, "into '' is invalid (write a text that is not empty)"),
        ({"into": None}, "into None is invalid (write a text that is not empty)"),
        ({"swap": "true"}, "swap 'true' is invalid (write true or false)"),
        ({"swap": 1}, "swap 1 is invalid (write true or false)"),
    ],
)
def test_what_would_be_overlooked_is_refused_by_name(event, says):
    with pytest.raises(UsageError) as caught:
        triggers.refuse_others(event, KNOWN)
    assert str(caught.value) == says


def test_what_is_known_is_taken():
    triggers.refuse_others({"action": "restore", "into": "scims_old", "swap": False}, KNOWN)
    triggers.refuse_others({}, KNOWN)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("manifest-created", "manifests/scims-db/20261122T020000Z.json"),
        ("record-created", "history/scims-db/2026/11/20261122T020000Z-backup-20261122T020000Z.json"),
        ("report-created", "drills/scims-db/20261122T020000Z/20261122T030000Z/report.json"),
    ],
)
def test_an_event_of_s3_tells_the_key(name, key):
    assert triggers.detail_type(golden(name)) == triggers.OBJECT_CREATED
    assert triggers.created_key(golden(name)) == key


def test_an_event_of_s3_without_an_object_is_refused():
    with pytest.raises(UsageError, match="names no object"):
        triggers.created_key({"detail-type": "Object Created", "detail": {}})


def test_what_is_counted_is_written_as_cloudwatch_reads_it(capsys):
    emit(
        "dump", "scims-db", {Metric.BACKUPS_COMPLETED: 1, Metric.BACKUP_SECONDS: 2.5, Metric.BACKUP_BYTES: 7}
    )
    written = json.loads(capsys.readouterr().out)
    (metrics,) = written["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "ScimsBackup"
    assert metrics["Dimensions"] == [["service"]]
    assert {one["Name"]: one["Unit"] for one in metrics["Metrics"]} == {
        "BackupsCompleted": "Count",
        "BackupSeconds": "Seconds",
        "BackupBytes": "Bytes",
    }
    assert (written["service"], written["source"], written["BackupBytes"]) == ("dump", "scims-db", [7.0])


def test_a_gauge_of_a_source_has_the_source_as_a_dimension_and_a_line_of_its_own(capsys):
    emit("prune", "scims-db", {Metric.BACKUPS_REMOVED: 1, Metric.QUOTA_USED: 40})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    written = {
        directive["Metrics"][0]["Name"]: (sorted(directive["Dimensions"][0]), directive["Metrics"][0]["Unit"])
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
    }
    assert written == {
        "BackupsRemoved": (["service"], "Count"),
        "QuotaPercent": (["service", "source"], "Percent"),
    }
    assert [line["source"] for line in lines] == ["scims-db", "scims-db"]


def test_nothing_is_written_where_nothing_is_known(capsys):
    emit("drill-orchestrate", "scims-db", {})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("word", [*Result, *DrillStatus, *Verdict])
def test_an_outcome_is_a_plain_word_in_json(word):
    answer = outcome(word, backup="scims-db-20261122T020000Z")
    assert json.loads(json.dumps(answer)) == {"outcome": word.value, "backup": "scims-db-20261122T020000Z"}
    assert type(answer["outcome"]) is str
