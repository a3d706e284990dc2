"""What triggered a function: a schedule, an object in S3, a task's change of state, or a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from scims_backup.domain.errors import UsageError

Trigger = Mapping[str, Any]
_Action = TypeVar("_Action", bound=StrEnum)

_WORDS: Mapping[type, str] = {str: "a text that is not empty", bool: "true or false"}

OBJECT_CREATED = "Object Created"
SERVER_CHANGED = "RDS DB Instance Event"
TASK_CHANGED = "ECS Task State Change"


def detail_type(event: Trigger) -> str:
    """The kind of an EventBridge event; empty for what is none."""
    return str(event.get("detail-type", ""))


def action(event: Trigger, known: type[_Action], default: _Action | None = None) -> _Action:
    """What a schedule or a person asks for. Raise UsageError if that is not known.

    default: what an event without an action asks for; None if it must name one.
    """
    asked = str(event.get("action", default or ""))
    try:
        return known(asked)
    except ValueError:
        raise UsageError(f"action {asked!r} is not known", f"one of {', '.join(known)}") from None


def refuse_others(event: Trigger, known: Mapping[str, type]) -> None:
    """Raise UsageError for whatever would be overlooked: unknown keys, other types, empty texts."""
    for key, value in event.items():
        if key not in known:
            raise UsageError(f"{key!r} is not known", f"one of {', '.join(known)}")
        if not isinstance(value, known[key]) or value == "":
            raise UsageError(f"{key} {value!r} is invalid", f"write {_WORDS[known[key]]}")


def confirmed(event: Trigger) -> str | None:
    """The digest of the plan that a person confirms; None without one. Raise UsageError if it is not text."""
    digest = event.get("confirm")
    if digest is not None and (not isinstance(digest, str) or not digest):
        raise UsageError(f"confirm {digest!r} is invalid", "give the digest of the plan that was shown")
    return digest


def source_named(event: Trigger) -> str | None:
    """The source that a schedule or a person names; None without one. Raise UsageError if it is not text."""
    name = event.get("source")
    if name is not None and (not isinstance(name, str) or not name):
        raise UsageError(f"source {name!r} is invalid", "write the source's name")
    return name


def scheduled(event: Trigger) -> datetime | None:
    """The time for which a schedule triggered the run; None by hand. Raise UsageError if it is not a time."""
    text = event.get("scheduled")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise UsageError(
            f"scheduled {text!r} is not a valid time", "write it as 2026-11-22T02:00:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def created_key(event: Trigger) -> str:
    """The key of the object in an S3 event from EventBridge. Raise UsageError if the event names none."""
    from aws_lambda_powertools.utilities.data_classes import S3EventBridgeNotificationEvent  # noqa: PLC0415

    try:
        return str(S3EventBridgeNotificationEvent(dict(event)).detail.object.key)
    except (KeyError, TypeError):
        raise UsageError(
            "the event names no object", "events must come from S3 through EventBridge"
        ) from None
