"""Which state an alarm of CloudWatch is in, by the values of its last periods, missing ones too."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_MISSING = {"breaching": True, "notBreaching": False}


def state_of(alarm: Mapping[str, Any], values: Sequence[float | None], before: str = UNKNOWN) -> str:
    """Return the state of an alarm.

    alarm: its properties, as in a template.
    values: its statistic in each of its last periods, the newest first; None where nothing was written.
    before: the state that it was in.
    """
    seen = [_breaches(alarm, value) for value in values[: int(alarm["EvaluationPeriods"])]]
    known = [one for one in seen if one is not None]
    if not known:
        return before if alarm.get("TreatMissingData") == "ignore" else UNKNOWN
    needed = int(alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]))
    return ALARM if sum(known) >= min(needed, len(known)) else OK


def _breaches(alarm: Mapping[str, Any], value: float | None) -> bool | None:
    if value is None:
        return _MISSING.get(alarm.get("TreatMissingData", "missing"))
    return _COMPARISONS[alarm["ComparisonOperator"]](value, float(alarm["Threshold"]))
