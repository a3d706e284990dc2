"""Public bug reports of dumps and restores that went wrong, as small inputs of our own: what each does here.

The inputs lie in `field/`, with the reports that each comes from. Those that must come back whole share one
database, each in a schema of its name; a loss of each is planted in the restored copy, and must be found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

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
    "timezone": "Asia/Tokyo",
    "datestyle": "German",
    "field.tenant": "one",
    "search_path": "shadowing, pg_catalog, public",
}

# an input, a loss that is planted in the restored copy, and the finding that must name it
LOSSES = [
    (
        "checks_by_settings",
        "ALTER TABLE checks_by_settings.days DROP CONSTRAINT days_at_check",
        ("check-missing", "check checks_by_settings.days.days_at_check"),
    ),
    (
        "column_order",
        "UPDATE column_order.part1 SET v1 = v2, v2 = v1",
        ("content-differs", "table column_order.part1"),
    ),
    (
        "default_grants",
        "ALTER DEFAULT PRIVILEGES FOR ROLE field_app REVOKE DELETE ON TABLES FROM field_third",
        ("grant-missing", "default privileges field_app on tables"),
    ),
    (
        "extreme_values",
        "UPDATE extreme_values.t SET f8 = '0' WHERE ts = '-infinity'",
        ("content-differs", "table extreme_values.t"),
    ),
    (
        "granted_on",
        'REVOKE UPDATE (b) ON granted_on.t FROM "field =""odd"" ü"',
        ("grant-missing", "column granted_on.t.b"),
    ),
    (
        "granted_on",
        "REVOKE SELECT (name) ON pg_catalog.pg_config FROM field_app",
        ("grant-missing", "system grants view column pg_catalog.pg_config.name"),
    ),
    (
        "granted_on",
        "REVOKE USAGE ON LANGUAGE plpgsql FROM field_app",
        ("grant-missing", "system grants language plpgsql"),
    ),
    (
        "grouped_by_key",
        "DROP MATERIALIZED VIEW grouped_by_key.a_over_v",
        ("materialized-view-missing", "materialized view grouped_by_key.a_over_v"),
    ),
    (
        "identity_behind",
        "SELECT pg_catalog.setval('identity_behind.\"Odd Seq\"', 11)",
        ("sequence-behind", 'sequence identity_behind."Odd Seq"'),
    ),
    (
        "inherited_columns",
        "ALTER TABLE inherited_columns.late NO INHERIT inherited_columns.p",
        ("table-changed", "table inherited_columns.late"),
    ),
    (
        "moved_extension",
        "ALTER EXTENSION unaccent SET SCHEMA public",
        ("extension-changed", "extension unaccent"),
    ),
    (
        "not_valid",
        "ALTER DOMAIN not_valid.d DROP CONSTRAINT pos",
        ("domain-check-missing", "domain check not_valid.d.pos"),
    ),
    ("odd_names", 'TRUNCATE odd_names."a\u2028b"', ("rows-differ", 'table odd_names."a\u2028b"')),
    (
        "owned_large_objects",
        "ALTER LARGE OBJECT 70001 OWNER TO field_owner",
        ("large-objects-of-missing", "large objects of field_app"),
    ),
    (
        "partition_triggers",
        "ALTER TABLE partition_triggers.a ENABLE TRIGGER own",
        ("trigger-changed", "trigger partition_triggers.a.own"),
    ),
    ("public_schema", "ALTER SCHEMA public OWNER TO CURRENT_USER", ("owner-changed", "schema public")),
    (
        "refuses_writes",
        "ALTER TABLE refuses_writes.ledger ENABLE TRIGGER no",
        ("trigger-changed", "trigger refuses_writes.ledger.no"),
    ),
    (
        "shadowing",
        'UPDATE shadowing."user" SET "all" = \'bad\'',
        ("content-differs", "table shadowing.user"),
    ),
    (
        "through_dblink",
        "DROP MATERIALIZED VIEW through_dblink.far",
        ("materialized-view-missing", "materialized view through_dblink.far"),
    ),
    (
        "through_function",
        "REFRESH MATERIALIZED VIEW through_function.a WITH NO DATA",
        ("materialized-view-changed", "materialized view through_function.a"),
    ),
    (
        "under_policies",
        "ALTER MATERIALIZED VIEW under_policies.seen OWNER TO field_owner",
        ("owner-changed", "materialized view under_policies.seen"),
    ),
    (
        "unlogged_serial",
        "ALTER TABLE unlogged_serial.t SET LOGGED",
        ("table-changed", "table unlogged_serial.t"),
    ),
]


@pytest.fixture(scope="module")
def field() -> Iterator[PostgresServer]:
    """A server with the roles of the inputs."""
    with PostgresServer(DEFAULT_MAJOR, icu=True) as server:
        server.execute(ROLES)
        yield server


@dataclass(frozen=True)
class Whole:
    """The database with all inputs, and the reports about it. copy: what a restore made of it."""

    tried: Tried
    reports: dict[str, Any]
    copy: Database


@pytest.fixture(scope="module")
def whole(field, tmp_path_factory) -> Whole:
    """Back up, drill, compare and restore one database with all inputs."""
    database = made_of_all(field)
    made = tried(database, tmp_path_factory.mktemp("field"))
    assert made.backup.code == 0, made.backup.err
    reports = {"drill": made.drill(), "compare": made.compare(), "restore": made.restore()}
    assert "database" in reports["restore"], reports
    return Whole(made, reports, Database(field, reports["restore"]["database"]))


def made_of_all(server: PostgresServer) -> Database:
    """Make the database, whose name and settings are hostile, too."""
    server.create_database(NAME)
    inputs = sorted(INPUTS.glob("*.sql"))
    for name, value in SETTINGS.items():
        setting = sql.SQL("ALTER DATABASE {} SET {} = {}").format(
            sql.Identifier(NAME),
            sql.Identifier(name),
            sql.SQL(value) if name == "search_path" else sql.Literal(value),
        )
        server.execute(setting.as_string())
    server.execute("; ".join(f"CREATE SCHEMA {one.stem}" for one in inputs), NAME)
    for one in inputs:
        statements = one.read_text().replace("{HERE}", str(server.home))
        server.execute(f"SET search_path = {one.stem}, public; {statements}", NAME)
    return Database(server, NAME)


@pytest.fixture(scope="module")
def found(whole) -> set[tuple[str, str]]:
    """Plant every loss in the restored copy, and return what a comparison finds."""
    for _, loss, _ in LOSSES:
        whole.copy.execute(f"SET search_path = pg_catalog; {loss}")
    compared = whole.tried.cli.run("compare", "--target-url", whole.copy.url, "--json").document
    return {(one["kind"], one["object"]) for one in compared["findings"]}


@pytest.mark.parametrize("road", ["drill", "compare", "restore"])
def test_every_input_comes_back_whole(road, whole):
    report = whole.reports[road]
    assert (report["verdict"], report["findings"], report["reason"]) == ("passed", [], "")


def test_a_materialized_view_holds_what_its_owner_may_see(whole):
    assert whole.copy.rows("SELECT i FROM under_policies.seen") == [(1,)]


def test_a_view_that_asks_another_server_by_dblink_is_left_empty_and_said(whole):
    said = {one["object"]: one["reason"] for one in whole.reports["drill"]["not_checked"]}
    assert "reads a foreign server" in said["materialized view through_dblink.far"]


def test_every_input_has_a_loss():
    assert {schema for schema, _, _ in LOSSES} == {one.stem for one in INPUTS.glob("*.sql")}


@pytest.mark.parametrize(("schema", "loss", "finding"), LOSSES)
def test_a_loss_that_is_planted_in_the_restored_copy_is_found(schema, loss, finding, found):
    assert finding in found, (schema, loss)


# --- what does not come back, and says why --------------------------------------------------------

REFUSED = {
    "inlined_function": "qualify the names in its body",
    "text_as_query": "the view relies on the search_path",
    "type_not_read": "cannot read back",
    "check_of_other_rows": "reads other tables",
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_come_back_fails_in_drill_and_restore_alike_with_its_cure(case, field, tmp_path):
    field.create_database(case, (INPUTS / "refused" / f"{case}.sql").read_text())
    made = tried(Database(field, case), tmp_path)
    assert made.compare()["verdict"] == "passed"
    (finding,) = made.drill()["findings"]
    assert finding["kind"] == "restore-failed"
    assert REFUSED[case] in finding["found"]
    assert REFUSED[case] in made.restore()["error"]["cure"]


def test_what_a_dump_leaves_out_of_a_schema_public_that_was_renamed_is_found(field, tmp_path):
    """No dump has the rights of `public` where initdb gave them, not even under another name."""
    field.create_database("renamed", "ALTER SCHEMA public RENAME TO old; CREATE SCHEMA public")
    drilled = tried(Database(field, "renamed"), tmp_path).drill()
    assert [(one["kind"], one["object"]) for one in drilled["findings"]] == [("grant-missing", "schema old")]
