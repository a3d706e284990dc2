"""The dashboard of CloudWatch: it names what the stack has, and what functions write."""

import json

import pytest

from scims_backup.domain.metrics.of_functions import Metric
from scims_backup.handling.metrics import NAMESPACE
from tests.template.support.loading import ROOT, source, transformed
from tests.template.support.stacks import REDIS, STACK, stack_of

ALONE = {"BackupStack": STACK}
VARIANTS = {
    "alone": ({}, ALONE),
    "with a quota": ({"Quota": "100GB"}, {**ALONE, "HasQuota": "yes"}),
    "with Redis": (REDIS, {**ALONE, "RedisSourceName": "scims-redis"}),
}
OF_SOURCE = {metric.value.name for metric in Metric if metric.is_gauge_of_source}


@pytest.fixture(params=list(VARIANTS))
def stacks(request):
    """The stack of backups, and the one of its dashboard."""
    backups, dashboard = VARIANTS[request.param]
    template = source(ROOT / "dashboards" / "cloudwatch.yaml")
    return stack_of(transformed(source()), "", backups), stack_of(template, "", dashboard)


def widgets(stack, kind):
    body = json.loads(stack.properties("Dashboard")["DashboardBody"])
    return [widget["properties"] for widget in body["widgets"] if widget["type"] == kind]


def metrics(stack):
    return [metric for widget in widgets(stack, "metric") for metric in widget["metrics"]]


def test_it_shows_every_alarm_that_the_stack_has(stacks):
    backups, dashboard = stacks
    (shown,) = widgets(dashboard, "alarm")
    there = {one.properties["AlarmName"] for one in backups.of("AWS::CloudWatch::Alarm")}
    assert {arn.rpartition(":alarm:")[2] for arn in shown["alarms"]} == there


def test_it_shows_the_gauges_of_every_source_as_they_are_written(stacks):
    _, dashboard = stacks
    sources = {"scims-db", dashboard.parameters["RedisSourceName"]} - {""}
    shown = [metric for metric in metrics(dashboard) if metric[0] == NAMESPACE]
    assert {metric[1] for metric in shown} == OF_SOURCE
    assert {metric[5] for metric in shown} == sources
    assert all((metric[2], metric[4]) == Metric.BACKUP_AGE.value.dimensions for metric in shown)


def test_it_names_only_functions_and_queues_of_the_stack(stacks):
    backups, dashboard = stacks
    shown = {metric[3] for metric in metrics(dashboard) if metric[0] != NAMESPACE}
    functions = {one.properties["FunctionName"] for one in backups.of("AWS::Lambda::Function")}
    assert shown <= functions | {f"{STACK}-undelivered"}


def test_its_queries_read_log_groups_of_the_stack_and_metrics_of_the_registry(stacks):
    backups, dashboard = stacks
    groups = {one.properties["LogGroupName"] for one in backups.of("AWS::Logs::LogGroup")}
    names = {metric.value.name for metric in Metric}
    for widget in widgets(dashboard, "log"):
        query = widget["query"]
        assert {part.split("'")[1] for part in query.split("|") if "SOURCE" in part} <= groups
        assert {word.strip("()").removesuffix(".0") for word in query.split() if ".0" in word} <= names | {
            f"ispresent({name}" for name in names
        }


def test_the_lines_are_drawn_at_the_objectives(stacks):
    backups, dashboard = stacks
    drawn = {
        line["label"]: str(line["value"])
        for widget in widgets(dashboard, "metric")
        for line in widget.get("annotations", {}).get("horizontal", [])
    }
    parameters = backups.parameters
    assert drawn == {
        "RPO": parameters["RpoHours"],
        "objective": parameters["ProofAgeDays"],
        "RTO": parameters["RtoMinutes"],
        "quota": "100",
    }
