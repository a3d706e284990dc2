"""The event 'ECS Task State Change', as ECS words it: its detail is the task as DescribeTasks tells it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def state_change(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry for PutEvents."""
    now = datetime.now(UTC)
    detail = {name: value for name, value in task.items() if name != "tags"}
    detail["attachments"] = [
        _attachment(each, detail["lastStatus"]) for each in detail.get("attachments", [])
    ]
    return {
        "Source": "aws.ecs",
        "DetailType": "ECS Task State Change",
        "Time": now,
        "Resources": [task["taskArn"]],
        "Detail": json.dumps({**detail, "updatedAt": now}, default=_plain),
    }


def _attachment(attachment: Mapping[str, Any], task_status: str) -> dict[str, Any]:
    """Events shorten what DescribeTasks calls ElasticNetworkInterface."""
    status = "DELETED" if task_status == "STOPPED" else attachment["status"]
    return {**attachment, "type": "eni", "status": status}


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError(f"{value!r} has no place in an event")
