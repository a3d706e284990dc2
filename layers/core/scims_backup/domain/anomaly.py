"""Whether a backup's size and rows are odd: even a complete archive can contain too little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low

from scims_backup.engines.postgresql.rules.proof import Proof

COMPARED = 7
"""How many earlier backups count: one week, so that a growing database is compared with its recent size."""
NEEDED = 3
"""With fewer backups the median is not yet representative."""
_FACTOR = 2
"""Half and double: weekends, bulk loads and clean-ups stay within; lost tables and runaway logs do not."""
_LEAST_BYTES = 1 << 20
"""A smaller difference is never reported: the dump of an empty schema doubles with a few rows."""
_LEAST_ROWS = 1000
"""Smaller tables (look-up lists, queues) may change completely in a day; a smaller total is not reported."""


@dataclass(frozen=True)
class OddSize:
    """An archive of unusual size in bytes; `expected` is the median of `compared` earlier ones."""

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
    """What is odd about the rows of two backups; tables: the greatest losses first."""

    expected: int
    found: int
    total_is_odd: bool
    tables: tuple[OddTable, ...]

    def __bool__(self) -> bool:
        return self.total_is_odd or bool(self.tables)


def odd_size(earlier: Sequence[int], newest: int) -> OddSize | None:
    """Say whether an archive's bytes are far from the earlier ones'; None if not, or if that is not known.

    earlier: of the archives before it, in any order; with fewer than three of them nothing is known.
    """
    if len(earlier) < NEEDED:
        return None
    usual = median_low(earlier)
    return OddSize(usual, newest, len(earlier)) if _is_far(usual, newest, _LEAST_BYTES) else None


def odd_rows(before: Proof, now: Proof) -> OddRows:
    """Compare the rows that two proofs counted: those of tables that had many, and of all together."""
    tables = [
        odd for name, rows in before.tables.items() if (odd := _odd_table(before, now, name, rows.rows))
    ]
    expected, found = (proof.counts()["rows"] for proof in (before, now))
    return OddRows(
        expected,
        found,
        _is_far(expected, found, _LEAST_ROWS),
        tuple(sorted(tables, key=_by_loss, reverse=True)),
    )


def _odd_table(before: Proof, now: Proof, name: str, rows: int) -> OddTable | None:
    if rows < _LEAST_ROWS:
        return None
    if name in now.tables:
        found = now.tables[name].rows
        return OddTable(name, rows, found) if found * _FACTOR < rows else None
    is_there = any(name in objects for objects in now.schema.values())  # only its rows were not read, then
    return None if is_there or _is_partition(before, name) else OddTable(name, rows, None)


def _is_partition(proof: Proof, name: str) -> bool:
    """Say whether a table was a partition: those of a time that is over are dropped as a matter of course."""
    facets: Mapping[str, object] = proof.schema.get("table", {}).get(name, {})
    return "partition_bound" in facets


def _is_far(usual: int, found: int, least: int) -> bool:
    is_out = found * _FACTOR < usual or found > usual * _FACTOR
    return is_out and abs(found - usual) >= least


def _by_loss(odd: OddTable) -> tuple[int, str]:
    return odd.expected - (odd.found or 0), odd.table
