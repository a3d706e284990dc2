"""Prometheus' text format, and the file in which node_exporter reads it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.metrics.definition import Definition
from scims_backup.domain.metrics.gauges import WRITTEN, Gauge
from scims_backup.domain.metrics.samples import Sample

_FOR_ALL = 0o644
"""node_exporter runs as a user of its own."""
_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def text_of(samples: Iterable[Sample], at: datetime) -> str:
    """Write every sample in the text format. at: when the values were read."""
    by_gauge: dict[Gauge, list[Sample]] = {gauge: [] for gauge in Gauge}
    for sample in samples:
        by_gauge[sample.gauge].append(sample)
    lines = [*_head(WRITTEN), f"{WRITTEN.name} {at.timestamp()}"]
    for gauge, found in by_gauge.items():
        if found:
            lines += [*_head(gauge.value), *(_line(sample) for sample in found)]
    return "\n".join(lines) + "\n"


def _head(metric: Definition) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.meaning.replace(chr(92), chr(92) * 2)}"
    yield f"# TYPE {metric.name} gauge"


def _line(sample: Sample) -> str:
    return f"{sample.gauge.value.name}{{{_labels(sample.labels)}}} {sample.value!r}"


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels.items())


def write_textfile(path: Path, text: str) -> None:
    """Replace a file by a new one in a single step, so that no reader finds half of it.

    Raise OperationFailedError if it cannot be written; an old one then stays as it is.
    """
    try:
        descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).chmod(_FOR_ALL)
            Path(partial).replace(path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OperationFailedError(
            f"cannot write metrics to {path}: {error.strerror or error}",
            "create its directory, and let this user write there",
        ) from error
