"""What one session writes another reads, whatever the server, a database or a role has set."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from scims_backup.engines.postgresql.connect.session_settings import DUMPING, READING, RESTORING
from scims_backup.engines.postgresql.dumping import dump_session
from tests.support.backups import Workbench
from tests.support.databases import Database
from tests.support.field import tried
from tests.support.locales import GERMAN, german_locale
from tests.support.restores import Shop, drop_all_but, shop_of
from tests.support.servers import PostgresServer

EVERYTHING = """
CREATE SCHEMA hidden;
CREATE DOMAIN fee AS money CHECK (VALUE >= '0.50'::money);
CREATE TABLE everything (
    id int PRIMARY KEY, price money DEFAULT '1234.56', prices money[], cost fee, words text[], numbers int[],
    span interval CHECK (span > '-100 years -1 mons -03:04:05'), spans interval[], day date,
    moment timestamptz, plain timestamp, clock timetz, exact float8, short float4, floats float8[],
    raw bytea, raws bytea[], doc xml, note text DEFAULT E'a\\\\b''c', amount numeric, moments tstzrange,
    found tsvector
);
CREATE INDEX ON everything (id) WHERE price > '1000.00'::money;
CREATE VIEW dear AS SELECT id, price FROM everything WHERE price > '99.95'::money AND day > '2020-02-03';
CREATE MATERIALIZED VIEW spans AS SELECT id, span FROM everything WHERE span > '-1 day -02:03:04' ;
CREATE TABLE parts (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE parts_early PARTITION OF parts
    FOR VALUES FROM ('1890-01-01 00:00:00+05:41:16') TO ('2020-03-04 05:06:07+00');
INSERT INTO parts VALUES ('1999-12-31 23:59:59+00');
INSERT INTO everything SELECT g, (g * 1234.56)::numeric::money, ARRAY[(g * 0.5)::numeric::money, NULL],
    (g * 100.25)::numeric::money, '{a,NULL,"NULL","b\\\\c"}', '{1,NULL}',
    '-1 year 2 mons -3 days +04:05:06.7',
    '{-1 day -02:03:04.5, 1 mon}', '2020-02-03', '2020-03-04 05:06:07+00', '0044-03-15 01:02:03 BC',
    '05:06:07+05:45', 0.1::float8 + 0.2::float8, 1.1, '{1e-300,NaN,-0}', '\\x00ff5c27',
    ARRAY['\\x005c27'::bytea],
    XMLPARSE (CONTENT 'not a <b>document</b>'), E'€ 日本 \\\\N \\\\. '' "', 1.50,
    '[2020-03-04 05:06:07+00,)', 'a:1 b:2'
  FROM generate_series(1, 30) AS g;
"""
HOSTILE = {
    "DateStyle": "German, DMY",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Kathmandu",
    "timezone_abbreviations": "India",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "lc_monetary": GERMAN,
    "lc_numeric": GERMAN,
    "lc_time": GERMAN,
    "lc_messages": GERMAN,
    "array_nulls": "off",
    "xmloption": "document",
    "xmlbinary": "hex",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "transform_null_equals": "on",
    "default_text_search_config": "pg_catalog.german",
    "gin_fuzzy_search_limit": "1",
    "restrict_nonsystem_relation_kind": "view, foreign-table",
    "zero_damaged_pages": "on",
    "ignore_checksum_failure": "on",
    "quote_all_identifiers": "on",
    "row_security": "on",
    "search_path": "hidden, pg_catalog",
    "client_encoding": "LATIN1",
    "check_function_bodies": "on",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "session_replication_role": "replica",
    "synchronize_seqscans": "on",
    "lo_compat_privileges": "on",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "3s",
    "idle_session_timeout": "3s",
    "statement_timeout": "10s",
}
OF_17 = {"transaction_timeout": "10s", "createrole_self_grant": "set, inherit", "event_triggers": "off"}
NOT_OF_A_SERVER = {"role": "poor"}
ALONE = (  # three more are inputs from the field, below
    *("IntervalStyle", "client_encoding", "xmloption", "standard_conforming_strings"),
    "default_transaction_read_only",
)
PLACES = {
    "server": "ALTER SYSTEM SET {} = {}",
    "database": "ALTER DATABASE d SET {} = {}",
    "role": "ALTER ROLE keeper SET {} = {}",
    "role in database": "ALTER ROLE keeper IN DATABASE d SET {} = {}",
}
MAJORS = (15, 18)


@pytest.fixture(scope="module")
def server_in_german() -> Iterator[dict[int, PostgresServer]]:
    """Give servers that know a locale with another money; the sandboxes' do not."""
    with german_locale() as environment:
        servers = {major: PostgresServer(major, locale="C", environment=environment) for major in MAJORS}
        with servers[15], servers[18]:
            for server in servers.values():
                server.execute("CREATE ROLE keeper SUPERUSER LOGIN; CREATE ROLE poor; GRANT poor TO keeper")
            yield servers


@dataclass
class Place:
    """A database `d` with everything in it, and settings that were made somewhere."""

    server: PostgresServer
    shop: Shop

    def set(self, where: str, settings: dict[str, str]) -> None:
        """Make settings there; a server has read its file when this returns."""
        with self.server.connect() as connection:
            for name, value in settings.items():
                connection.execute(PLACES[where].format(name, _literal(name, value)).encode())
            connection.execute("SELECT pg_reload_conf()")
        if where == "server":
            self._await("lock_timeout", settings.get("lock_timeout", "0"))

    def clear(self) -> None:
        """Undo all of it, and drop what was restored."""
        with self.server.connect(options="-c default_transaction_read_only=off") as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("ALTER ROLE keeper RESET ALL")
        self._await("lock_timeout", "0")
        drop_all_but(self.server)

    def outcomes(self) -> dict[str, object]:
        """Back up, drill, compare and restore; return what of it was not as it should be."""
        commands = {
            "backup": ["backup"],
            "drill": ["drill"],
            "compare": ["compare", "--target-url", self.server.url("d", "keeper")],
            "restore": ["restore"],
        }
        wrong: dict[str, object] = {}
        for name, command in commands.items():
            ended = self.shop.cli.run(*command, "--json")
            document = ended.document if ended.out else {}
            verdict = document.get("verdict", "passed")
            if ended.code != 0 or verdict != "passed" or document.get("warnings"):
                wrong[name] = (ended.code, document.get("findings"), document.get("warnings"), ended.err)
        return wrong

    def _await(self, name: str, value: str) -> None:
        found = None
        for _ in range(500):
            with self.server.connect() as connection:
                ((found,),) = connection.execute("SELECT current_setting(%s)", [name])
            if found == value:
                return
            time.sleep(0.02)  # the server tells nobody when it has read its file
        raise AssertionError(f"the server did not read its settings: {name} is {found}")


@pytest.fixture
def place(request: pytest.FixtureRequest, server_in_german, tmp_path: Path) -> Iterator[Place]:
    server = server_in_german[request.param]
    server.create_database("d", EVERYTHING)
    as_keeper = {"SCIMS_SOURCE_URL": server.url("d", "keeper")}
    place = Place(server, shop_of(Database(server, "d"), tmp_path, as_keeper))
    try:
        yield place
    finally:
        place.clear()


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("place", MAJORS, indirect=True)
def test_no_setting_of_any_place_changes_what_is_written_or_read(place, where, record_property):
    settings = {
        **HOSTILE,
        **(OF_17 if place.server.major >= 17 else {}),
        **({} if where == "server" else NOT_OF_A_SERVER),
    }
    place.set(where, settings)
    record_property("rows", len(settings) * 4)
    assert place.outcomes() == {}


@pytest.mark.parametrize("setting", ALONE)
@pytest.mark.parametrize("place", [15], indirect=True)
def test_a_setting_of_the_database_alone_changes_nothing_either(place, setting):
    place.set("database", {setting: {**HOSTILE, **NOT_OF_A_SERVER}[setting]})
    assert place.outcomes() == {}


@pytest.mark.parametrize("where", ["server", "database"])
@pytest.mark.parametrize("place", [15], indirect=True)
def test_checks_that_go_by_the_time_zone_hold_under_the_source_s_own(place, where):
    place.shop.database.execute("""
        SET timezone = 'Asia/Kathmandu';
        CREATE TABLE midnights (at timestamptz CHECK (date_trunc('day', at) = at));
        INSERT INTO midnights VALUES ('2020-03-04'), ('2021-01-01');
    """)
    place.set(where, {"TimeZone": "Asia/Kathmandu"})
    assert place.outcomes() == {}


def _literal(name: str, value: str) -> str:
    """Write a list without quotes: in them it would be one name."""
    listed = name in ("search_path", "DateStyle", "createrole_self_grant", "restrict_nonsystem_relation_kind")
    return ", ".join(f"'{part}'" for part in value.split(", ")) if listed else f"'{value}'"


# --- inputs from the field ------------------------------------------------------------------------

MONEY = """
CREATE TABLE invoice (no int PRIMARY KEY, amount money DEFAULT '12.50', items money[]);
INSERT INTO invoice SELECT g, (g * 1234.56)::numeric::money, ARRAY[(g * 0.5)::numeric::money]
  FROM generate_series(1, 300) g;
"""


@pytest.mark.parametrize("where", ["server", "database"])
@pytest.mark.parametrize("place", [15], indirect=True)
def test_money_of_another_locale_is_drilled_and_restored(place, where):
    place.set(where, {"lc_monetary": GERMAN})
    place.shop.database.execute(MONEY)
    assert place.outcomes() == {}


@pytest.mark.parametrize("place", [15], indirect=True)
def test_a_database_that_reads_null_in_arrays_as_a_text_is_drilled_and_restored(place):
    place.shop.database.execute("""
        CREATE TABLE field (i int PRIMARY KEY, a text[], b int[]);
        INSERT INTO field VALUES (1, '{a,NULL,b}', '{1,NULL}');
    """)
    place.set("database", {"array_nulls": "off"})
    assert place.outcomes() == {}


@pytest.mark.parametrize("place", [15], indirect=True)
def test_a_role_that_the_database_sets_does_not_read_in_our_place(place):
    place.set("database", {"role": "poor"})
    assert place.outcomes() == {}


def test_an_error_names_the_role_whose_rights_count(database, tmp_path):
    database.execute("CREATE TABLE t (i int)")
    with database.server.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN")
    url = database.server.url(database.name, "weak")
    ended = tried(database, tmp_path, SCIMS_SOURCE_URL=url).backup
    assert "role weak may not read table public.t" in ended.err


def test_what_pg_dump_s_session_cannot_be_given_is_told_by_name(database, tmp_path):
    database.server.execute(
        "DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN; GRANT pg_read_all_data TO plain"
    )
    database.server.execute(f"ALTER DATABASE {database.name} SET zero_damaged_pages = on")
    url = database.server.url(database.name, "plain")
    backup = tried(database, tmp_path, SCIMS_SOURCE_URL=url).backup
    assert backup.code == 0
    (warning,) = backup.document["warnings"]
    assert "zero_damaged_pages = 'on', not 'off'" in warning
    assert warning in backup.err


def test_settings_that_a_pooler_keeps_away_are_told_by_name(server_in_german, monkeypatch):
    server = server_in_german[15]
    server.create_database(
        "pooled", "CREATE TABLE t (i int); ALTER DATABASE pooled SET lc_monetary = 'de_DE.utf8'"
    )
    refused = dump_session._settings

    def without_options(address):
        if "options" in address.parameters:
            raise psycopg.OperationalError("unsupported startup parameter: options")
        return refused(address)

    monkeypatch.setattr(dump_session, "_settings", without_options)
    try:
        manifest = Workbench(Database(server, "pooled")).take()
    finally:
        server.drop_database("pooled")
    assert [warning for warning in manifest.warnings if "lc_monetary = 'de_DE.utf8', not 'C'" in warning]


ALWAYS = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'no DDL here: %', tg_tag; END $$;
CREATE TABLE t (i int PRIMARY KEY);
CREATE MATERIALIZED VIEW content AS SELECT * FROM t;
CREATE EVENT TRIGGER no_ddl ON ddl_command_start EXECUTE FUNCTION refuse();
COMMENT ON EVENT TRIGGER no_ddl IS 'nobody';
ALTER EVENT TRIGGER no_ddl ENABLE ALWAYS;
"""


@pytest.mark.parametrize("major", [15, 18])
def test_event_triggers_that_always_fire_hinder_neither_restore_nor_checks(
    server_of, new_database, tmp_path, major
):
    database = new_database(server_of(major))
    database.execute(ALWAYS)
    made = tried(database, tmp_path)
    drilled, restored = made.drill(), made.restore()
    made.drop_restored(restored)
    assert (drilled["verdict"], drilled["not_checked"]) == ("passed", [])
    assert restored["verdict"] == "passed"


@pytest.mark.parametrize("major", [14, 18])
def test_every_setting_that_a_session_may_have_is_pinned_or_known_to_do_no_harm(server_of, major):
    with server_of(major).connect() as connection:
        known = {name.lower() for (name,) in connection.execute(SETTABLE)}
    pinned = {*READING, *DUMPING, *RESTORING}
    assert known - pinned - HARMLESS == set()


SETTABLE = """
SELECT name FROM pg_settings
 WHERE context IN ('user', 'superuser') AND name !~ '[.]'
   AND category ~ '^(Client Connection Defaults|Version and Platform|Developer Options|Error Handling)'
"""
HARMLESS = {
    # set by the archive, by pg_dump, or by a transaction of ours where it is needed
    *("check_function_bodies", "transaction_isolation", "transaction_read_only", "transaction_deferrable"),
    *("session_replication_role", "event_triggers", "client_encoding", "client_min_messages"),
    # about where and how rows lie, what is logged, or who may do what: no value is written otherwise
    *("default_toast_compression", "temp_tablespaces", "gin_pending_list_limit", "lo_compat_privileges"),
    *("password_encryption", "escape_string_warning", "icu_validation_level", "exit_on_error"),
    *("local_preload_libraries", "session_preload_libraries", "dynamic_library_path"),
    *("extension_control_path", "allow_in_place_tablespaces", "allow_system_table_mods"),
    *("backtrace_functions", "debug_discard_caches", "force_parallel_mode", "debug_parallel_query"),
    *("debug_logical_replication_streaming", "trace_notify", "trace_sort", "wal_consistency_checking"),
    *("jit_expressions", "jit_tuple_deforming", "jit_dump_bitcode"),
    *("vacuum_failsafe_age", "vacuum_freeze_min_age", "vacuum_freeze_table_age"),
    *(
        "vacuum_multixact_failsafe_age",
        "vacuum_multixact_freeze_min_age",
        "vacuum_multixact_freeze_table_age",
    ),
}
