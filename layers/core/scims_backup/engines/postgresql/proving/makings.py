"""Extensions created in a scratch database, to separate their own contents from users' changes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import Connection, connected
from scims_backup.engines.postgresql.connect.postgres_errors import translating
from scims_backup.engines.postgresql.rules.proof import Schema
from scims_backup.engines.postgresql.schema import read_members

_THERE = """
SELECT e.extname, n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
"""
# the version itself first; the others lead to it by an update, which may leave other objects behind
_WAYS = """
SELECT v.version
  FROM pg_available_extension_versions AS v
  LEFT JOIN pg_extension_update_paths(%(name)s) AS p
    ON p.source = v.version AND p.target = %(version)s AND p.path IS NOT NULL
 WHERE v.name = %(name)s AND (v.version = %(version)s OR p.path IS NOT NULL)
 ORDER BY v.version <> %(version)s, v.version
"""
_REQUIRED = """
SELECT unnest(v.requires)
  FROM pg_available_extension_versions AS v
 WHERE v.name = %(name)s AND v.version = %(version)s
"""
_DEFAULT_VERSION = "SELECT default_version FROM pg_available_extensions WHERE name = %s"


def makings(address: Address, name: str, version: str) -> Sequence[Schema]:
    """Make a version of an extension in every way that this server has, and read its objects each time.

    address: of a database of a server that is ours; a database beside it is made, and dropped.
    Raise SourceError if that fails; a way that does not lead there is left out.
    """
    with (
        connected(address) as beside,
        translating(f"creating extension {name} in a scratch database on {address}"),
    ):
        beside.autocommit = True
        schemas = dict(beside.execute(_THERE).fetchall())
        ways = beside.execute(_WAYS, {"name": name, "version": version}).fetchall()
        with _scratch(beside, address) as scratch:
            made = [_made(scratch, schemas, name, version, way) for (way,) in ways]
    return [one for one in made if one is not None]


@contextmanager
def _scratch(beside: Connection, address: Address) -> Iterator[Address]:
    database = f"scims_making_{secrets.token_hex(8)}"
    identifier = sql.Identifier(database)
    beside.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(identifier))
    try:
        yield address.beside(database)
    finally:
        beside.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(identifier))


def _made(scratch: Address, schemas: Mapping[str, str], name: str, version: str, way: str) -> Schema | None:
    with connected(scratch) as connection:
        try:
            connection.execute("SET TRANSACTION READ WRITE")
            _create(connection, schemas, name, way)
            if way != version:
                update = sql.SQL("ALTER EXTENSION {} UPDATE TO {}")
                connection.execute(update.format(sql.Identifier(name), sql.Identifier(version)))
            return read_members(connection)
        except psycopg.Error:
            return None  # not a way: the version needs what this server has not


def _create(connection: Connection, schemas: Mapping[str, str], name: str, version: str) -> None:
    """Create an extension in the schema that it has, after those that it needs."""
    for (required,) in connection.execute(_REQUIRED, {"name": name, "version": version}).fetchall():
        there = connection.execute("SELECT FROM pg_extension WHERE extname = %s", [required]).fetchone()
        if there is None:
            ((default,),) = connection.execute(_DEFAULT_VERSION, [required]).fetchall()
            _create(connection, schemas, required, default)
    create = sql.SQL("CREATE EXTENSION {} {} VERSION {}")
    place: sql.Composable = sql.SQL("")
    if (schema := schemas.get(name)) is not None:
        place = sql.SQL("SCHEMA {}").format(sql.Identifier(schema))
        if not schema.startswith("pg_"):
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    connection.execute(create.format(sql.Identifier(name), place, sql.Identifier(version)))
