"""How many rows each table has; those of partitions count for the table that they are parts of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from scims_backup.domain.holdings import Holdings

_Facets = Mapping[str, Any]


def rows_by_table(rows: Mapping[str, int], schema: Mapping[str, Mapping[str, _Facets]]) -> Holdings:
    """Return the rows by table. A partition of a time that is over is dropped as a matter of course."""
    tables = schema.get("table", {})
    counts: Counter[str] = Counter()
    for name, number in rows.items():
        counts[_whole(tables, name)] += number
    there = {name for objects in schema.values() for name in objects}
    return Holdings(counts, uncounted=there.difference(counts))


def _whole(tables: Mapping[str, _Facets], name: str) -> str:
    """The table that a partition is a part of, however deep; a document may say that one is its own."""
    for _ in tables:
        facets = tables.get(name, {})
        if "partition_bound" not in facets or not facets.get("parents"):
            break
        name = facets["parents"][0]
    return name
