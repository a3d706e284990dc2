"""Which tables a database holds, and in which units their rows are proven."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.proving.columns import Column
from scims_backup.engines.postgresql.rules.names import qualified

# a table that was dropped meanwhile has null privileges: reading it will say what happened
TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.relispopulated, i.inhparent, p.partstrat::text,
       e.extname,
       (SELECT pg_catalog.array_agg(e.extcondition[at])
          FROM pg_catalog.generate_subscripts(e.extconfig, 1) AS at WHERE e.extconfig[at] = c.oid)
           = ARRAY[''] AS wholly_dumped,
       coalesce(pg_catalog.pg_table_size(c.oid), 0)::bigint AS bytes,
       greatest(c.reltuples, 0)::bigint AS estimate,
       coalesce(pg_catalog.has_table_privilege(c.oid, 'SELECT')
           AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'), true) AS readable,
       pg_catalog.row_security_active(c.oid) AS filtered,
       c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery() AS out_of_reach
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
LEFT JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = c.oid
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
     AND d.objsubid = 0 AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
ORDER BY bytes DESC, n.nspname, c.relname
"""

COLUMNS = """
WITH RECURSIVE base (oid, type) AS (
    SELECT oid, oid FROM pg_catalog.pg_type WHERE typtype <> 'd'
    UNION ALL
    SELECT t.oid, base.type FROM pg_catalog.pg_type t JOIN base ON t.typbasetype = base.oid
    WHERE t.typtype = 'd'
)
SELECT a.attrelid, a.attname, base.type, coalesce(l.collisdeterministic, true)
FROM pg_catalog.pg_attribute a
JOIN base ON base.oid = a.atttypid
LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
"""


UNLOGGED = "is unlogged: a standby has none of its content, so a dump taken there has none either"


@dataclass(frozen=True)
class Table:
    """One row of the catalog, as TABLES reads it.

    bytes: with TOAST
    estimate: of rows

    wholly_dumped: whether its extension marks all its rows for dumps (pg_extension_config_dump); None where
        it marks none or there is no extension
    out_of_reach: it is unlogged, and the server is a standby
    """

    oid: int
    schema: str
    name: str
    kind: str
    populated: bool
    parent: int | None
    strategy: str | None
    extension: str | None
    wholly_dumped: bool | None
    bytes: int
    estimate: int
    readable: bool
    filtered: bool
    out_of_reach: bool

    @property
    def qualified(self) -> str:
        """The name in proofs and findings."""
        return qualified(self.schema, self.name)

    @property
    def judged(self) -> bool:
        """Whether a restore must restore exactly the same rows."""
        return self.kind != "m" and (self.extension is None or bool(self.wholly_dumped))


@dataclass(frozen=True)
class Unit:
    """Rows that are proven together: a table alone, or a hash-partitioned one with all its partitions.

    leaves: OIDs of the tables that hold the rows
    judged: false where a restore may change them harmlessly
    """

    table: Table
    columns: tuple[Column, ...]
    leaves: tuple[int, ...]
    judged: bool

    @property
    def with_children(self) -> bool:
        """Whether the query must reach through the partitions."""
        return self.table.kind == "p"


@dataclass(frozen=True)
class Inventory:
    """All units, largest first, and what is not read, with the reason."""

    units: Sequence[Unit]
    unjudged: Mapping[str, str]
    tables: Sequence[Table]

    @property
    def bytes(self) -> int:
        """Size of all tables, the measure for the dump's progress."""
        return sum(table.bytes for table in self.tables)

    @property
    def rows(self) -> int:
        """The planner's estimate of all rows, the measure for the proof's progress."""
        return sum(table.estimate for table in self.tables if table.kind == "r")


def read_inventory(connection: Connection) -> Inventory:
    """Read which tables there are, within the connection's snapshot."""
    tables = {row[0]: Table(*row) for row in connection.execute(TABLES).fetchall()}
    roots, unjudged = _units_of(tables), _unjudged(tables)
    columns = _columns_of(connection, roots)
    units = [
        Unit(root, columns.get(root.oid, ()), tuple(leaves), root.judged)
        for root, leaves in roots.items()
        if f"table {root.qualified}" not in unjudged or _is_reported(root)
    ]
    return Inventory(units, unjudged, tuple(tables.values()))


def _units_of(tables: Mapping[int, Table]) -> dict[Table, list[int]]:
    """Each table to be queried, with the tables whose rows its query reads."""
    leaves: dict[Table, list[int]] = {}
    for table in tables.values():
        if table.kind in "rm":
            leaves.setdefault(_top_hash(table, tables) or table, []).append(table.oid)
    for table in tables.values():
        if table.kind == "p" and table.strategy == "h" and _top_hash(table, tables) is None:
            leaves.setdefault(table, [])  # a hash-partitioned table that has no partition yet
    return dict(sorted(leaves.items(), key=lambda item: -sum(tables[oid].bytes for oid in item[1])))


def _top_hash(table: Table, by_oid: Mapping[int, Table]) -> Table | None:
    """The topmost hash-partitioned ancestor: below it a restore may distribute rows otherwise."""
    found, parent = None, table.parent
    while parent is not None and parent in by_oid:
        if by_oid[parent].strategy == "h":
            found = by_oid[parent]
        parent = by_oid[parent].parent
    return found


def _columns_of(connection: Connection, tables: Iterable[Table]) -> dict[int, tuple[Column, ...]]:
    found: dict[int, list[Column]] = {}
    for oid, *column in connection.execute(COLUMNS, [[table.oid for table in tables]]):
        found.setdefault(oid, []).append(Column(*column))
    # by name: a restore may order the columns of an inheriting table otherwise
    return {oid: tuple(sorted(columns, key=lambda column: column.name)) for oid, columns in found.items()}


def _unjudged(tables: Mapping[int, Table]) -> dict[str, str]:
    reasons = {table: _reason_unjudged(table) for table in tables.values() if table.kind != "p"}
    for table in tables.values():
        root = _top_hash(table, tables)
        if root is not None and reasons.get(table) is not None:
            reasons[root] = f"cannot be read completely: {table.qualified} {reasons[table]}"
    return {f"table {table.qualified}": reason for table, reason in reasons.items() if reason is not None}


def _is_reported(table: Table) -> bool:
    """Whether rows that are not judged are at least counted on both sides: who loses some, reads of it."""
    may_be_read = table.readable and not table.filtered and not table.out_of_reach
    return table.kind == "r" and table.extension is not None and may_be_read


def _reason_unjudged(table: Table) -> str | None:
    if table.kind == "f":
        return "is a foreign table: its rows are on another server"
    if table.extension is not None and not table.wholly_dumped:
        return f"belongs to extension {table.extension}, which decides which of its rows are dumped"
    if table.out_of_reach:
        return UNLOGGED
    if not table.populated:
        return "is a materialized view without data"
    if table.kind == "m" and not table.readable:
        return "is a materialized view that the backup's role may not read"
    return None
