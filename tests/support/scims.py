"""The SCIMS database of the demo, small, for tests."""

from pathlib import Path

from tests.support.databases import Database

TABLES = ("blueprints", "crafts", "item_stocks", "items", "locations", "organizations", "users")
_DEMO = Path(__file__).parents[2] / "demo"


def load_scims(database: Database, users: int = 200) -> None:
    """Create the SCIMS schema and its rows; item_stocks has four rows for each user, crafts three."""
    with database.connect() as connection:
        connection.execute((_DEMO / "schema.sql").read_bytes())
        connection.execute((_DEMO / "populate.sql").read_bytes())
        connection.execute("SELECT pg_temp.populate_scims(%s)", [users])
        connection.execute("ANALYZE")
