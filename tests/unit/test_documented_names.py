"""Names that other programs rely on stand in the documentation, each of them."""

import re

import pytest

from scims_backup.cli.catalogue import commands
from scims_backup.domain.events import Kind
from scims_backup.domain.metrics.of_cloudwatch import for_cloudwatch
from scims_backup.domain.metrics.of_functions import Metric
from scims_backup.domain.metrics.samples import samples_of
from tests.support.cli_schemas import schemas
from tests.support.pages import ROOT
from tests.support.statuses import AT, whole_status

OF_BACKUPS = ROOT / "layers/core/scims_backup/handling/backup_metrics.py"  # a task counts them too
FROM_THE_CATALOG = for_cloudwatch(samples_of(whole_status()), AT)
HANDLERS = "\n".join(path.read_text() for path in [OF_BACKUPS, *(ROOT / "functions").glob("*/handler.py")])


def _described(page: str) -> set[str]:
    """What stands in the first column of a page's tables."""
    rows = (line for line in (ROOT / "docs" / page).read_text().splitlines() if line.startswith("| "))
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("page", ["events.md", "alerts.md"])
def test_every_kind_of_event_is_documented(page, kind):
    assert kind in _described(page)


@pytest.mark.parametrize("metric", [metric for metric in Metric if metric not in FROM_THE_CATALOG])
def test_every_metric_is_written_by_a_function(metric):
    assert re.search(rf"\bMetric\.{metric.name}\b", HANDLERS)


@pytest.mark.parametrize("command", [entry.name for entry in commands])
def test_every_command_has_a_schema_of_its_json(command):
    assert command in schemas()
