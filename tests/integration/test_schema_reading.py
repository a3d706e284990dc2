"""Reading a schema beside others: few locks, and a change meanwhile is an error by name."""

import pytest

from scims_backup.domain.errors import SourceAccessError, SourceChangedError
from scims_backup.engines.postgresql.proving.same_meaning import same_meaning
from scims_backup.engines.postgresql.schema import read_schema
from tests.support.databases import Database
from tests.support.rich import reading
from tests.support.servers import PostgresServer


def test_a_thousand_views_do_not_fill_a_small_lock_table():
    settings = {"max_locks_per_transaction": "10", "max_connections": "10"}
    with PostgresServer(settings=settings) as server:
        server.create_database("many")
        database = Database(server, "many")
        database.execute(
            "DO $$BEGIN FOR n IN 1..1000 LOOP EXECUTE"
            " format('CREATE TABLE t%1$s (a integer); CREATE VIEW v%1$s AS SELECT a FROM t%1$s', n);"
            " COMMIT; END LOOP; END$$"
        )
        with reading(database) as connection:
            assert len(read_schema(connection)["view"]) == 1000


@pytest.mark.parametrize(
    "change",
    ["DROP VIEW v", "DROP INDEX i", "DROP TRIGGER g ON t", "DROP TABLE t CASCADE", "DROP FUNCTION f()"],
)
def test_a_definition_that_is_dropped_meanwhile_is_an_error(database, change):
    database.execute(
        "CREATE TABLE t (a integer); CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a FROM t;"
        " CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger();"
        " CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
    )
    with reading(database) as connection:
        connection.execute("SELECT 1")
        database.execute(change)
        with pytest.raises(SourceChangedError, match="while"):
            read_schema(connection)


def test_a_role_that_may_not_parse_again_says_so_and_what_it_needs(database):
    database.execute("CREATE TABLE t (a varchar CHECK (a IN ('a', 'b')))")
    database.execute(f"REVOKE TEMPORARY ON DATABASE {database.name} FROM PUBLIC")
    database.execute("CREATE ROLE plain LOGIN IN ROLE pg_read_all_data")
    with reading(database) as connection:
        text = str(read_schema(connection)["check"]["public.t.t_a_check"]["definition"])
        assert same_meaning(connection, "check", "public.t.t_a_check", "definition", text, _again(text))
    try:
        with reading(database, "plain") as connection:
            with pytest.raises(SourceAccessError, match="cannot be re-parsed") as refused:
                same_meaning(connection, "check", "public.t.t_a_check", "definition", text, _again(text))
            assert "TEMPORARY" in refused.value.cure
    finally:
        database.execute("DROP ROLE plain")


def test_a_text_that_cannot_be_parsed_here_has_another_meaning(database):
    database.execute("CREATE TABLE t (a integer)")
    with reading(database) as connection:
        for text in ("CHECK (gone > 0)", "CHECK (a >"):
            assert not same_meaning(connection, "check", "public.t.c", "definition", text, "CHECK (a > 0)")


@pytest.mark.parametrize(
    ("kind", "facet", "text"),
    [
        ("check", "definition", "CHECK (true); COMMIT; DROP TABLE public.t"),
        ("view", "definition", "SELECT 1; COMMIT; DROP TABLE public.t"),
        ("trigger", "definition", "COMMIT"),
        ("rule", "definition", "DROP TABLE public.t"),
        ("trigger", "definition", "CREATE TRIGGER g BEFORE INSERT ON public.other EXECUTE FUNCTION f()"),
    ],
)
def test_a_text_that_is_something_else_is_not_run(database, kind, facet, text):
    database.execute("CREATE TABLE t (a integer); CREATE TABLE other (a integer)")
    with database.connect() as connection:
        assert not same_meaning(connection, kind, "public.t.c", facet, text, "found")
    assert database.value("SELECT count(*) FROM t") == 0


def test_a_database_that_is_read_only_by_default_does_not_disturb(database):
    database.execute("CREATE TABLE t (a varchar CHECK (a IN ('a', 'b')))")
    database.execute(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    with database.connect() as connection:
        assert same_meaning(connection, "check", "public.t.c", "definition", "CHECK ((a > 'b'))", _A_TEXT)


def test_an_event_trigger_that_refuses_new_tables_does_not_disturb(database):
    database.execute(
        "CREATE TABLE t (a varchar CHECK (a IN ('a', 'b')));"
        " CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$;"
        " CREATE EVENT TRIGGER refusing ON ddl_command_start EXECUTE FUNCTION refuse();"
        " ALTER EVENT TRIGGER refusing ENABLE ALWAYS"
    )
    with reading(database) as connection:
        schema = read_schema(connection)
        text = str(schema["check"]["public.t.t_a_check"]["definition"])
        assert same_meaning(connection, "check", "public.t.t_a_check", "definition", text, _again(text))
        assert read_schema(connection) == schema


_A_TEXT = "CHECK (((a)::text > 'b'::text))"


def _again(text):
    """The text as a restore prints it."""
    return text.replace("(ARRAY['a'::character varying, 'b'::character varying])::text[]",
                        "ARRAY[('a'::character varying)::text, ('b'::character varying)::text]")  # fmt: skip
