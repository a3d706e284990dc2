"""The page of one source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scims_backup.domain.checklist.lines import Line as ChecklistLine
from scims_backup.domain.page.charts import Chart
from scims_backup.domain.page.drills import Reports, ShownDrill, shown_drills
from scims_backup.domain.page.months import Month, months
from scims_backup.domain.page.nights import Mark, Night, nights
from scims_backup.domain.page.source_charts import charts, storage_chart
from scims_backup.domain.page.year import Year
from scims_backup.domain.retention import Plan
from scims_backup.domain.run_record import RunRecord
from scims_backup.domain.status import Judged, SourceStatus, Standing, judged, worst

Lists = dict[str, tuple[ChecklistLine, ...]]


@dataclass(frozen=True)
class SourcePage:
    """All that the page of one source shows.

    judgements: the worst first.
    marks: how many nights came to what.
    storage: what all archives take.
    plan: what stays, with reasons; None if that is not known.
    lists: of the checklist; empty before the first backup.
    problems: what could not be read.
    """

    status: SourceStatus
    judgements: tuple[Judged, ...]
    year: Year
    nights: tuple[Night, ...]
    months: tuple[Month, ...]
    marks: Counter[Mark]
    charts: tuple[Chart, ...]
    storage: Chart | None
    drills: tuple[ShownDrill, ...]
    plan: Plan | None
    lists: Lists
    problems: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """How the source stands."""
        return worst(self.judgements)

    @property
    def tones(self) -> dict[str, Standing]:
        """How each topic stands that was judged."""
        return {str(one.topic): one.standing for one in self.judgements}

    @property
    def wrong(self) -> tuple[Judged, ...]:
        """What is not fine."""
        return tuple(one for one in self.judgements if one.standing is not Standing.FINE)

    @property
    def next_step(self) -> Judged | None:
        """What somebody should do next although nothing is wrong yet, e.g. take the first backup."""
        to_do = (one for one in self.judgements if one.standing is Standing.FINE and one.cure)
        return None if self.wrong else next(to_do, None)

    @property
    def others(self) -> tuple[Judged, ...]:
        """What is neither wrong nor the next step."""
        return tuple(one for one in self.judgements if one not in (*self.wrong, self.next_step))


def source_page(
    status: SourceStatus,
    records: Sequence[RunRecord],
    year: Year,
    plan: Plan | None = None,
    reports: Reports | None = None,
    lists: Lists | None = None,
    problems: Iterable[str] = (),
) -> SourcePage:
    """Make the page. records: of the year; those before it are left out."""
    shown = [one for one in records if year.first <= year.day_of(one.began) <= year.today]
    found = nights(records, plan.keep if plan else (), year, status.promised.backup_age)
    return SourcePage(
        status=status,
        judgements=worst_first(judged(status)),
        year=year,
        nights=found,
        months=months(found),
        marks=Counter(night.mark for night in found),
        charts=charts(shown, year, status),
        storage=storage_chart(shown, year, status.promised.quota),
        drills=shown_drills(shown, reports or {}),
        plan=plan,
        lists=lists or {},
        problems=tuple(problems),
    )


def worst_first(judgements: Iterable[Judged]) -> tuple[Judged, ...]:
    """Sort judgements, in their own order where they stand alike."""
    order = (Standing.CRITICAL, Standing.WARNING, Standing.FINE)
    return tuple(sorted(judgements, key=lambda one: order.index(one.standing)))
