"""The clock and the ids, which nothing else knows."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4


def clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A text that nobody else has."""
    return uuid4().hex
