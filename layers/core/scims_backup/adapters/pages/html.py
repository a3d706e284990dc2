"""Pages as HTML: each value is escaped by the template engine, and nothing is loaded from elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scims_backup import __version__
from scims_backup.domain.alert.texts import size
from scims_backup.domain.counting import counted
from scims_backup.domain.health_rules import span
from scims_backup.domain.page import IndexPage, SourcePage
from scims_backup.domain.page.commands import pieces
from scims_backup.domain.page.scale import short
from scims_backup.ports.pages import INDEX, name_of


class HtmlPages:
    """Writes pages from the templates of this package."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("scims_backup.adapters.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_printable,
        )
        self._templates.filters.update(
            size=size, span=span, moment=_moment, counted=counted, short=short, pieces=pieces
        )
        self._templates.globals.update(version=__version__, index_name=INDEX, name_of=name_of)

    def source(self, page: SourcePage) -> str:
        """Write the page of one source."""
        return self._templates.get_template("source.html.jinja").render(page=page)

    def index(self, page: IndexPage) -> str:
        """Write the page of all sources."""
        return self._templates.get_template("index.html.jinja").render(page=page)


def _printable(value: object) -> object:
    """Replace control characters: names of tables may have them, and they could turn a line around."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(char if char.isprintable() else " " for char in value)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
