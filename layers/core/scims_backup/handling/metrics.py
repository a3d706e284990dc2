"""Metrics in CloudWatch's embedded format, by way of the log: no endpoint is needed for that."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.domain.metrics.definition import Unit
from scims_backup.domain.metrics.of_functions import Metric

__all__ = ["NAMESPACE", "Metric", "emit"]

NAMESPACE = "ScimsBackup"
_UNITS = {Unit.COUNT: "Count", Unit.SECONDS: "Seconds", Unit.BYTES: "Bytes", Unit.PERCENT: "Percent"}
"""CloudWatch's names of units; it has none for minutes, hours and days."""


def emit(service: str, source: str, values: Mapping[Metric, float]) -> None:
    """Write metrics with the dimensions that the registry gives them."""
    for is_of_source in (False, True):
        chosen = {
            metric: value for metric, value in values.items() if metric.is_gauge_of_source is is_of_source
        }
        if chosen:
            _write(service, source, chosen, is_of_source=is_of_source)


def _write(service: str, source: str, values: Mapping[Metric, float], *, is_of_source: bool) -> None:
    from aws_lambda_powertools.metrics import EphemeralMetrics  # noqa: PLC0415  slow to load

    metrics = EphemeralMetrics(namespace=NAMESPACE, service=service)
    if is_of_source:
        metrics.add_dimension(name="source", value=source)
    else:
        metrics.add_metadata(key="source", value=source)
    for metric, value in values.items():
        unit = _UNITS.get(metric.value.unit, "None")
        metrics.add_metric(name=metric.value.name, unit=unit, value=value)
    metrics.flush_metrics()
