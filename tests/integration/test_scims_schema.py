"""The SCIMS schema of the demo: it loads on every major, with the rows and rights it promises."""

import psycopg
import pytest

from tests.support.programs import MAJORS
from tests.support.scims import TABLES, load_scims


@pytest.mark.parametrize("major", MAJORS)
def test_schema_and_rows_load_on_each_major(server_of, new_database, major):
    database = new_database(server_of(major))
    load_scims(database, users=40)
    counted = {table: database.value(f"SELECT count(*) FROM {table}") for table in TABLES}
    assert counted == {
        "blueprints": 8,
        "crafts": 120,
        "item_stocks": 160,
        "items": 20,
        "locations": 10,
        "organizations": 2,
        "users": 40,
    }


def test_the_same_number_of_users_gives_the_same_rows(server, new_database):
    first, second = new_database(server), new_database(server)
    for database in (first, second):
        load_scims(database, users=40)
    query = "SELECT id, item_id, location_id, owner_id, quantity, batch FROM item_stocks ORDER BY id"
    assert first.rows(query) == second.rows(query)


def test_the_application_role_writes_rows_and_changes_no_schema(database):
    load_scims(database, users=40)
    database.execute("UPDATE items SET price = price + 1; DELETE FROM crafts WHERE id = 1", user="scims_app")
    assert database.value("SELECT bool_and(updated_at > created_at) FROM items")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.execute("DROP TABLE crafts", user="scims_app")
