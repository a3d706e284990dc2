"""Which rows of two proofs are odd beside each other: tables that lost most of theirs, and all together."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.domain.anomaly import FACTOR, LEAST_ROWS, OddRows, OddTable, is_far
from scims_backup.engines.postgresql.rules.proof import Proof


def odd_rows(before: Proof, now: Proof) -> OddRows:
    """Compare the rows that two proofs counted: those of tables that had many, and of all together."""
    tables = [
        odd for name, rows in before.tables.items() if (odd := _odd_table(before, now, name, rows.rows))
    ]
    expected, found = (proof.counts()["rows"] for proof in (before, now))
    return OddRows(
        expected,
        found,
        is_far(expected, found, LEAST_ROWS),
        tuple(sorted(tables, key=_by_loss, reverse=True)),
    )


def _odd_table(before: Proof, now: Proof, name: str, rows: int) -> OddTable | None:
    if rows < LEAST_ROWS:
        return None
    if name in now.tables:
        found = now.tables[name].rows
        return OddTable(name, rows, found) if found * FACTOR < rows else None
    is_there = any(name in objects for objects in now.schema.values())  # only its rows were not read, then
    return None if is_there or _is_partition(before, name) else OddTable(name, rows, None)


def _is_partition(proof: Proof, name: str) -> bool:
    """Say whether a table was a partition: those of a time that is over are dropped as a matter of course."""
    facets: Mapping[str, object] = proof.schema.get("table", {}).get(name, {})
    return "partition_bound" in facets


def _by_loss(odd: OddTable) -> tuple[int, str]:
    return odd.expected - (odd.found or 0), odd.table
