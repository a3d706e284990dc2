"""The status of one source, read from the documents of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.status import SourceStatus, Watched
from scims_backup.domain.status.assembling import assembled
from scims_backup.domain.status.summary import Summary
from scims_backup.ports import Catalog
from scims_backup.usecases.reports.listing import listing_of
from scims_backup.usecases.reports.open_alerts import open_alerts
from scims_backup.usecases.reports.recent_runs import recent_runs
from scims_backup.usecases.reports.summaries import kept_summary
from scims_backup.usecases.reports.summarise import Summarise


@dataclass(frozen=True)
class ReadStatus:
    """Reads the status of one source. formats: of the engines that this version has."""

    catalog: Catalog
    watched: Watched
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)

    def run(self, now: datetime) -> SourceStatus:
        """Read its status as at a moment. Raise CatalogError or DocumentError if it cannot be read."""
        copies = list(self.catalog.keys(keys.copies(self.watched.source))) if self.watched.copies else []
        return self._status(self._summarised(now), copies, now)

    def glance(self, now: datetime) -> SourceStatus:
        """Do the same from the summary, if one is kept, which takes fewer requests; nothing is written."""
        source = self.watched.source
        listed = listing_of(self.catalog, [source]).of(source)
        kept = kept_summary(self.catalog, self.formats, source, listed)
        return self._status(kept or self._summarised(now), listed.copies, now)

    def _summarised(self, now: datetime) -> Summary:
        return Summarise(self.watched.source, self.catalog, self.formats).run(now)

    def _status(self, summary: Summary, copies: Sequence[str], now: datetime) -> SourceStatus:
        recent = recent_runs(self.catalog, now).of(self.watched.source)
        alerts = open_alerts(self.catalog, self.watched.source).get(self.watched.source, ())
        return assembled(self.watched, summary, now, copies, recent, alerts)
