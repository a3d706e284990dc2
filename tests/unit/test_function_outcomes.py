"""What functions return and count: each state of the use cases has its word and its metric."""

import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from functions.drill_orchestrate import handler as drill_orchestrate
from functions.dump import handler as dump
from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import DrillStatus
from scims_backup.domain.verdict import Report, Verdict
from scims_backup.handling.outcomes import Result
from scims_backup.usecases.backups.claims import Repeated, Repetition
from scims_backup.usecases.drills.orchestrate_drills import Advanced

BACKUP = BackupId("scims-db", "20261122T020000Z")
DRILL = "20261122T030000Z"
REPORT = Report(Verdict.PASSED, seconds={"restore": 2.0, "prove": 1.5})


def metrics_in(capsys):
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [{one["Name"] for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]} for line in written]


@pytest.mark.parametrize(
    ("verdict", "metric"),
    [
        (Verdict.PASSED, "DrillsPassed"),
        (Verdict.FAILED, "DrillsFailed"),
        (Verdict.INCONCLUSIVE, "DrillsInconclusive"),
    ],
)
def test_a_drill_is_counted_by_its_verdict_when_it_is_concluded(capsys, verdict, metric):
    news = replace(REPORT, verdict=verdict)
    answer = drill_orchestrate._answer("scims-db", Advanced(BACKUP, DRILL, verdict, news))
    assert answer == {"outcome": verdict.value, "backup": str(BACKUP), "drill": DRILL}
    assert metrics_in(capsys) == [{metric, "DrillSeconds"}]


@pytest.mark.parametrize("step", [*DrillStatus, *Verdict])
def test_a_drill_that_is_not_concluded_now_is_not_counted_again(capsys, step):
    answer = drill_orchestrate._answer("scims-db", Advanced(BACKUP, DRILL, step))
    assert answer["outcome"] == step.value
    assert metrics_in(capsys) == []


@pytest.mark.parametrize("why", list(Repetition))
def test_a_repeated_backup_says_why_it_had_nothing_to_do(capsys, monkeypatch, why):
    taking = SimpleNamespace(run=lambda *_: Repeated(BACKUP, why))
    application = SimpleNamespace(take_backup=lambda *_: taking)
    monkeypatch.setattr(dump, "resolve", lambda *_: SimpleNamespace(source="scims-db"))
    monkeypatch.setattr(dump, "Application", lambda *_: application)
    this: Any = SimpleNamespace(
        environment={}, progress=None, redactor=None, time_to_work=lambda: timedelta(minutes=14)
    )
    word = why if why is Repetition.HANDED_OVER else f"already {why}"
    assert dump._dump({}, this) == {"outcome": word, "backup": str(BACKUP)}
    assert word in list(Result)
    assert metrics_in(capsys) == []
