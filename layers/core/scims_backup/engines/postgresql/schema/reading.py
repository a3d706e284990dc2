"""Read every family of objects, and put comments and labels to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from psycopg import errors

from scims_backup.domain.errors import SourceChangedError
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.connect.postgres_errors import reason
from scims_backup.engines.postgresql.rules.proof import Facet, Schema
from scims_backup.engines.postgresql.schema import (
    columns,
    constraints,
    database,
    foreign_data,
    functions,
    indexes,
    large_objects,
    operators,
    policies,
    privileges,
    procedural,
    relations,
    replication,
    roles,
    sequences,
    text_search,
    triggers_rules,
    types,
)
from scims_backup.engines.postgresql.schema.comments import read_comments, read_labels
from scims_backup.engines.postgresql.schema.entries import Query, Row, shaped

FAMILIES = (
    relations,
    columns,
    constraints,
    indexes,
    sequences,
    functions,
    triggers_rules,
    policies,
    types,
    operators,
    text_search,
    procedural,
    foreign_data,
    replication,
    privileges,
    large_objects,
    database,
    roles,
)
_ALWAYS_PRINTED = ("definition", "arguments")
"""Facets that are None only if the object is gone by now, which the snapshot cannot show."""
_PART = 100
"""This many definitions that lock relations are read before the locks are released."""


def read_schema(connection: Connection) -> Schema:
    """Read the schema in the connection's own transaction, whose settings are pinned.

    Locks are released before it returns. Raise SourceChangedError if a definition vanished meanwhile.
    """
    schema: dict[str, dict[str, dict[str, Facet]]] = {}
    queries = [query for family in FAMILIES for query in family.QUERIES]
    for row, facets in described(connection, queries):
        schema.setdefault(row.kind, {})[row.name] = facets
    return schema


def described(connection: Connection, queries: Iterable[Query]) -> Iterator[tuple[Row, dict[str, Facet]]]:
    """Yield every object that some queries find, with its comment and labels. Raise as `read_schema`."""
    comments, labels = read_comments(connection), read_labels(connection)
    for row in _rows(connection, queries):
        facets = shaped(row.facets)
        if row.address in comments:
            facets["comment"] = comments[row.address]
        if row.address in labels:
            facets["labels"] = sorted(labels[row.address])
        if any(facets.get(facet, "") is None for facet in _ALWAYS_PRINTED):
            raise SourceChangedError(
                f"{row.kind} {row.name} was dropped while the schema was being read", "try again"
            )
        yield row, facets


def _rows(connection: Connection, queries: Iterable[Query]) -> Iterator[Row]:
    version = connection.info.server_version
    ((superuser,),) = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    for query in queries:
        if query.fits(version, superuser):
            yield from _read(connection, query)


def _read(connection: Connection, query: Query) -> Iterator[Row]:
    if query.locking is None:
        yield from _released(connection, query, None)
        return
    ((count,),) = connection.execute(query.locking)
    parts = 1 + count // _PART
    for part in range(parts):
        yield from _released(connection, query, {"part": part, "parts": parts})


def _released(connection: Connection, query: Query, parameters: dict[str, int] | None) -> list[Row]:
    """Run a query in a savepoint that is rolled back, which releases the locks that it took.

    Names are quoted only where they must be: a proof is read by people.
    """
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL quote_all_identifiers = off")
            return [Row(*row) for row in connection.execute(query.text, parameters)]
    except errors.InternalError_ as error:
        # what the snapshot still shows is printed as it is now: the server no longer finds it
        raise SourceChangedError(
            f"the schema changed while it was being read: {reason(error)}", "try again"
        ) from None
