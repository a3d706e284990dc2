"""Sending metrics: the SDK of OpenTelemetry is an extra, and loaded only where a collector is named."""

from __future__ import annotations

from scims_backup.domain.errors import ToolMissingError
from scims_backup.usecases.reports.read_gauges import Gauges


def send_to_collector(address: str, gauges: Gauges) -> None:
    """Send all values to a collector.

    Raise ToolMissingError if the SDK is not installed, OperationFailedError if they were not taken.
    """
    try:
        from scims_backup.adapters.metrics.otlp import send_metrics  # noqa: PLC0415  an extra, and slow
    except ModuleNotFoundError as error:
        raise ToolMissingError(
            f"metrics cannot be sent to {address}: the SDK of OpenTelemetry is not installed",
            "install it: pip install 'scims-backup[otlp]'",
        ) from error
    send_metrics(address, gauges.samples, gauges.at)
