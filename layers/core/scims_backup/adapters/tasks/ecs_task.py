"""A task as ECS describes it, in its answers and in its events: whose it is, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scims_backup.domain.backup import BackupId
from scims_backup.domain.drill_steps import Running, Stopped
from scims_backup.domain.drill_tags import DrillTags, drill_tag
from scims_backup.domain.errors import UsageError
from scims_backup.domain.sandbox_server import ServerAddress
from scims_backup.ports import TaskOrder

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import KeyValuePairTypeDef, TagTypeDef

_BACKUP, _DRILL, _ATTEMPT, _SOURCE = "SCIMS_BACKUP", "SCIMS_DRILL", "SCIMS_ATTEMPT", "SCIMS_SOURCE"
_NEVER_BEGAN = frozenset({"TaskFailedToStart", "SpotInterruption", "TerminationNotice"})
"""Codes of a stop that says nothing about the drill (ECS, 'Stopped tasks error codes')."""


def started_by(order: TaskOrder) -> str:
    """The word by which the task of an order is found again."""
    return f"{order.drill}-{order.attempt}"


def client_token(order: TaskOrder) -> str:
    """The word by which ECS knows that an order is the same as before: at most 64 characters."""
    return hashlib.sha256(f"{order.backup} {started_by(order)}".encode()).hexdigest()


def variables_of(order: TaskOrder, server: ServerAddress | None = None) -> list[KeyValuePairTypeDef]:
    """The environment that names what the task drills.

    server: that it restores to; None if it makes its sandbox itself.
    """
    values = {
        _BACKUP: str(order.backup),
        _DRILL: order.drill,
        _ATTEMPT: str(order.attempt),
        _SOURCE: order.backup.source,  # the task definition names the stack's first source
    }
    if server is not None:
        values |= server.variables()
    return [{"name": name, "value": value} for name, value in values.items()]


def tags_of(order: TaskOrder) -> list[TagTypeDef]:
    """The tags by which a task is known to be a drill's, and to be no longer wanted."""
    tags = DrillTags(drill_tag(order.backup, order.drill), order.expires)
    return [{"key": key, "value": value} for key, value in tags.written().items()]


def whose(task: Mapping[str, Any]) -> tuple[BackupId, str, int] | None:
    """The backup, the drill and the attempt that a task belongs to; None if it is no drill's."""
    found = {
        variable["name"]: variable["value"]
        for container in task.get("overrides", {}).get("containerOverrides", [])
        for variable in container.get("environment", [])
    }
    try:
        return BackupId.parse(found[_BACKUP]), found[_DRILL], int(found[_ATTEMPT])
    except (KeyError, ValueError, UsageError):
        return None


def is_of(task: Mapping[str, Any], order: TaskOrder) -> bool:
    """Say whether a task is an order's, by what only its starter could write: who started it, and its tag."""
    tags = _tags(task)
    if tags is None or tags.drill != drill_tag(order.backup, order.drill):
        return False
    return task.get("startedBy") == started_by(order)


def became(task: Mapping[str, Any], attempt: int) -> Running | Stopped:
    """What a task is doing, or why it stopped."""
    if task.get("lastStatus") != "STOPPED":
        return Running()
    return Stopped(attempt, _why(task), began=task.get("stopCode") not in _NEVER_BEGAN)


def has_expired(task: Mapping[str, Any], now: datetime) -> bool:
    """Say whether a task is a drill's and has expired."""
    tags = _tags(task)
    return tags is not None and tags.have_expired(now)


def _tags(task: Mapping[str, Any]) -> DrillTags | None:
    return DrillTags.among({tag["key"]: tag["value"] for tag in task.get("tags", [])})


def _why(task: Mapping[str, Any]) -> str:
    parts = [str(task.get("stopCode") or ""), str(task.get("stoppedReason") or ""), *_containers(task)]
    return ": ".join(dict.fromkeys(filter(None, parts))) or "no reason given"


def _containers(task: Mapping[str, Any]) -> Iterable[str]:
    for container in task.get("containers", []):
        if container.get("reason"):
            yield str(container["reason"])
        if container.get("exitCode") is not None:
            yield f"exit code {container['exitCode']}"
