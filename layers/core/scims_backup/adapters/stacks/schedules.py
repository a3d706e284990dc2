"""The schedules of a stack, as they are deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from scims_backup.adapters.s3.s3_errors import ERRORS, described
from scims_backup.adapters.stacks.cloudformation import SCHEDULE, Stack
from scims_backup.domain.errors import OperationFailedError
from scims_backup.domain.schedules import Schedule

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import GetScheduleOutputTypeDef

_SHOWN = {"": "backup", "drill": "drill"}
"""What a schedule starts, by the action that its input names; others are no runs of a source."""


def schedules_of(stack: Stack) -> Iterator[Schedule]:
    """Yield the schedules of backups and drills that are enabled.

    Raise NotCheckedError or OperationFailedError if AWS does not tell.
    """
    scheduler = cast("EventBridgeSchedulerClient", stack.client("scheduler"))
    for name in stack.named(SCHEDULE):
        try:
            found = scheduler.get_schedule(Name=name)
        except ERRORS as error:
            raise OperationFailedError(
                f"schedule {name} cannot be read: {described(error)}", "allow scheduler:GetSchedule"
            ) from None
        yield from _schedule(found)


def _schedule(found: GetScheduleOutputTypeDef) -> Iterator[Schedule]:
    given = json.loads(found["Target"].get("Input", "{}"))
    what = _SHOWN.get(given.get("action", ""))
    if found["State"] == "ENABLED" and what is not None:
        zone = found.get("ScheduleExpressionTimezone", "UTC")
        yield Schedule(given.get("source"), what, found["ScheduleExpression"], zone)
