"""The status page: of every source of the settings, into a folder or beside the catalog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from scims_backup.adapters.pages.folder import FolderPages
from scims_backup.adapters.s3.place import S3Place
from scims_backup.bootstrap.components import retention_of, s3_client
from scims_backup.bootstrap.status_cases import StatusCases
from scims_backup.domain import keys
from scims_backup.domain.errors import CatalogError, UnderstoodError
from scims_backup.domain.retention import Policy
from scims_backup.domain.status import Watched
from scims_backup.ports.pages import Pages
from scims_backup.settings.model import Settings
from scims_backup.usecases.reports.checklist import ReadChecklist
from scims_backup.usecases.reports.read_page import ReadPage
from scims_backup.usecases.reports.read_statuses import Statuses
from scims_backup.usecases.reports.write_pages import WritePages


class PageCases(StatusCases):
    """Statuses, and the pages of them."""

    def write_pages(self, statuses: Statuses, folder: Path) -> Statuses:
        """Write the page of each source, and that of all, into a folder; raise PageError if that fails.

        Return the statuses, in which a source whose page could not be read is broken.
        """
        return self._written(statuses, FolderPages(folder), lambda _: True)

    def publish_pages(self, statuses: Statuses, source: str) -> Statuses:
        """Write the page of one source, and that of all, beside the catalog; as `write_pages`."""
        return self._written(statuses, self._beside_catalog(), lambda name: name == source)

    def _written(self, statuses: Statuses, pages: Pages, chosen: Callable[[str], bool]) -> Statuses:
        from scims_backup.adapters.pages.html import HtmlPages  # noqa: PLC0415  loads Jinja, which is slow

        writing, broken = WritePages(pages, HtmlPages()), dict[str, UnderstoodError]()
        for status in (one for one in statuses.sources if chosen(one.source)):
            try:
                page = ReadPage(self._checklist(status.source)).run(status)
            except CatalogError as error:
                broken[status.source] = error
            else:
                writing.source(page)
        read = tuple(one for one in statuses.sources if one.source not in broken)
        whole = replace(statuses, sources=read, broken={**statuses.broken, **broken})
        unread = [(source, error.message) for source, error in whole.broken.items()]
        writing.index(whole.sources, unread, whole.at)
        return whole

    def _checklist(self, source: str) -> ReadChecklist:
        """Of a source that only the catalog names, the policy is not known: nothing is said of it."""
        settings = self._settings.get(source)
        if not isinstance(settings, Settings):
            return ReadChecklist(Watched(source), self._catalog, self.engines, Policy())
        engine = self.engines.of_source(settings.engine, settings.url)
        policy = retention_of(settings, engine)
        return ReadChecklist(self._watched(settings), self._catalog, self.engines, policy)

    def _beside_catalog(self) -> Pages:
        if isinstance(self._place, Path):
            return FolderPages(self._place / keys.PAGES)
        from scims_backup.adapters.pages.s3 import S3Pages  # noqa: PLC0415  loads boto3, which is slow

        return S3Pages(s3_client(), S3Place(self._place.bucket, self._place.key(keys.PAGES)))
