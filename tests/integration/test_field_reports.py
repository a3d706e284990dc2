"""Public bug reports of dumps and restores that went wrong, as small inputs of our own: what each does here.

The inputs lie in `field/`, each in a schema of its name, with the reports that it comes from.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import Database
from tests.support.field import Tried, tried
from tests.support.programs import DEFAULT_MAJOR
from tests.support.servers import PostgresServer

INPUTS = Path(__file__).with_name("field")
NAME = 'field "reports" =%20 ü'
ROLES = """
    CREATE ROLE field_app; CREATE ROLE field_owner; CREATE ROLE field_third; CREATE ROLE "field =""odd"" ü";
"""
SETTINGS = {
    "timezone": "'Asia/Tokyo'",
    "datestyle": "'German'",
    '"field.tenant"': "'one'",
    "search_path": "shadowing, pg_catalog, public",
}


@dataclass(frozen=True)
class Whole:
    """What became of the database with all inputs; restored: the copy that a restore made."""

    tried: Tried
    drill: Any
    compared: Any
    restored: Any

    @property
    def copy(self) -> Database:
        return Database(self.tried.database.server, self.restored["database"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Iterator[Whole]:
    """Back up, drill, compare and restore one database with all inputs."""
    with PostgresServer(DEFAULT_MAJOR, icu=True) as server:
        server.execute(ROLES)
        server.create_database(NAME)
        database = Database(server, NAME)
        quoted = '"' + NAME.replace('"', '""') + '"'
        for name, value in SETTINGS.items():
            server.execute(f"ALTER DATABASE {quoted} SET {name} = {value}")
        for schema in SCHEMAS:
            database.execute(f"CREATE SCHEMA {schema}")
        for schema in SCHEMAS:
            text = (INPUTS / f"{schema}.sql").read_text().replace("{HERE}", str(server.home))
            database.execute(f"SET search_path = {schema}, public; {text}")
        made = tried(database, tmp_path_factory.mktemp("field"))
        assert made.backup.code == 0, made.backup.err
        yield Whole(made, made.drill(), made.compare(), made.restore())


# schema → a loss that is planted in the restored copy, and the finding that names it
LOSSES: dict[str, tuple[str, str, str]] = {
    "partition_triggers": ("ALTER TABLE partition_triggers.a ENABLE TRIGGER own", "?", "?"),
    "column_order": ("UPDATE column_order.part1 SET v1 = v2, v2 = v1", "?", "?"),
    "inherited_columns": ("ALTER TABLE inherited_columns.late NO INHERIT inherited_columns.p", "?", "?"),
    "grouped_by_key": ("DROP MATERIALIZED VIEW grouped_by_key.a_over_v", "?", "?"),
    "extreme_values": ("UPDATE extreme_values.t SET f8 = '0' WHERE f8 = '-0'", "?", "?"),
    "default_grants": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE field_app IN SCHEMA default_grants"
        " REVOKE GRANT OPTION FOR SELECT ON SEQUENCES FROM field_third",
        "?",
        "?",
    ),
    "granted_on": ("REVOKE SELECT ON pg_catalog.pg_config FROM field_app; REVOKE UPDATE (b) ON granted_on.t FROM \"field =\"\"odd\"\" ü\"", "?", "?"),
    "public_schema": ("ALTER SCHEMA public OWNER TO CURRENT_USER", "?", "?"),
    "unlogged_serial": ("ALTER TABLE unlogged_serial.t SET LOGGED", "?", "?"),
    "identity_behind": ("SELECT pg_catalog.setval('identity_behind.\"Odd Seq\"', 11)", "?", "?"),
    "owned_large_objects": ("ALTER LARGE OBJECT 70001 OWNER TO field_owner", "?", "?"),
    "moved_extension": ("ALTER EXTENSION unaccent SET SCHEMA public", "?", "?"),
    "shadowing": ("UPDATE shadowing.\"user\" SET \"all\" = 'bad'", "?", "?"),
    "under_policies": ("ALTER MATERIALIZED VIEW under_policies.seen OWNER TO field_owner", "?", "?"),
    "checks_by_settings": ("ALTER TABLE checks_by_settings.days DROP CONSTRAINT days_at_check", "?", "?"),
    "refuses_writes": ("ALTER TABLE refuses_writes.ledger ENABLE TRIGGER no", "?", "?"),
    "not_valid": ("ALTER DOMAIN not_valid.d DROP CONSTRAINT pos", "?", "?"),
    "odd_names": ("TRUNCATE odd_names.\"a\u2028b\"", "?", "?"),
    "through_dblink": ("DROP MATERIALIZED VIEW through_dblink.far", "?", "?"),
}
SCHEMAS = sorted(LOSSES)


def test_dump(whole):
    print(whole.drill, whole.compared, whole.restored)
    if "database" in whole.restored:
        for schema in SCHEMAS:
            try:
                whole.copy.execute("SET search_path=''; " + LOSSES[schema][0])
            except Exception as e: print(schema, e)
        ended = whole.tried.cli.run("compare", "--target-url", whole.copy.url, "--json")
        for f in ended.document["findings"]: print(f)
        print(ended.err)
    assert 0
