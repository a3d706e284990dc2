"""The page of all sources: one row for each, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.page.line_charts import sparkline
from scims_backup.domain.page.source_page import worst_first
from scims_backup.domain.status import Judged, SourceStatus, Standing, judged, worst

_ORDER = (Standing.CRITICAL, Standing.WARNING, Standing.FINE)


@dataclass(frozen=True)
class IndexRow:
    """One source.

    status: None if it could not be read; then `problem` says why.
    sizes: the path of a line through the sizes of the last 30 days' archives; empty if there are too few.
    """

    source: str
    standing: Standing
    status: SourceStatus | None = None
    said: Judged | None = None
    sizes: str = ""
    problem: str = ""


@dataclass(frozen=True)
class IndexPage:
    """All sources at a moment. standings: how many stand how."""

    at: datetime
    rows: tuple[IndexRow, ...]
    standings: Counter[Standing]

    @property
    def standing(self) -> Standing:
        """How all of them stand together."""
        return next((one for one in _ORDER if self.standings[one]), Standing.FINE)


def index_page(
    statuses: Iterable[SourceStatus], unread: Iterable[tuple[str, str]], at: datetime
) -> IndexPage:
    """Make the page. unread: the sources that could not be read, and why."""
    rows = [_row(status) for status in statuses]
    rows += [IndexRow(source, Standing.CRITICAL, problem=why) for source, why in unread]
    rows.sort(key=lambda row: (_ORDER.index(row.standing), row.source))
    return IndexPage(at, tuple(rows), Counter(row.standing for row in rows))


def _row(status: SourceStatus) -> IndexRow:
    judgements = worst_first(judged(status))
    sizes = [float(one.bytes) for one in status.nights if one.bytes is not None]
    return IndexRow(status.source, worst(judgements), status, judgements[0], sparkline(sizes))
