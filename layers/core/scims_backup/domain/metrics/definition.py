"""What a metric is, whoever writes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """The unit of a metric's values."""

    COUNT = "count"
    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    BYTES = "bytes"
    BYTES_A_SECOND = "bytes per second"
    RATIO = "ratio, 0 to 1"
    PERCENT = "percent"
    MOMENT = "Unix time, seconds"
    STATE = "1 or 0"


@dataclass(frozen=True)
class Definition:
    """One metric.

    name: as it is written
    dimensions: the names of its labels
    meaning: of its value, as a sentence without its end
    """

    name: str
    unit: Unit
    dimensions: tuple[str, ...]
    meaning: str
