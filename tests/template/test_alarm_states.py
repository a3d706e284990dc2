"""Which of the template's alarms ring, and which of them mail, over the gauges that functions write."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from localcloud.alarm_states import ALARM, state_of
from localcloud.embedded_format import embedded_in
from scims_backup.domain.backup import BackupId
from scims_backup.domain.metrics.of_cloudwatch import for_cloudwatch
from scims_backup.domain.metrics.samples import samples_of
from scims_backup.domain.status import Seen, SourceStatus
from scims_backup.handling.metrics import Metric, emit
from tests.support.statuses import AT, DAY, HOUR, drill, whole_status
from tests.template.support.loading import source, transformed
from tests.template.support.stacks import STACK, stack_of

HEALTHY = replace(whole_status(), proven=whole_status().newest)
NOTHING = SourceStatus("scims-db", AT)
STATISTICS: Mapping[str, Callable[[list[float]], float]] = {"Maximum": max, "SampleCount": len}


@pytest.fixture(scope="module")
def alarms() -> Mapping[str, Any]:
    """The alarms on gauges of a stack with a quota: their properties, by what distinguishes their names."""
    stack = stack_of(transformed(source()), "", {"Quota": "100GB"})
    return {
        one.properties["AlarmName"].removeprefix(f"{STACK}-"): one.properties
        for one in stack.of("AWS::CloudWatch::Alarm")
        if one.properties["Namespace"] == "ScimsBackup"
    }


class Hours:
    """What is written in each hour, and the alarms that ring after it."""

    def __init__(self, alarms: Mapping[str, Any]) -> None:
        self._alarms = alarms
        self._written: list[list[dict[str, Any]]] = []
        self.states: dict[str, str] = {}

    def pass_by(self, status: SourceStatus | None = None, stored_percent: float | None = None) -> None:
        """Let an hour pass. status: what its check sees, None if it does not run. stored: by a prune."""
        log = io.StringIO()
        with redirect_stdout(log):
            if status:
                at = AT + len(self._written) * HOUR
                emit("drill-orchestrate", "scims-db", for_cloudwatch(samples_of(status), at))
            if stored_percent is not None:
                emit("prune", "scims-db", {Metric.QUOTA_USED: stored_percent})
        self._written.append([one for found in embedded_in(log.getvalue()) for one in found.data])
        self.states = {
            name: state_of(alarm, list(self._values(alarm)), self.states.get(name, "INSUFFICIENT_DATA"))
            for name, alarm in self._alarms.items()
        }

    @property
    def ringing(self) -> set[str]:
        return {name for name, state in self.states.items() if state == ALARM}

    @property
    def mailing(self) -> set[str]:
        return {name for name in self.ringing if self._alarms[name].get("AlarmActions")}

    def _values(self, alarm: Mapping[str, Any]) -> Iterator[float | None]:
        dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
        for number in range(1, int(alarm["EvaluationPeriods"]) + 1):
            hour = self._written[-number] if number <= len(self._written) else []
            values = [
                value
                for one in hour
                if one["MetricName"] == alarm["MetricName"]
                and {each["Name"]: each["Value"] for each in one["Dimensions"]} == dimensions
                for value in one["Values"]
            ]
            yield float(STATISTICS[alarm["Statistic"]](values)) if values else None


@pytest.fixture
def hours(alarms: Mapping[str, Any]) -> Hours:
    return Hours(alarms)


def test_a_healthy_source_rings_nothing(hours):
    for _ in range(6):
        hours.pass_by(HEALTHY, stored_percent=50)
    assert hours.ringing == set()


def test_a_dump_that_never_ran_rings_every_objective_and_mails_once(hours):
    for _ in range(3):
        hours.pass_by(NOTHING)
    assert hours.ringing == {"no-backup", "backup-age", "proof-age", "recovery-time"}
    assert hours.mailing == {"no-backup"}


def test_a_check_that_stopped_mails_after_three_hours_and_says_so_when_it_runs_again(hours):
    hours.pass_by(HEALTHY)
    for _ in range(2):
        hours.pass_by()
    assert hours.mailing == set()
    hours.pass_by()
    assert hours.mailing == {"no-backup"}
    hours.pass_by(HEALTHY)
    assert hours.mailing == set()


def test_backups_that_stopped_ring_without_a_mail_which_their_event_sends(hours):
    seen = replace(HEALTHY, newest=Seen(BackupId("scims-db", "20261121T120000Z"), AT - timedelta(hours=24)))
    for _ in range(2):
        hours.pass_by(seen)
    assert hours.ringing == set()
    for _ in range(3):
        hours.pass_by(seen)
    assert (hours.ringing, hours.mailing) == ({"backup-age"}, set())


def test_a_drill_that_never_ran_rings_once_the_first_backup_is_too_old(hours):
    undrilled = replace(HEALTHY, proven=None, last_drill=None, verdict=None, proofs_since=AT - 7.9 * DAY)
    for _ in range(2):
        hours.pass_by(undrilled)
    assert hours.ringing == {"recovery-time"}  # which nobody has seen yet
    for _ in range(4):
        hours.pass_by(undrilled)
    assert (hours.ringing, hours.mailing) == ({"recovery-time", "proof-age"}, set())


def test_a_restore_that_takes_too_long_rings(hours):
    slow = replace(drill(), seconds={"restore": 3601.0})
    for _ in range(2):
        hours.pass_by(replace(HEALTHY, verdict=slow))
    assert (hours.ringing, hours.mailing) == ({"recovery-time"}, set())


def test_a_quota_that_is_exceeded_rings_until_the_next_prune_measures_less(hours):
    hours.pass_by(HEALTHY, stored_percent=101)
    for _ in range(23):
        hours.pass_by(HEALTHY)
    assert ("quota" in hours.ringing, hours.mailing) == (True, set())
    hours.pass_by(HEALTHY, stored_percent=99)
    assert "quota" not in hours.ringing
