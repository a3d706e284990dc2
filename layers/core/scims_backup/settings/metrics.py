"""Where metrics are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.domain.problems import Problems
from scims_backup.ports.settings_keys import Keys, Written, key
from scims_backup.settings.flags import Flags
from scims_backup.settings.outside import Outside


def _collector(written: Written) -> str:
    if not written.text().startswith(("http://", "https://")):
        raise written.unusable("write the collector's address, e.g. http://localhost:4318")
    return written.text()


@dataclass(frozen=True, kw_only=True)
class MetricsKeys(Keys):
    """Keys of `metrics`, which no other command reads: a wrong one must not stop a backup."""

    otlp: str | None = key(
        _collector,
        "collector of OpenTelemetry to which `metrics` sends its values",
        name="",
        option="--otlp URL",
        variable="OTEL_EXPORTER_OTLP_ENDPOINT",
    )


def metrics_keys(flags: Flags, environment: Mapping[str, str]) -> MetricsKeys:
    """Return what options and variables say. Raise UsageError if something is wrong."""
    problems = Problems()
    chosen = Outside(flags, environment, problems).over(MetricsKeys())
    problems.raise_any()
    return chosen
