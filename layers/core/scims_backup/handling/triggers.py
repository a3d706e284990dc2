"""What woke a function: a schedule, an object in S3, a task's change of state, or somebody by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scims_backup.domain.errors import UsageError

Trigger = Mapping[str, Any]

_WORDS: Mapping[type, str] = {str: "a text that is not empty", bool: "true or false"}

OBJECT_CREATED = "Object Created"
TASK_CHANGED = "ECS Task State Change"


def detail_type(event: Trigger) -> str:
    """The kind of an EventBridge event; empty for what is none."""
    return str(event.get("detail-type", ""))


def action(event: Trigger, default: str, known: tuple[str, ...]) -> str:
    """What a schedule or a person asks for. Raise UsageError if that is not known."""
    asked = str(event.get("action", default))
    if asked not in known:
        raise UsageError(f"action {asked!r} is not known", f"one of {', '.join(known)}")
    return asked


def refuse_others(event: Trigger, known: Mapping[str, type]) -> None:
    """Raise UsageError for whatever would be overlooked: unknown keys, other types, empty texts."""
    for key, value in event.items():
        if key not in known:
            raise UsageError(f"{key!r} is not known", f"one of {', '.join(known)}")
        if not isinstance(value, known[key]) or value == "":
            raise UsageError(f"{key} {value!r} is not usable", f"write {_WORDS[known[key]]}")


def confirmed(event: Trigger) -> str | None:
    """The digest of the plan that a person confirms; None without one. Raise UsageError if it is no text."""
    digest = event.get("confirm")
    if digest is not None and (not isinstance(digest, str) or not digest):
        raise UsageError(f"confirm {digest!r} is not usable", "write the digest of the plan that was shown")
    return digest


def scheduled(event: Trigger) -> datetime | None:
    """The time for which a schedule woke the function; None by hand. Raise UsageError if it is no time."""
    text = event.get("scheduled")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise UsageError(f"scheduled {text!r} is no time", "write it as 2026-11-22T02:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def created_key(event: Trigger) -> str:
    """The key of the object of which S3 tells by EventBridge. Raise UsageError if it tells of none."""
    from aws_lambda_powertools.utilities.data_classes import S3EventBridgeNotificationEvent  # noqa: PLC0415

    try:
        return str(S3EventBridgeNotificationEvent(dict(event)).detail.object.key)
    except (KeyError, TypeError):
        raise UsageError("the event tells of no object", "events come from S3 by EventBridge") from None
