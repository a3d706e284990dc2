"""The status of one source, read from the documents of the catalog."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.status import SourceStatus, Watched
from scims_backup.domain.status.assembling import assembled
from scims_backup.ports import Catalog
from scims_backup.usecases.reports.recent_runs import recent_runs
from scims_backup.usecases.reports.summarise import Summarise


@dataclass(frozen=True)
class ReadStatus:
    """Reads the status of one source, without any summary. formats: of the engines that this version has."""

    catalog: Catalog
    watched: Watched
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)

    def run(self, now: datetime) -> SourceStatus:
        """Read its status as at a moment. Raise CatalogError or DocumentError if it cannot be read."""
        source = self.watched.source
        summary = Summarise(source, self.catalog, self.formats).run(now)
        copies = list(self.catalog.keys(keys.copies(source))) if self.watched.copies else []
        return assembled(self.watched, summary, now, copies, recent_runs(self.catalog, now).of(source))
