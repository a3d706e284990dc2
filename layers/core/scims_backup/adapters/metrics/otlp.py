"""Metrics for a collector of OpenTelemetry, by OTLP over HTTP; its SDK is an extra, and slow to load."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import Gauge as Points
from opentelemetry.sdk.metrics.export import (
    Metric,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from scims_backup import __version__
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.metrics.definition import Unit
from scims_backup.domain.metrics.gauges import Gauge
from scims_backup.domain.metrics.samples import Sample

_PATH = "/v1/metrics"
_SERVICE = "scims-backup"
_UNITS = {
    Unit.SECONDS: "s",
    Unit.MOMENT: "s",
    Unit.BYTES: "By",
    Unit.BYTES_A_SECOND: "By/s",
    Unit.COUNT: "1",
    Unit.STATE: "1",
    Unit.RATIO: "1",
}
"""OpenTelemetry's names of units (UCUM)."""
_NANOSECONDS = 1_000_000_000


def send_metrics(endpoint: str, samples: Iterable[Sample], at: datetime) -> None:
    """Send every sample to a collector; headers, certificates and timeout are those of OTEL_EXPORTER_OTLP_….

    endpoint: the collector's address without /v1/metrics, as in OTEL_EXPORTER_OTLP_ENDPOINT.
    at: when the values were read.

    Raise OperationFailedError if the collector did not take them.
    """
    address = endpoint.rstrip("/") + _PATH
    exporter = OTLPMetricExporter(endpoint=address)
    try:
        with _log_of_sdk() as log:
            result = exporter.export(_data(samples, at))
    finally:
        exporter.shutdown()
    if result is not MetricExportResult.SUCCESS:
        why = f": {'; '.join(log)}" if log else ""
        raise OperationFailedError(
            f"the collector at {address} did not take the metrics{why}",
            "check the address, and that the collector accepts OTLP over HTTP",
        )


def _data(samples: Iterable[Sample], at: datetime) -> MetricsData:
    ordered = sorted(samples, key=lambda sample: sample.gauge.name)
    metrics = [_metric(gauge, found, at) for gauge, found in groupby(ordered, lambda sample: sample.gauge)]
    scope = ScopeMetrics(InstrumentationScope(_SERVICE, __version__), metrics, schema_url="")
    resource = Resource.create({"service.name": _SERVICE, "service.version": __version__})
    return MetricsData([ResourceMetrics(resource, [scope], schema_url="")])


def _metric(gauge: Gauge, samples: Iterable[Sample], at: datetime) -> Metric:
    meant = gauge.value
    points = Points([_point(sample, at) for sample in samples])
    return Metric(meant.name, meant.meaning, _UNITS[meant.unit], points)


def _point(sample: Sample, at: datetime) -> NumberDataPoint:
    moment = int(at.timestamp()) * _NANOSECONDS
    return NumberDataPoint(
        attributes=sample.labels, start_time_unix_nano=moment, time_unix_nano=moment, value=sample.value
    )


@contextmanager
def _log_of_sdk() -> Iterator[list[str]]:
    """Collect what the SDK logs, the only place where it says why it failed; nobody else gets it."""
    messages = list[str]()
    logger, handler = logging.getLogger("opentelemetry"), logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated
