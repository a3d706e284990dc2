"""How each column goes into a row's hash: by its binary value where that is exact, else as text."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

EXACT_TYPES = frozenset(
    {
        16,  # boolean
        17,  # bytea
        18,  # "char"
        19,  # name
        21,  # smallint
        23,  # integer
        25,  # text
        1043,  # character varying
        1082,  # date
        2950,  # uuid
    }
)
"""OIDs (pg_type.dat) whose hash depends on the value alone and differs for any two different values.

All others but BYTES_OF go through their output function: some hash by OID (enum, reg*), some compare
equal while different (numeric, float, jsonb, citext, interval, character with blanks), some have no hash
(json, xml, point, money, bit, tsvector), and containers such as arrays forget their bounds.
"""

BYTES_OF = {
    20: "int8send",  # bigint
    1083: "time_send",  # time
    1114: "timestamp_send",  # timestamp
    1184: "timestamptz_send",  # timestamp with time zone
}
"""Types whose own hash folds 64 bits into 32 (hashint8 in hashfunc.c: 1 and 4294967296 have one hash)."""


@dataclass(frozen=True)
class Column:
    """One column.

    base_type: the OID of its type below all domains
    deterministic: its collation is
    """

    name: str
    base_type: int
    deterministic: bool

    def hashed(self) -> sql.Composable:
        """The expression that stands for the column in the row to be hashed."""
        column = sql.Identifier(self.name)
        if self.base_type in BYTES_OF:
            return sql.SQL("pg_catalog.{}({})").format(sql.SQL(BYTES_OF[self.base_type]), column)
        if self.base_type not in EXACT_TYPES:
            # concat() calls the output function itself, so no user-defined cast can intervene
            # num_nulls() and not IS NULL: a composite of nulls is not null
            return sql.SQL(
                "CASE WHEN pg_catalog.num_nulls({0}) OPERATOR(pg_catalog.=) 0"
                ' THEN pg_catalog.concat({0}) END COLLATE pg_catalog."C"'
            ).format(column)
        if not self.deterministic:
            return sql.SQL('({}) COLLATE pg_catalog."C"').format(column)
        return column
