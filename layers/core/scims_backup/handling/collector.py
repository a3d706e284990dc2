"""Sending the gauges of a source from the image to a collector of OpenTelemetry."""

from __future__ import annotations

from scims_backup.bootstrap.engines import ENGINES
from scims_backup.bootstrap.gauge_cases import GaugeCases
from scims_backup.domain.errors import ScimsBackupError
from scims_backup.handling.function_run import Run
from scims_backup.settings.flags import Flags
from scims_backup.settings.metrics import metrics_keys


def send_gauges(source: str, this: Run) -> None:
    """Send them if the environment names a collector; what prevents that undoes nothing, and is noted."""
    flags = Flags(source=source)
    try:
        collector = metrics_keys(flags, this.environment).otlp
        if collector:
            cases = GaugeCases(flags, this.environment, ENGINES, this.progress, this.redactor)
            cases.send(cases.gauges(with_storage=False), collector)
    except ScimsBackupError as error:
        this.progress.note(f"metrics were not sent: {error}")
