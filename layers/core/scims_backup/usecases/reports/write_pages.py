"""Writing the status page: one file for each source, and one for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.page import SourcePage, index_page
from scims_backup.domain.status import SourceStatus
from scims_backup.ports.pages import INDEX, Pages, Renderer, name_of


@dataclass(frozen=True)
class WritePages:
    """Writes pages into a place."""

    pages: Pages
    renderer: Renderer

    def source(self, page: SourcePage) -> None:
        """Write the page of one source. Raise PageError if it cannot be stored."""
        self.pages.put(name_of(page.status.source), self.renderer.source(page))

    def index(
        self, statuses: Iterable[SourceStatus], unread: Iterable[tuple[str, str]], at: datetime
    ) -> None:
        """Write the page of all sources. unread: those that could not be read, and why. Raise PageError."""
        self.pages.put(INDEX, self.renderer.index(index_page(statuses, unread, at)))
