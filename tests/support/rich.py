"""A database with about everything in it, dumped and restored beside itself on the same server."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect.connection import Connection, pin
from scims_backup.engines.postgresql.rules.proof import Proof, Rows
from scims_backup.engines.postgresql.schema import read_schema, read_server
from tests.support.databases import Database
from tests.support.servers import PostgresServer

_STATEMENTS = Path(__file__).with_name("rich_schema")
_SINCE = {"base.sql": 0, "since_15.sql": 15, "since_17.sql": 17, "since_18.sql": 18}
_ROLES = ("rich_owner", "rich_app", "Rich Reader")
_NAME = "rich"
_DATABASE_LEVEL = """
ALTER DATABASE rich SET work_mem = '7MB';
ALTER DATABASE rich SET app.secret = 'secret of the database';
ALTER ROLE rich_app IN DATABASE rich SET statement_timeout = '5s';
ALTER ROLE rich_app IN DATABASE rich SET app.key = 'secret of a role here';
ALTER ROLE rich_app SET app.key = 'secret of a role';
ALTER ROLE rich_app SET work_mem = '6MB';
ALTER ROLE rich_app CONNECTION LIMIT 7 VALID UNTIL '2099-01-01';
GRANT rich_owner TO rich_app WITH ADMIN OPTION;
GRANT pg_monitor TO "Rich Reader";
COMMENT ON ROLE rich_app IS 'the application';
REVOKE TEMPORARY ON DATABASE rich FROM PUBLIC;
GRANT TEMPORARY ON DATABASE rich TO rich_app;
COMMENT ON DATABASE rich IS 'rich';
ALTER DATABASE rich CONNECTION LIMIT 50;
"""


@dataclass(frozen=True)
class Rich:
    """The source, and what a restore of its dump made."""

    source: Database
    restored: Database


@contextmanager
def rich(server: PostgresServer) -> Iterator[Rich]:
    """Build the source, dump it, restore the dump, and remove both and the roles at the end."""
    with server.connect() as connection:
        for role in _ROLES:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    try:
        yield _built(server)
    finally:
        for name in ("rich_source", "rich"):
            _drop(server, name)
        with server.connect() as connection:
            for role in _ROLES:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def proven(connection: Connection) -> Proof:
    """Read the schema alone, as a proof without rows."""
    return Proof(Level.FULL, read_server(connection), {}, {}, Rows(0, None), read_schema(connection))


@contextmanager
def reading(database: Database, user: str | None = None) -> Iterator[Connection]:
    """Connect as the adapter does: pinned, in one transaction, which is rolled back."""
    with psycopg.connect(database.server.url(database.name, user)) as connection:
        pin(connection)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction(force_rollback=True):
            yield connection


def _built(server: PostgresServer) -> Rich:
    server.create_database(_NAME, options="OWNER rich_owner")
    for file, since in _SINCE.items():
        if server.major >= since:
            server.execute((_STATEMENTS / file).read_text(), _NAME)
    server.execute(_DATABASE_LEVEL)
    with server.connect(_NAME) as connection, _expecting_failure():
        connection.execute("CREATE UNIQUE INDEX CONCURRENTLY invalid_index ON inventory.twice (a)")
    with tempfile.NamedTemporaryFile(suffix=".dump") as archive:
        _run(server, "pg_dump", "--format=custom", f"--file={archive.name}", server.url(_NAME))
        server.execute("ALTER DATABASE rich RENAME TO rich_source")
        _run(server, "pg_restore", "--exit-on-error", "--create", f"--dbname={server.url()}", archive.name)
    return Rich(Database(server, "rich_source"), Database(server, _NAME))


@contextmanager
def _expecting_failure() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation:
        return
    raise AssertionError("the index should have stayed invalid")


def _run(server: PostgresServer, program: str, *arguments: str) -> None:
    subprocess.run([str(server.programs / program), *arguments], check=True)


def _drop(server: PostgresServer, name: str) -> None:
    with server.connect() as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if known:
        with server.connect(name) as connection:
            for (subscription,) in connection.execute(
                "SELECT subname FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid"
                " WHERE d.datname = current_database()"
            ).fetchall():
                identifier = sql.Identifier(subscription)
                connection.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(identifier))
                connection.execute(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(identifier))
                connection.execute(sql.SQL("DROP SUBSCRIPTION {}").format(identifier))
        server.drop_database(name)
