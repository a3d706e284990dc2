"""Metrics in CloudWatch's embedded format, by way of the log: no endpoint is needed for that."""

from __future__ import annotations

from collections.abc import Mapping

NAMESPACE = "ScimsBackup"


def emit(service: str, source: str, values: Mapping[str, float]) -> None:
    """Write metrics with the dimensions service and source; the end of a name gives the unit."""
    from aws_lambda_powertools.metrics import EphemeralMetrics  # noqa: PLC0415  slow to load

    metrics = EphemeralMetrics(namespace=NAMESPACE, service=service)
    metrics.add_dimension(name="source", value=source)
    for name, value in values.items():
        metrics.add_metric(name=name, unit=_unit(name), value=value)
    metrics.flush_metrics()


def _unit(name: str) -> str:
    for ending in ("Seconds", "Bytes"):
        if name.endswith(ending):
            return ending
    return "Count"
