"""What the status page shows, without a word of HTML."""

from scims_backup.domain.page.charts import Chart
from scims_backup.domain.page.drills import ShownDrill, shown_drills
from scims_backup.domain.page.index_page import IndexPage, IndexRow, index_page
from scims_backup.domain.page.months import Month, months
from scims_backup.domain.page.nights import Mark, Night, nights
from scims_backup.domain.page.source_page import SourcePage, source_page
from scims_backup.domain.page.year import Year

__all__ = [
    "Chart",
    "IndexPage",
    "IndexRow",
    "Mark",
    "Month",
    "Night",
    "ShownDrill",
    "SourcePage",
    "Year",
    "index_page",
    "months",
    "nights",
    "shown_drills",
    "source_page",
]
