"""Keeping the summary of a source beside its documents: a cache, named by the keys that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from scims_backup.domain import keys
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import CatalogError, DocumentError, KeyMissingError, KeyTakenError
from scims_backup.domain.status.summary import Summary, digest_of
from scims_backup.ports import Catalog, Progress
from scims_backup.usecases.reports.listing import SourceKeys, listing_of
from scims_backup.usecases.reports.summarise import Summarise


@dataclass(frozen=True)
class Summaries:
    """Reads and keeps summaries.

    formats: of the engines that this version has.
    refused: why the first that could not be kept was not; no other is tried then.
    """

    catalog: Catalog
    progress: Progress
    formats: Formats = OF_OLD_DOCUMENTS
    refused: list[str] = field(default_factory=list)

    def of(self, source: str, listed: SourceKeys, now: datetime) -> Summary:
        """Return the summary that is about exactly these keys; make and keep it if there is none.

        Raise CatalogError if the documents cannot be read.
        """
        key = keys.summary(source, digest_of((*listed.manifests, *listed.drills), self.formats))
        kept = self._kept(key) if key in listed.summaries else None
        if kept is not None:
            return kept
        summary = Summarise(source, self.catalog, self.formats).run(now)
        if len(summary.backups) == len(list(filter(keys.is_manifest, listed.manifests))):
            self._keep(key, summary, listed.summaries)
        return summary

    def renew(self, source: str, now: datetime) -> None:
        """Keep the summary of what a source's keys are now, after a run. What prevents that is noted."""
        try:
            self.of(source, listing_of(self.catalog, [source]).of(source), now)
        except CatalogError as error:
            self.progress.note(f"the summary of {source} could not be renewed: {error}")

    def _kept(self, key: str) -> Summary | None:
        """A summary; None if another run has removed it, or if it is damaged: then it is made again."""
        try:
            return Summary.from_bytes(self.catalog.get(key), key)
        except (KeyMissingError, DocumentError):
            return None

    def _keep(self, key: str, summary: Summary, outdated: Sequence[str]) -> None:
        """Put a summary in place of others. Who may only read keeps none, and hears that once."""
        if self.refused:
            return
        try:
            for other in outdated:
                self.catalog.delete(other)
            with suppress(KeyTakenError):  # another run was first
                self.catalog.put_new(key, summary.to_bytes())
        except CatalogError as error:
            self.refused.append(error.message)
            if len(self.refused) == 1:
                self.progress.note(f"summaries are not kept, which makes status slower: {error}")
