"""The status of many sources, by listed keys, one summary each, and the events of the last days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from scims_backup.domain.errors import CatalogError, UnderstoodError
from scims_backup.domain.status import SourceStatus, Standing, Watched, judged, worst
from scims_backup.domain.status.assembling import assembled
from scims_backup.domain.status.summary import Summary
from scims_backup.usecases.reports.listing import Listing, listing_of, listing_of_all
from scims_backup.usecases.reports.open_alerts import open_alerts
from scims_backup.usecases.reports.recent_runs import recent_runs
from scims_backup.usecases.reports.summaries import Summaries

_AT_ONCE = 16
"""Summaries that are read at once: each is a question over the network."""
_MADE_AT_ONCE = 2
"""Summaries that are made at once: each reads its documents at once, over the connections that there are."""
_Read = TypeVar("_Read")


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
        recent, alerts = recent_runs(catalog, now), open_alerts(catalog)
        found = self._summaries([one.source for one in watched], listing, now)
        broken = {source: why for source, why in found.items() if isinstance(why, UnderstoodError)}
        read = tuple(
            assembled(
                one,
                summary,
                now,
                listing.of(one.source).copies,
                recent.of(one.source),
                alerts.get(one.source, ()),
            )
            for one in watched
            if isinstance(summary := found[one.source], Summary)
        )
        return Statuses(now, read, broken, recent.problems)

    def _summaries(
        self, sources: Sequence[str], listing: Listing, now: datetime
    ) -> dict[str, Summary | UnderstoodError]:
        """The summary of each source; if it cannot be read, why, so that it hides no other."""
        kept = _each(_AT_ONCE, lambda source: self.summaries.kept(source, listing.of(source)), sources)
        missing = [source for source, summary in kept.items() if summary is None]
        made = _each(_MADE_AT_ONCE, lambda one: self.summaries.made(one, listing.of(one), now), missing)
        return {source: made[source] if one is None else one for source, one in kept.items()}


def _each(
    at_once: int, read: Callable[[str], _Read], sources: Sequence[str]
) -> dict[str, _Read | UnderstoodError]:
    """Read something of each source, several at once."""

    def one(source: str) -> _Read | UnderstoodError:
        try:
            return read(source)
        except CatalogError as error:
            return error

    with ThreadPoolExecutor(at_once) as pool:
        return dict(zip(sources, pool.map(one, sources), strict=True))
