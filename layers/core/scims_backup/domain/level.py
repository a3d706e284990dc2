"""How deep a proof looks."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """Things (rows, keys) counted only, or counted and their content digested."""

    COUNTS = "counts"
    FULL = "full"
