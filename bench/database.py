"""A SCIMS database of a wanted size, for measuring."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support.servers import PostgresServer

_DEMO = Path(__file__).parents[1] / "demo"
_USERS = 40_000
_REPEATED = 10
_GROWN = ("item_stocks", "crafts", "users", "items")
_SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "autovacuum": "off", "work_mem": "64MB"}


@dataclass(frozen=True)
class BenchDatabase:
    """A server with one database to be measured."""

    server: PostgresServer
    name: str

    @property
    def url(self) -> str:
        """Its libpq URL."""
        return self.server.url(self.name)

    def facts(self) -> str:
        """Size and rows, for the report."""
        with self.server.connect(self.name) as connection:
            row = connection.execute(
                "SELECT pg_size_pretty(pg_database_size(current_database())), sum(reltuples)::bigint"
                " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchone()
        return f"{row[0]}, {row[1]:,} rows" if row else "unknown"


@contextmanager
def bench_database(gigabytes: float) -> Iterator[BenchDatabase]:
    """Make a server and fill a database to about so many gigabytes, indexes among them."""
    with PostgresServer(settings=_SETTINGS) as server:
        server.create_database("scims")
        with server.connect("scims") as connection:
            connection.execute((_DEMO / "schema.sql").read_bytes())
            connection.execute((_DEMO / "populate.sql").read_bytes())
            connection.execute("SELECT pg_temp.populate_scims(%s)", [_USERS])
            _grow(connection, gigabytes)
            connection.execute("VACUUM (ANALYZE, FREEZE)")
        yield BenchDatabase(server, "scims")


def _grow(connection: psycopg.Connection[Any], gigabytes: float) -> None:
    """Repeat the large tables' rows until the database is large enough: quicker than making new ones."""
    for table in _GROWN:
        connection.execute(f"CREATE TABLE {table}_more (LIKE {table})")
    while _size(connection) < gigabytes * 1e9:
        for table in _GROWN:
            connection.execute(
                f"INSERT INTO {table}_more SELECT {table}.* FROM {table}, generate_series(1, {_REPEATED})"
            )


def _size(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0
