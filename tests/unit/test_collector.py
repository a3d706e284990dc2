"""The image's functions send gauges where the environment names a collector, and fail for nothing of that."""

from types import SimpleNamespace
from typing import Any

import pytest

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.bootstrap.gauge_cases import GaugeCases
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.handling import collector
from scims_backup.runtime.logs import Redactor
from tests.fakes import a_manifest, put_backup

ADDRESS = "http://collector.example.org:4318"


@pytest.fixture
def sent(monkeypatch):
    """What was sent where."""
    calls: list[Any] = []
    monkeypatch.setattr(GaugeCases, "send", lambda _cases, *arguments: calls.append(arguments))
    return calls


@pytest.fixture
def this(tmp_path):
    """A run of a function, which collects its notes."""
    put_backup(FolderCatalog(tmp_path), a_manifest("20261122T020000Z"))
    notes: list[str] = []
    environment = {
        "SCIMS_CATALOG": f"file://{tmp_path}",
        "SCIMS_SETTINGS": "[sources.scims-db]\n[sources.other]\n",
        "OTEL_EXPORTER_OTLP_ENDPOINT": ADDRESS,
    }
    progress: Any = SimpleNamespace(note=notes.append)
    return SimpleNamespace(environment=environment, progress=progress, redactor=Redactor(), notes=notes)


def test_a_collector_gets_the_gauges_of_the_one_source(this, sent):
    collector.send_gauges("scims-db", this)
    ((gauges, address),) = sent
    assert address == ADDRESS
    assert {one.source for one in gauges.samples} == {"scims-db"}
    assert Gauge.LAST_SUCCESS in {one.gauge for one in gauges.samples}


def test_without_a_collector_nothing_is_read_or_sent(this, sent):
    this.environment = {}
    collector.send_gauges("scims-db", this)
    assert (sent, this.notes) == ([], [])


def test_a_collector_that_is_away_is_noted(this, monkeypatch):
    def away(*_):
        raise OperationFailedError("nobody listens")

    monkeypatch.setattr(GaugeCases, "send", away)
    collector.send_gauges("scims-db", this)
    assert this.notes == ["metrics were not sent: nobody listens"]


def test_an_address_that_is_none_is_noted(this, sent):
    this.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4318"
    collector.send_gauges("scims-db", this)
    assert sent == []
    assert "metrics were not sent" in this.notes[0]
