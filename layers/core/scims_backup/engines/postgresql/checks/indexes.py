"""The structure of tables and B-tree indexes, by PostgreSQL's extension amcheck."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.postgresql.checks.read_only import OF_USERS, Outcomes, looking, not_looked_at
from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.rules.names import qualified
from scims_backup.engines.postgresql.schema.event_triggers import let_fire, silence

_WHAT = "structure of indexes and tables"
_SCHEMA = "scims_backup_amcheck"
_DAMAGE = (errors.IndexCorrupted, errors.DataCorrupted)
_INSTALLED = """
SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'amcheck'
"""
_INDEXES = """
SELECT c.oid, n.nspname, c.relname
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' AND c.relpersistence <> 't'
  JOIN pg_catalog.pg_am m ON m.oid = c.relam AND m.amname = 'btree'
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE i.indisvalid AND i.indisready AND i.indislive AND {of_users}
 ORDER BY 2, 3
"""
_TABLES = """
SELECT c.oid, n.nspname, c.relname
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_am m ON m.oid = c.relam AND m.amname = 'heap'
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND {of_users}
 ORDER BY 2, 3
"""
# the second argument makes sure that every row of the table is found in the index
_CHECK_INDEX = "SELECT {schema}.bt_index_check({oid}::pg_catalog.oid::pg_catalog.regclass, true)"
_CHECK_TABLE = """
SELECT pg_catalog.count(*)
  FROM {schema}.verify_heapam({oid}::pg_catalog.oid::pg_catalog.regclass, check_toast => true)
"""


def check(connection: Connection, *, may_install: bool) -> Outcomes:
    """Verify every valid B-tree index against its table, and every table's own structure."""
    with _amcheck(connection, may_install=may_install) as schema:
        if isinstance(schema, NotChecked):
            yield schema
            return
        for oid, namespace, name in _listed(connection, _INDEXES):
            yield from _index(connection, schema, oid, f"index {qualified(namespace, name)}")
        for oid, namespace, name in _listed(connection, _TABLES):
            yield from _table(connection, schema, oid, f"table {qualified(namespace, name)}")


def _index(connection: Connection, schema: str, oid: int, what: str) -> Outcomes:
    query = sql.SQL(_CHECK_INDEX).format(schema=sql.Identifier(schema), oid=sql.Literal(oid))
    try:
        with looking(connection):
            connection.execute(query)
    except _DAMAGE as error:
        yield Finding("index-damaged", what, "every row of its table, in order", _primary(error))
    except psycopg.Error as error:
        yield not_looked_at(connection, what, error)


def _table(connection: Connection, schema: str, oid: int, what: str) -> Outcomes:
    query = sql.SQL(_CHECK_TABLE).format(schema=sql.Identifier(schema), oid=sql.Literal(oid))
    try:
        with looking(connection):
            ((damages,),) = connection.execute(query).fetchall()
    except _DAMAGE as error:
        yield Finding("table-damaged", what, "an intact structure", _primary(error))
    except psycopg.Error as error:
        yield not_looked_at(connection, what, error)
    else:
        if damages:
            yield Finding("table-damaged", what, "an intact structure", f"damages: {damages}")


def _primary(error: psycopg.Error) -> str:
    return error.diag.message_primary or type(error).__name__


def _listed(connection: Connection, query: str) -> list[tuple[int, str, str]]:
    return connection.execute(sql.SQL(query).format(of_users=sql.SQL(OF_USERS))).fetchall()


@contextmanager
def _amcheck(connection: Connection, *, may_install: bool) -> Iterator[str | NotChecked]:
    """Yield the schema of amcheck, or why there is none; where it may be, it is installed meanwhile."""
    installed = connection.execute(_INSTALLED).fetchone()
    if installed is not None:
        yield installed[0]
    elif not may_install:
        yield NotChecked(_WHAT, "the extension amcheck is not installed in this database")
    else:
        try:
            _install(connection)
        except psycopg.Error as error:
            yield not_looked_at(connection, _WHAT, error)
            return
        try:
            yield _SCHEMA
        finally:
            _change(connection, "DROP EXTENSION amcheck", f"DROP SCHEMA {_SCHEMA}")


def _install(connection: Connection) -> None:
    _change(connection, f"CREATE SCHEMA {_SCHEMA}", f"CREATE EXTENSION amcheck SCHEMA {_SCHEMA}")


def _change(connection: Connection, *statements: str) -> None:
    """Change the sandbox's database, whose own settings and event triggers are not to have a say in it."""
    with connection.transaction():
        connection.execute("SET TRANSACTION READ WRITE")
        connection.execute("SET LOCAL session_replication_role = replica")
        silenced = silence(connection)
        for statement in statements:
            connection.execute(statement.encode())
        let_fire(connection, silenced)
