"""localcloud's alarms: the state that CloudWatch would give them."""

import pytest

from localcloud.alarm_states import ALARM, OK, UNKNOWN, state_of
from localcloud.embedded_format import embedded_in
from scims_backup.handling.metrics import Metric, emit

ABOVE = {"EvaluationPeriods": 2, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 10}


@pytest.mark.parametrize(
    ("missing", "values", "before", "state"),
    [
        ("breaching", [11, 12], OK, ALARM),
        ("breaching", [11, 9], OK, OK),
        ("breaching", [10, 10], OK, OK),
        ("breaching", [None, None], OK, ALARM),
        ("breaching", [None, 9], OK, OK),
        ("breaching", [None, 11], OK, ALARM),
        ("notBreaching", [None, None], ALARM, OK),
        ("ignore", [None, None], ALARM, ALARM),
        ("ignore", [None, None], OK, OK),
        ("ignore", [9, None], ALARM, OK),
        ("missing", [None, None], OK, UNKNOWN),
        ("missing", [11, None], OK, ALARM),
        ("breaching", [9, 9, 11, 11], OK, OK),
    ],
)
def test_the_last_periods_decide(missing, values, before, state):
    assert state_of({**ABOVE, "TreatMissingData": missing}, values, before) == state


def test_fewer_periods_than_all_suffice_where_the_alarm_says_so():
    alarm = {**ABOVE, "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "TreatMissingData": "notBreaching"}
    assert state_of(alarm, [11, 9, 11]) == ALARM
    assert state_of(alarm, [11, 9, 9]) == OK


def test_what_a_function_prints_is_what_cloudwatch_gets(capsys):
    emit("prune", "scims-db", {Metric.BACKUPS_REMOVED: 1, Metric.QUOTA_USED: 40})
    output = f'a line\n{{"_aws" broken\n{capsys.readouterr().out}'
    found = [(one.namespace, data) for one in embedded_in(output) for data in one.data]
    assert [(space, data["MetricName"], data["Values"]) for space, data in found] == [
        ("ScimsBackup", "BackupsRemoved", [1.0]),
        ("ScimsBackup", "QuotaPercent", [40]),
    ]
    assert {one["Name"]: one["Value"] for one in found[1][1]["Dimensions"]} == {
        "service": "prune",
        "source": "scims-db",
    }
