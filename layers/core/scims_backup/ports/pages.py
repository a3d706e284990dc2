"""The status page: how it becomes HTML, and where it is put."""

from __future__ import annotations

from typing import Protocol

from scims_backup.domain.page import IndexPage, SourcePage

INDEX = "index.html"


def name_of(source: str) -> str:
    """The name of a source's page, beside that of all sources; no source can have the other's name."""
    return f"sources/{source}.html"


class Renderer(Protocol):
    """Writes pages as HTML that needs no other file."""

    def source(self, page: SourcePage) -> str:
        """Write the page of one source."""

    def index(self, page: IndexPage) -> str:
        """Write the page of all sources."""


class Pages(Protocol):
    """A place for pages."""

    def put(self, name: str, html: str) -> None:
        """Store a page whole, in place of the previous one. Raise PageError if that cannot be done."""
