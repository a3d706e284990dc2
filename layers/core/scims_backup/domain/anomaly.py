"""Whether a backup's size and rows are odd beside those before it: a whole archive can hold too little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from scims_backup.domain.words import ROWS_OF_TABLES, Words

COMPARED = 7
"""Earlier backups that count: a week of nights, so that a database that grows is held against itself."""
NEEDED = 3
"""With fewer the median is no habit yet, but a chance."""
FACTOR = 2
"""Half and double: weekends, bulk loads and clean-ups stay within, lost tables and runaway logs do not."""
_LEAST_BYTES = 1 << 20
"""Less is no news, whatever its share: an empty schema's dump doubles with a few rows."""
LEAST_ROWS = 1000
"""Smaller tables (look-up lists, queues) may change altogether in a day; less than this is no news in all."""


@dataclass(frozen=True)
class OddSize:
    """An archive that is far from what is usual. expected: the median of so many earlier ones; bytes."""

    expected: int
    found: int
    compared: int


@dataclass(frozen=True)
class OddTable:
    """A table that lost most of its rows. found: None if the table is gone."""

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
