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
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)
    refused: list[str] = field(default_factory=list)

    def kept(self, source: str, listed: SourceKeys) -> Summary | None:
        """Return the summary that is kept of a source; see `kept_summary`."""
        return kept_summary(self.catalog, self.formats, source, listed)

    def made(self, source: str, listed: SourceKeys, now: datetime) -> Summary:
        """Make the summary from the documents, and keep it. Raise CatalogError if they cannot be read.

        None is kept before the first backup, or while a backup is of the future, which time alone changes.
        """
        summary = Summarise(source, self.catalog, self.formats).run(now)
        if 0 < len(summary.backups) == sum(map(keys.is_manifest, listed.manifests)):
            self._keep(_key(source, listed, self.formats), summary, listed.summaries)
        return summary

    def renew(self, source: str, now: datetime) -> None:
        """Make the summary again after a run, whose record does not show in the keys. A failure is noted."""
        try:
            listed = listing_of(self.catalog, [source]).of(source)
            self.made(source, listed, now)
        except CatalogError as error:
            self.progress.note(f"the summary of {source} could not be renewed: {error}")

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


def kept_summary(catalog: Catalog, formats: Formats, source: str, listed: SourceKeys) -> Summary | None:
    """Return the summary that is about exactly these keys; None if there is none that can be read.

    formats: of the engines that this version has. Raise CatalogError if the catalog cannot be read.
    """
    key = _key(source, listed, formats)
    if key not in listed.summaries:
        return None
    try:
        return Summary.from_bytes(catalog.get(key), key)
    except (KeyMissingError, DocumentError):
        return None


def _key(source: str, listed: SourceKeys, formats: Formats) -> str:
    return keys.summary(source, digest_of((*listed.manifests, *listed.drills), formats))
