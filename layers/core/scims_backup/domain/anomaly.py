"""Whether a backup's size and rows are odd: even a complete archive can contain too little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from scims_backup.domain.words import ROWS_OF_TABLES, Words

COMPARED = 7
"""How many earlier backups count: one week, so that a growing database is compared with its recent size."""
NEEDED = 3
"""With fewer backups the median is not yet representative."""
FACTOR = 2
"""Half and double: weekends, bulk loads and clean-ups stay within; lost tables and runaway logs do not."""
_LEAST_BYTES = 1 << 20
"""A smaller difference is never reported: the dump of an empty schema doubles with a few rows."""
LEAST_ROWS = 1000
"""Smaller tables (look-up lists, queues) may change completely in a day; a smaller total is not reported."""


@dataclass(frozen=True)
class OddSize:
    """An archive of unusual size in bytes; `expected` is the median of `compared` earlier ones."""

    expected: int
    found: int
    compared: int


@dataclass(frozen=True)
class OddTable:
    """A table that lost most of its rows.

    found: None if the table is gone.
    """

    table: str
    expected: int
    found: int | None


@dataclass(frozen=True)
class OddRows:
    """What is odd about the rows of two backups.

    tables: the greatest losses first.
    words: what the engine calls rows and tables.
    """

    expected: int
    found: int
    total_is_odd: bool
    tables: tuple[OddTable, ...]
    words: Words = ROWS_OF_TABLES

    def __bool__(self) -> bool:
        return self.total_is_odd or bool(self.tables)


def odd_size(earlier: Sequence[int], newest: int) -> OddSize | None:
    """Say whether an archive's bytes are far from the earlier ones'; None if not, or if that is not known.

    earlier: of the archives before it, in any order; with fewer than three of them nothing is known.
    """
    if len(earlier) < NEEDED:
        return None
    usual = median_low(earlier)
    return OddSize(usual, newest, len(earlier)) if is_far(usual, newest, _LEAST_BYTES) else None


def is_far(usual: int, found: int, least: int) -> bool:
    """Say whether a figure is out of the habit, and by at least so much."""
    is_out = found * FACTOR < usual or found > usual * FACTOR
    return is_out and abs(found - usual) >= least
