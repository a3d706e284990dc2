"""The tables of all metrics in docs/metrics.md, from the registry.

`python -m tests.support.metrics_reference` writes them.
"""

from __future__ import annotations

from collections.abc import Iterable

from scims_backup.domain.metrics.definition import Definition
from scims_backup.domain.metrics.gauges import WRITTEN, Gauge
from scims_backup.domain.metrics.of_functions import Metric
from tests.support.pages import ROOT, Part

PART = Part(ROOT / "docs" / "metrics.md", "all metrics")
_HEAD = "| metric | unit | dimensions | meaning |\n|---|---|---|---|\n"


def rendered() -> str:
    """Return the tables."""
    of_source = [metric.value for metric in Metric if metric.is_gauge_of_source]
    counted = [metric.value for metric in Metric if not metric.is_gauge_of_source]
    return (
        "### Prometheus and OpenTelemetry\n\n"
        + _table([WRITTEN, *(gauge.value for gauge in Gauge)])
        + "\n### CloudWatch: gauges of each source\n\n"
        + _table(of_source)
        + "\n### CloudWatch: what functions count\n\n"
        + _table(counted)
    )


def written() -> str:
    """Return the tables as they stand in the documentation."""
    return PART.read()


def _table(metrics: Iterable[Definition]) -> str:
    return _HEAD + "".join(map(_row, metrics))


def _row(metric: Definition) -> str:
    dimensions = ", ".join(f"`{name}`" for name in metric.dimensions)
    cells = (f"`{metric.name}`", metric.unit, dimensions, metric.meaning)
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|\n"


if __name__ == "__main__":
    PART.replace(rendered())
