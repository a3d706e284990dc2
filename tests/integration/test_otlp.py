"""A collector of OpenTelemetry on this machine: what it is sent, decoded by OpenTelemetry's own messages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from scims_backup.adapters.metrics.otlp import send_metrics
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.domain.metrics.samples import samples_of
from tests.support.statuses import AT, whole_status


class Collector(HTTPServer):
    """Takes metrics, or refuses them. requests: paths, headers and bodies."""

    def __init__(self, answer: int) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.answer = answer
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, headers, body))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def collecting(answer: int = 200) -> Iterator[Collector]:
    with Collector(answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")


def received(collector: Collector) -> dict[str, list[tuple[dict[str, str], float]]]:
    """What a collector was sent: the values of each metric, with their attributes."""
    ((path, headers, body),) = collector.requests
    assert (path, headers["content-type"]) == ("/v1/metrics", "application/x-protobuf")
    message = ExportMetricsServiceRequest.FromString(body)
    ((scope,),) = [resource.scope_metrics for resource in message.resource_metrics]
    return {
        metric.name: [
            ({one.key: one.value.string_value for one in point.attributes}, point.as_double)
            for point in metric.gauge.data_points
        ]
        for metric in scope.metrics
    }


def test_a_collector_gets_every_value_with_its_labels():
    samples = samples_of(whole_status())
    with collecting() as collector:
        send_metrics(collector.address, samples, AT)
    found = received(collector)
    assert set(found) == {gauge.value.name for gauge in Gauge}
    assert sum(map(len, found.values())) == len(samples)
    assert found["scims_backup_backup_phase_seconds"] == [
        ({"source": "scims-db", "phase": "dump"}, 550.0),
        ({"source": "scims-db", "phase": "proof"}, 50.0),
    ]


def test_values_are_of_the_moment_at_which_they_were_read_and_name_their_unit():
    with collecting() as collector:
        send_metrics(f"{collector.address}/", samples_of(whole_status()), AT)
    message = ExportMetricsServiceRequest.FromString(collector.requests[0][2])
    (resource,) = message.resource_metrics
    service = {one.key: one.value.string_value for one in resource.resource.attributes}["service.name"]
    metrics = {metric.name: metric for metric in resource.scope_metrics[0].metrics}
    stored = metrics["scims_backup_stored_bytes"]
    assert (service, stored.unit) == ("scims-backup", "By")
    assert stored.gauge.data_points[0].time_unix_nano == AT.timestamp() * 1e9


def test_headers_of_the_environment_go_with_it(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=t0psecret-of-the-collector")
    with collecting() as collector:
        send_metrics(collector.address, samples_of(whole_status()), AT)
    assert collector.requests[0][1]["api-key"] == "t0psecret-of-the-collector"


def test_a_collector_that_refuses_is_an_error_that_says_why(caplog):
    with collecting(401) as collector, pytest.raises(OperationFailedError, match="401"):
        send_metrics(collector.address, samples_of(whole_status()), AT)
    assert caplog.records == []


def test_a_collector_that_is_not_there_is_an_error():
    with collecting() as collector:
        address = collector.address
    with pytest.raises(OperationFailedError, match="did not take the metrics"):
        send_metrics(address, samples_of(whole_status()), AT)
