"""The status of many sources, by listed keys, one summary each, and the events of the last days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from scims_backup.domain.errors import CatalogError, UnderstoodError
from scims_backup.domain.status import SourceStatus, Standing, Watched, judged, worst
from scims_backup.domain.status.assembling import assembled
from scims_backup.usecases.reports.listing import Listing, listing_of, listing_of_all
from scims_backup.usecases.reports.recent_runs import RecentRuns, recent_runs
from scims_backup.usecases.reports.summaries import Summaries

_AT_ONCE = 8
"""Summaries that are read at once: each is a question over the network."""


@dataclass(frozen=True)
class Statuses:
    """The status of several sources.

    broken: sources of which nothing can be said, and why.
    problems: what else cannot be read, and may be about any of them.
    """

    at: datetime
    sources: tuple[SourceStatus, ...]
    broken: Mapping[str, UnderstoodError] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """How all of them stand together: what cannot be read may be the worst."""
        if self.broken:
            return Standing.CRITICAL
        found = worst(one for source in self.sources for one in judged(source))
        return Standing.WARNING if self.problems and found is Standing.FINE else found


@dataclass(frozen=True)
class ReadStatuses:
    """Reads the status of many sources. watched: which; None for all that the catalog knows."""

    summaries: Summaries
    watched: Sequence[Watched] | None

    def run(self, now: datetime) -> Statuses:
        """Read them as at a moment. Raise CatalogError if the keys cannot be listed."""
        catalog, watched = self.summaries.catalog, self.watched
        if watched is None:
            listing = listing_of_all(catalog)
            watched = [Watched(source) for source in listing.sources]
        else:
            listing = listing_of(catalog, [one.source for one in watched])
        recent = recent_runs(catalog, now)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(lambda one: self._one(one, listing, recent, now), watched))
        broken = {
            one.source: why
            for one, why in zip(watched, found, strict=True)
            if isinstance(why, UnderstoodError)
        }
        read = tuple(one for one in found if isinstance(one, SourceStatus))
        return Statuses(now, read, broken, recent.problems)

    def _one(
        self, watched: Watched, listing: Listing, recent: RecentRuns, now: datetime
    ) -> SourceStatus | UnderstoodError:
        """One source; if it cannot be read, why, so that it hides no other."""
        listed = listing.of(watched.source)
        try:
            summary = self.summaries.of(watched.source, listed, now)
        except CatalogError as error:
            return error
        return assembled(watched, summary, now, listed.copies, recent.of(watched.source))
