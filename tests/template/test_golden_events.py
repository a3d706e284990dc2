"""The rules take the very events that functions are tested with."""

import json

import pytest

from tests.template.checks.waking import SCHEDULES, rule_called
from tests.template.support.loading import ROOT, source, transformed
from tests.template.support.patterns import takes
from tests.template.support.stacks import stack_of

EVENTS = ROOT / "events"
TAKEN = {
    "manifest-created": "manifest-stored",
    "record-created": "run-recorded",
    "report-created": "report-stored",
    "task-stopped": "task-stopped",
    "task-out-of-memory": "task-stopped",
    "task-failed-to-start": "task-stopped",
    "event-backup-failed": "event-stored",
    "event-drill-failed": "event-stored",
    "event-drill-passed": "event-stored",
}
RULES = sorted({*TAKEN.values(), "function-failed"})


@pytest.fixture(scope="module")
def template():
    return transformed(source())


@pytest.mark.parametrize("name", TAKEN)
def test_an_event_wakes_by_the_rule_that_is_for_it_and_by_no_other(template, name):
    event = json.loads((EVENTS / f"{name}.json").read_text())
    given = {}
    if event["source"] == "aws.s3":
        given["CatalogBucketName"] = event["detail"]["bucket"]["name"]
    stack = stack_of(template, "golden", given)
    rules = {rule: rule_called(stack, rule) for rule in RULES}
    taken = [name for name, rule in rules.items() if rule and takes(rule.properties["EventPattern"], event)]
    assert taken == [TAKEN[name]]


@pytest.mark.parametrize(("schedule", "file"), [("dump", "dump-schedule"), ("drill", "drill-schedule"),
                                                ("tick", "tick"), ("reclaim", "reclaim-schedule"),
                                                ("subscriptions", "subscriptions"),
                                                ("copy", "copy-schedule")])  # fmt: skip
def test_a_schedule_sends_what_its_golden_event_holds(schedule, file):
    golden = json.loads((EVENTS / f"{file}.json").read_text())
    sent = json.loads(SCHEDULES[schedule][2])
    assert sent | {"scheduled": golden.get("scheduled")} == golden | {"scheduled": golden.get("scheduled")}
    assert ("scheduled" in sent) == ("scheduled" in golden)
