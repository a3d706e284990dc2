"""The gauges of many sources, from their statuses; a source that cannot be read hides no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scims_backup.domain.errors import ScimsBackupError
from scims_backup.domain.metrics.samples import Sample, samples_of, unreadable
from scims_backup.domain.status import SourceStatus
from scims_backup.ports import Usage
from scims_backup.usecases.reports.read_statuses import Statuses

Measure = Callable[[], Usage]
"""Measures what a source stores in its vault."""


@dataclass(frozen=True)
class Gauges:
    """All values of a moment. problems: what could not be read or measured, and why."""

    at: datetime
    samples: tuple[Sample, ...]
    problems: tuple[str, ...] = ()


def gauges_of(statuses: Statuses, measures: Mapping[str, Measure]) -> Gauges:
    """Return the gauges of all sources.

    measures: by source; where there is none, what is stored is what the catalog says.
    """
    samples, problems = list[Sample](), list(statuses.problems)
    for status in statuses.sources:
        problems += status.damaged
        try:
            samples += samples_of(_with_usage(status, measures.get(status.source)))
        except ScimsBackupError as error:
            problems.append(f"{status.source} cannot be measured: {error}")
            samples += samples_of(status)
    for source, why in statuses.broken.items():
        problems.append(f"{source} cannot be read: {why}")
        samples += unreadable(source)
    return Gauges(statuses.at, tuple(samples), tuple(problems))


def _with_usage(status: SourceStatus, measure: Measure | None) -> SourceStatus:
    return (
        status if measure is None else replace(status, stored_in_all=measure().source_bytes, is_measured=True)
    )
