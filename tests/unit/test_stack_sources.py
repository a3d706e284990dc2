"""One stack, several sources: which of them an event is about, and that no other is touched."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.drill_orchestrate import handler as drill_orchestrate
from functions.dump import handler as dump
from functions.enrol import handler as enrol
from functions.prune import handler as prune
from scims_backup.adapters.tasks.ecs_task import variables_of
from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import UsageError
from scims_backup.domain.metrics.of_functions import Metric
from scims_backup.handling import triggers
from scims_backup.handling.outcomes import Result
from scims_backup.ports import TaskOrder
from scims_backup.settings.stack_sources import stack_sources_in

EVENTS = Path(__file__).parents[2] / "events"
BOTH = {"SCIMS_SOURCE": "scims-db", "SCIMS_SOURCES": "scims-db,scims-redis"}
NEWEST = "20261122T020000Z"


def golden(name):
    return json.loads((EVENTS / f"{name}.json").read_text())


def test_a_stack_of_before_has_the_one_source_that_it_names():
    read = stack_sources_in({"SCIMS_SOURCE": "scims-db"})
    assert (read.every, read.named(None), read.named("scims-db")) == (("scims-db",), "scims-db", "scims-db")


def test_without_a_name_the_first_source_is_meant_and_each_can_be_named():
    read = stack_sources_in(BOTH)
    assert (read.named(None), read.named("scims-redis")) == ("scims-db", "scims-redis")


@pytest.mark.parametrize(("environment", "name"), [(BOTH, "scims-rdis"), ({"SCIMS_SOURCE": "scims-db"}, "x")])
def test_a_source_that_the_stack_does_not_back_up_is_refused(environment, name):
    with pytest.raises(UsageError, match=f"source '{name}' is not backed up by this stack"):
        stack_sources_in(environment).named(name)


@pytest.mark.parametrize("names", ["Scims", "a b", "scims-db,../x"])
def test_what_is_no_name_is_refused(names):
    with pytest.raises(UsageError):
        stack_sources_in({**BOTH, "SCIMS_SOURCES": names})


@pytest.mark.parametrize("name", ["", 7, ["scims-db"], {}])
def test_a_name_that_is_no_text_is_refused(name):
    with pytest.raises(UsageError, match="is invalid"):
        triggers.source_named({"source": name})


def _run(**environment: str) -> Any:
    return SimpleNamespace(
        environment=environment,
        progress=None,
        redactor=None,
        request="7f",
        time_to_work=lambda: timedelta(minutes=14),
    )


@pytest.fixture
def resolved(monkeypatch):
    """The source that each function resolved the settings of, and all that it did then."""
    seen = []

    def resolve(flags, environment, _needs):
        seen.append(flags.source)
        return SimpleNamespace(source=flags.source or environment.get("SCIMS_SOURCE"))

    def taken(*_):
        seen.append("backup")
        _stop()

    def application(settings, *_):
        return SimpleNamespace(
            newest=lambda: BackupId(settings.source, NEWEST),
            take_backup=lambda *_: SimpleNamespace(run=taken),
            record_failed_backup=lambda _error: None,
            reclaim=_stop,
            enrol=lambda: True,
        )

    for module in (dump, prune, enrol):
        monkeypatch.setattr(module, "resolve", resolve)
        monkeypatch.setattr(module, "Application", application)
    monkeypatch.setattr(prune, "_prune", lambda *_: {"outcome": "pruned"})
    return seen


def _stop() -> None:
    raise UsageError("far enough")


@pytest.mark.parametrize(
    ("name", "source"), [("dump-schedule", None), ("dump-schedule-redis", "scims-redis")]
)
def test_a_dump_is_of_the_source_that_its_schedule_names(resolved, name, source):
    with pytest.raises(UsageError, match="far enough"):
        dump._dump(golden(name), _run(**BOTH))
    assert resolved == [source, "backup"]


@pytest.mark.parametrize(
    ("name", "source"), [("reclaim-schedule", None), ("reclaim-schedule-redis", "scims-redis")]
)
def test_space_is_freed_of_the_source_that_its_schedule_names(resolved, name, source):
    with pytest.raises(UsageError, match="far enough"):
        prune._woken(golden(name), _run(**BOTH))
    assert resolved == [source]


def _created(key: str) -> Any:
    event = golden("manifest-created")
    event["detail"]["object"]["key"] = key
    return event


@pytest.mark.parametrize("source", ["scims-db", "scims-redis"])
def test_a_manifest_prunes_the_backups_of_its_own_source(resolved, source):
    event = _created(f"manifests/{source}/{NEWEST}.json")
    assert prune._woken(event, _run(**BOTH)) == {"outcome": "pruned"}
    assert resolved == [source]


@pytest.mark.parametrize(
    "key",
    [
        f"manifests/other/{NEWEST}.json",
        f"manifests/scims-redis-2/{NEWEST}.json",
        "manifests/scims-redis/20261121T020000Z.json",
        f"proofs/scims-redis/{NEWEST}.json.zst",
    ],
)
@pytest.mark.usefixtures("resolved")
def test_no_other_object_prunes_anything(key):
    answer = prune._woken(_created(key), _run(**BOTH))
    assert answer["outcome"] == Result.NOT_CALLED_FOR


@pytest.mark.parametrize(
    ("source", "outcome"),
    [("scims-db", "published"), ("scims-redis", "published"), ("other", Result.NOT_CALLED_FOR)],
)
def test_the_record_of_a_run_renews_the_page_of_its_own_source(monkeypatch, source, outcome):
    monkeypatch.setattr(prune, "publish_page", lambda name, _: {"outcome": "published", "source": name})
    event = _created(f"history/{source}/2026/11/{NEWEST}-drill-x.json")
    answer = prune._woken(event, _run(**BOTH))
    assert answer["outcome"] == outcome
    assert answer.get("source", source) == source


@pytest.mark.parametrize(("properties", "source"), [({}, None), ({"Source": "scims-redis"}, "scims-redis")])
def test_a_deployment_enrols_for_the_source_that_its_resource_names(resolved, properties, source):
    context: Any = SimpleNamespace(aws_request_id="7f")
    event = {"ResourceProperties": properties}
    assert enrol._attributes(event, context, lambda _: None) == {"Outcome": Result.ENROLLED}
    assert resolved == [source]


class _Orchestrator:
    """Notes what was asked of the drills and the objectives of which source."""

    def __init__(self, *_):
        self.settings, self.asked = stack_sources_in(BOTH), []
        self.reaping = None

    def drills(self, source):
        def asked(*what):
            self.asked.append((source, *what))

        def looked(_now):
            self.asked.append((source, "drills"))
            return [], []

        return SimpleNamespace(ask=asked, advance=asked, task_stopped=asked, look=looked)

    def dumps(self, source):
        def asked(*what):
            self.asked.append((source, "dump", *what))

        def looked(_now):
            self.asked.append((source, "dumps"))
            return [], []

        return SimpleNamespace(advance=asked, task_stopped=asked, look=looked)

    def objectives(self, source):
        def looked(_now):
            self.asked.append((source, "objectives"))
            return []

        return SimpleNamespace(look=looked)

    def reaper(self):
        return self.reaping

    def gauges(self, _now):
        return {source: {Metric.BACKUP_AGE: 5.0} for source in self.settings.every}


@pytest.fixture
def orchestrator(monkeypatch):
    made = _Orchestrator()
    monkeypatch.setattr(drill_orchestrate, "Orchestrator", lambda *_: made)
    return made


def test_a_tick_looks_after_every_source(orchestrator):
    drill_orchestrate._woken(golden("tick"), _run())
    assert orchestrator.asked == [
        ("scims-db", "objectives"),
        ("scims-db", "drills"),
        ("scims-db", "dumps"),
        ("scims-redis", "objectives"),
        ("scims-redis", "drills"),
        ("scims-redis", "dumps"),
    ]


@pytest.mark.usefixtures("orchestrator")
def test_a_tick_writes_the_gauges_of_every_source(capsys):
    drill_orchestrate._woken(golden("tick"), _run())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["service"], line["source"], line["BackupAgeHours"]) for line in lines] == [
        ("drill-orchestrate", "scims-db", [5.0]),
        ("drill-orchestrate", "scims-redis", [5.0]),
    ]


def test_a_tick_deletes_what_drills_have_left_once_for_all_sources(orchestrator):
    orchestrator.reaping = SimpleNamespace(look=lambda _now: ["scims-drill-1"])
    assert drill_orchestrate._woken(golden("tick"), _run())["reaped"] == ["scims-drill-1"]


def test_news_of_a_drills_server_has_the_drills_of_the_first_source_looked_at(orchestrator):
    drill_orchestrate._woken(golden("server-available"), _run())
    assert orchestrator.asked == [("scims-db", "drills")]


def test_news_of_another_server_is_not_ours(orchestrator):
    event = golden("server-available")
    event["detail"]["SourceIdentifier"] = "orders"
    assert drill_orchestrate._woken(event, _run())["outcome"] == "not ours"
    assert orchestrator.asked == []


@pytest.mark.parametrize(
    ("name", "source"), [("drill-schedule", "scims-db"), ("drill-schedule-redis", "scims-redis")]
)
def test_a_drill_is_of_the_source_that_its_schedule_names(orchestrator, name, source):
    drill_orchestrate._woken(golden(name), _run())
    assert orchestrator.asked == [(source, datetime(2026, 11, 22, 3, tzinfo=UTC), "newest")]


@pytest.mark.parametrize("source", ["scims-db", "scims-redis"])
def test_a_report_and_a_task_are_of_the_source_of_their_backup(orchestrator, source):
    text = json.dumps([golden("report-created"), golden("task-stopped")]).replace("scims-db", source)
    for event in json.loads(text):
        drill_orchestrate._woken(event, _run())
    assert [asked[0] for asked in orchestrator.asked] == [source, source]


def test_what_is_of_another_stack_moves_nothing(orchestrator):
    text = json.dumps([golden("report-created"), golden("task-stopped")]).replace("scims-db", "other")
    answers = [drill_orchestrate._woken(event, _run()) for event in json.loads(text)]
    assert [answer["outcome"] for answer in answers] == [Result.NOT_OURS, Result.NOT_OURS]
    assert orchestrator.asked == []


def test_a_drills_task_is_told_the_source_of_its_backup():
    order = TaskOrder(
        BackupId("scims-redis", NEWEST), "20261122T030000Z", 1, datetime(2026, 11, 22, 9, tzinfo=UTC)
    )
    told = {one["name"]: one["value"] for one in variables_of(order)}
    assert (told["SCIMS_BACKUP"], told["SCIMS_SOURCE"]) == (f"scims-redis-{NEWEST}", "scims-redis")
