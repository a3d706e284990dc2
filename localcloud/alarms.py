"""The alarms of a stack, looked at when somebody asks and not by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from localcloud.alarm_states import state_of


class Alarms:
    """The alarms whose names begin so. client: of CloudWatch."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def look(self, now: datetime) -> dict[str, str]:
        """Evaluate each alarm as at a moment, set its state, which mails where it changes, and return it."""
        found = self._client.describe_alarms(AlarmNamePrefix=self._prefix, MaxRecords=100)["MetricAlarms"]
        return {alarm["AlarmName"].removeprefix(self._prefix): self._state(alarm, now) for alarm in found}

    def _state(self, alarm: Mapping[str, Any], now: datetime) -> str:
        values = [self._value(alarm, now, number) for number in range(alarm["EvaluationPeriods"])]
        state = state_of(alarm, values, alarm["StateValue"])
        if state != alarm["StateValue"]:
            self._client.set_alarm_state(
                AlarmName=alarm["AlarmName"], StateValue=state, StateReason=f"values {values}, newest first"
            )
        return state

    def _value(self, alarm: Mapping[str, Any], now: datetime, number: int) -> float | None:
        """The statistic of one period; number: 0 for the last."""
        period = timedelta(seconds=alarm["Period"])
        answer = self._client.get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=alarm["Dimensions"],
            StartTime=now - (number + 1) * period,
            EndTime=now - number * period,
            Period=alarm["Period"],
            Statistics=[alarm["Statistic"]],
        )
        points = answer["Datapoints"]
        return float(points[0][alarm["Statistic"]]) if points else None
