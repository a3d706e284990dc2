"""The seven SCIMS tables, filled."""

from pathlib import Path
from typing import Any

import psycopg

from demo.server import ThrowawayServer
from demo.shell import StoryError

USERS = 30_000
FEWEST_USERS = 20
TABLES = ("organizations", "users", "locations", "items", "item_stocks", "blueprints", "crafts")
_HERE = Path(__file__).parent


def create_scims(server: ThrowawayServer, database: str, users: int) -> int:
    """Create and fill the database, and the role that backs it up; return the number of rows."""
    with server.connect("postgres") as connection:
        connection.execute(f'CREATE DATABASE "{database}"'.encode())
        connection.execute("CREATE ROLE scims_backup LOGIN")
        connection.execute("GRANT pg_read_all_data TO scims_backup")
    with server.connect(database) as connection:
        connection.execute((_HERE / "schema.sql").read_bytes())
        connection.execute((_HERE / "populate.sql").read_bytes())
        connection.execute("SELECT pg_temp.populate_scims(%s)", [users])
        connection.execute("ANALYZE")
        return sum(_rows(connection, table) for table in TABLES)


def _rows(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(f'SELECT count(*) FROM "{table}"'.encode()).fetchone()
    if row is None:
        raise StoryError(f"table {table} cannot be counted")
    return int(row[0])
