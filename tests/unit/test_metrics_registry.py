"""The registry of metrics: names as their systems want them, five gauges of CloudWatch, and the page."""

import re

import pytest

from scims_backup.domain.metrics.definition import Unit
from scims_backup.domain.metrics.gauges import WRITTEN, Gauge
from scims_backup.domain.metrics.of_functions import Metric
from tests.support import metrics_reference

GAUGES = [*(gauge.value for gauge in Gauge), WRITTEN]
MOST_OF_A_SOURCE = 5
"""CloudWatch charges for each, and a deployment may have a thousand sources."""


def test_no_name_is_used_twice():
    names = [one.name for one in GAUGES] + [metric.value.name for metric in Metric]
    assert len(set(names)) == len(names)


def test_cloudwatch_gets_five_metrics_of_a_source_and_the_others_once_for_all():
    assert len([metric for metric in Metric if metric.is_gauge_of_source]) == MOST_OF_A_SOURCE


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
def test_a_gauges_name_is_one_of_prometheus_and_ends_with_its_unit(gauge):
    assert re.fullmatch(r"scims_backup_[a-z_]+", gauge.name)
    endings = {
        Unit.MOMENT: "_timestamp_seconds",
        Unit.SECONDS: "_seconds",
        Unit.BYTES: "_bytes",
        Unit.BYTES_A_SECOND: "_bytes_per_second",
        Unit.RATIO: "_ratio",
    }
    assert gauge.name.endswith(endings.get(gauge.unit, ""))
    assert gauge.unit in {*endings, Unit.COUNT, Unit.STATE}


@pytest.mark.parametrize("metric", Metric)
def test_a_metric_of_cloudwatch_ends_with_its_unit(metric):
    ending = "" if metric.value.unit is Unit.COUNT else metric.value.unit.capitalize()
    assert re.fullmatch(rf"[A-Z][A-Za-z]+{ending}", metric.value.name)


def test_no_gauge_is_an_age():
    assert not [one.name for one in GAUGES if re.search(r"_age(_|$)(?!objective)", one.name)]


def test_the_page_shows_every_metric_as_it_is_declared():
    assert metrics_reference.written() == metrics_reference.rendered(), (
        "run: .venv/bin/python -m tests.support.metrics_reference"
    )
