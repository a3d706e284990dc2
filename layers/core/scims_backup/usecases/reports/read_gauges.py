"""The gauges of many sources, read from the catalog; a source that cannot be read hides no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import ScimsBackupError
from scims_backup.domain.metrics.samples import Sample, samples_of, unreadable
from scims_backup.domain.status import SourceStatus, Watched
from scims_backup.domain.status.assembling import assembled
from scims_backup.ports import Catalog, Usage
from scims_backup.usecases.reports.recent_runs import RecentRuns, recent_runs
from scims_backup.usecases.reports.summarise import Summarise


@dataclass(frozen=True)
class Measured:
    """A source whose gauges are read.

    usage: measures what its vault stores; None where that is not to be measured.
    """

    watched: Watched
    usage: Callable[[], Usage] | None = None


@dataclass(frozen=True)
class Gauges:
    """All values of a moment. problems: what could not be read or measured, and why."""

    at: datetime
    samples: tuple[Sample, ...]
    problems: tuple[str, ...] = ()

    def of(self, source: str) -> list[Sample]:
        """Return those of one source."""
        return [sample for sample in self.samples if sample.source == source]

    def without(self, unread: Mapping[str, Exception]) -> Gauges:
        """Return the same, with sources that were not even tried, and why."""
        samples = (sample for source in unread for sample in unreadable(source))
        problems = (_cannot_be_read(source, error) for source, error in unread.items())
        return replace(self, samples=(*self.samples, *samples), problems=(*self.problems, *problems))


@dataclass(frozen=True)
class ReadGauges:
    """Reads the gauges of sources in one catalog. formats: of the engines that this version has."""

    catalog: Catalog
    formats: Formats = OF_OLD_DOCUMENTS

    def run(self, sources: Sequence[Measured], now: datetime) -> Gauges:
        """Read them as at a moment. Raise CatalogError if the catalog does not answer at all."""
        recent = recent_runs(self.catalog, now)  # the events of all sources, once
        samples, problems = list[Sample](), list[str]()
        for one in sources:
            name = one.watched.source
            try:
                status = self._status(one.watched, recent, now)
            except ScimsBackupError as error:
                samples += unreadable(name)
                problems.append(_cannot_be_read(name, error))
                continue
            try:
                status = _with_usage(status, one.usage)
            except ScimsBackupError as error:
                problems.append(f"{name} cannot be measured: {error}")
            samples += samples_of(status)
        return Gauges(now, tuple(samples), (*recent.problems, *problems))

    def _status(self, watched: Watched, recent: RecentRuns, now: datetime) -> SourceStatus:
        source = watched.source
        summary = Summarise(source, self.catalog, self.formats).run(now)
        copies = list(self.catalog.keys(keys.copies(source))) if watched.copies else []
        return assembled(watched, summary, now, copies, recent.of(source))


def _cannot_be_read(source: str, error: Exception) -> str:
    return f"{source} cannot be read: {error}"


def _with_usage(status: SourceStatus, usage: Callable[[], Usage] | None) -> SourceStatus:
    return status if usage is None else replace(status, stored_in_all=usage().source_bytes)
