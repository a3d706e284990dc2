"""Plays EventBridge Scheduler, whose schedules LocalStack keeps but never fires."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from localcloud.clients import Clients
from localcloud.errors import LocalCloudError

_FIRST_ATTEMPT = "1"


class Schedules:
    """The schedules of one cloud."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._scheduler = clients.client("scheduler")

    def names(self) -> list[str]:
        """The names of all schedules."""
        pages = self._scheduler.get_paginator("list_schedules").paginate()
        return [schedule["Name"] for page in pages for schedule in page["Schedules"]]

    def fire(self, name: str, at: datetime | None = None, times: int = 1) -> None:
        """Invoke a schedule's target with its input, as at a moment (now, unless given), so many times.

        An invocation that is refused goes to the schedule's dead-letter queue.
        Raise LocalCloudError if the schedule is disabled, or its target is no function.
        """
        schedule = self._scheduler.get_schedule(Name=name)
        if schedule["State"] != "ENABLED":
            raise LocalCloudError(f"schedule {name} is {schedule['State']}: it never fires")
        target = schedule["Target"]
        if ":function:" not in target["Arn"]:
            raise LocalCloudError(f"schedule {name}: only functions can be targets here, not {target['Arn']}")
        moment = (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        payload = _filled(target.get("Input") or _default_input(schedule["Arn"]), schedule["Arn"], moment)
        for _ in range(times):
            self._invoke(target, payload)

    def _invoke(self, target: dict[str, Any], payload: str) -> None:
        try:
            self._clients.client("lambda").invoke(
                FunctionName=target["Arn"], InvocationType="Event", Payload=payload.encode()
            )
        except ClientError as error:
            queue = target.get("DeadLetterConfig", {}).get("Arn")
            if queue is None:
                raise LocalCloudError(f"target {target['Arn']} cannot be invoked: {error}") from None
            self._put_aside(queue, payload, error)

    def _put_aside(self, queue: str, payload: str, error: ClientError) -> None:
        sqs = self._clients.client("sqs")
        url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        code = {"DataType": "String", "StringValue": error.response["Error"]["Code"]}
        sqs.send_message(QueueUrl=url, MessageBody=payload, MessageAttributes={"ERROR_CODE": code})


def _filled(text: str, arn: str, moment: str) -> str:
    values = {
        "schedule-arn": arn,
        "scheduled-time": moment,
        "execution-id": str(uuid.uuid4()),
        "attempt-number": _FIRST_ATTEMPT,
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _default_input(arn: str) -> str:
    """What a target without an input gets."""
    return json.dumps(
        {
            "version": "0",
            "id": "<aws.scheduler.execution-id>",
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": arn.split(":")[4],
            "time": "<aws.scheduler.scheduled-time>",
            "region": arn.split(":")[3],
            "resources": [arn],
            "detail": "{}",
        }
    )
