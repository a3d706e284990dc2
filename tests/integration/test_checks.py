"""The checks beyond equality: each planted fault is found by name, and what is whole stays green."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scims_backup.domain.errors import SourceBusyError
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.level import Level
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Finding
from scims_backup.engines.postgresql.checks import run_checks
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.rules.proof import Proof, Rows, Server
from scims_backup.ports import Checks
from tests.support.databases import Database
from tests.support.programs import MAJORS
from tests.support.servers import PostgresServer

NOTHING_EXPECTED = Proof(
    level=Level.COUNTS,
    server=Server("15", 150000, "shop", "UTF8", "postgres"),
    tables={},
    sequences={},
    large_objects=Rows(0, None),
    schema={"role": {"known": {}}},
)
AS_REPLICA = "SET session_replication_role = replica;"


def checked(
    database: Database,
    expectations: Sequence[Expectation] = (),
    role: str | None = None,
    *,
    ours: bool = True,
) -> Checks:
    return run_checks(
        Address.parse(database.url),
        NOTHING_EXPECTED,
        Questions(expectations, role),
        may_install=ours,
        trusts_everybody=ours,
    )


def kinds(checks: Checks) -> list[tuple[str, str]]:
    return sorted((finding.kind, finding.object) for finding in checks.findings)


@pytest.fixture(params=MAJORS)
def any_database(request, server_of, new_database):
    """A fresh database on a server of each major."""
    return new_database(server_of(request.param))


# --- foreign keys ---------------------------------------------------------------------------------


def test_orphans_of_every_kind_of_foreign_key_are_counted_by_name(any_database):
    any_database.execute("""
        CREATE SCHEMA "Übersicht";
        CREATE TYPE colour AS ENUM ('red', 'green');
        CREATE TABLE items (id int PRIMARY KEY, code varchar(9) UNIQUE, pad char(4) UNIQUE, c colour UNIQUE);
        CREATE TABLE "Übersicht"."item stock" (id bigint CONSTRAINT "to items" REFERENCES items);
        CREATE TABLE codes (code text CONSTRAINT by_code REFERENCES items (code),
                            pad char(2) CONSTRAINT by_pad REFERENCES items (pad),
                            c colour CONSTRAINT by_colour REFERENCES items (c));
        CREATE TABLE pairs (a int, b int, PRIMARY KEY (a, b));
        CREATE TABLE simple (x int, y int, CONSTRAINT simple_fk FOREIGN KEY (y, x) REFERENCES pairs (b, a));
        CREATE TABLE complete (x int, y int,
                               CONSTRAINT full_fk FOREIGN KEY (x, y) REFERENCES pairs MATCH FULL);
        CREATE TABLE tree (id int PRIMARY KEY, parent int CONSTRAINT to_parent REFERENCES tree);
        CREATE TABLE events (id int REFERENCES items) PARTITION BY RANGE (id);
        CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
        CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200);
    """)
    any_database.execute("""
        INSERT INTO items VALUES (1, 'one', 'x', 'red');
        INSERT INTO codes VALUES ('one', 'x', 'red'), (NULL, NULL, NULL);
        INSERT INTO pairs VALUES (1, 2);
        INSERT INTO simple VALUES (1, 2), (NULL, 7), (7, NULL);
        INSERT INTO complete VALUES (1, 2), (NULL, NULL);
        INSERT INTO tree VALUES (1, NULL), (2, 1);
        INSERT INTO events VALUES (1);
    """)
    assert kinds(checked(any_database)) == []
    any_database.execute(f"""{AS_REPLICA}
        INSERT INTO "Übersicht"."item stock" VALUES (2), (3);
        INSERT INTO codes VALUES ('two', 'y', 'green');
        INSERT INTO simple VALUES (2, 1);
        INSERT INTO complete VALUES (1, NULL);
        INSERT INTO tree VALUES (3, 9);
        INSERT INTO events VALUES (50), (150);
    """)
    assert {(finding.kind, finding.object, finding.found) for finding in checked(any_database).findings} == {
        (
            "foreign-key-violated",
            'foreign key "Übersicht"."item stock"."to items"',
            "orphans: 2",
        ),
        ("foreign-key-violated", "foreign key public.codes.by_code", "orphans: 1"),
        ("foreign-key-violated", "foreign key public.codes.by_pad", "orphans: 1"),
        ("foreign-key-violated", "foreign key public.codes.by_colour", "orphans: 1"),
        ("foreign-key-violated", "foreign key public.simple.simple_fk", "orphans: 1"),
        ("foreign-key-violated", "foreign key public.complete.full_fk", "orphans: 1"),
        ("foreign-key-violated", "foreign key public.tree.to_parent", "orphans: 1"),
        ("foreign-key-violated", "foreign key public.events.events_id_fkey", "orphans: 2"),
    }


def test_rows_of_an_heir_do_not_satisfy_a_key_to_the_parent(database):
    database.execute(f"""
        CREATE TABLE parent (id int PRIMARY KEY);
        CREATE TABLE heir () INHERITS (parent);
        CREATE TABLE child (id int CONSTRAINT to_parent REFERENCES parent);
        INSERT INTO heir VALUES (1);
        {AS_REPLICA} INSERT INTO child VALUES (1);
    """)
    assert kinds(checked(database)) == [("foreign-key-violated", "foreign key public.child.to_parent")]


def test_a_key_by_citext_is_compared_as_the_constraint_compares(database):
    database.execute("""
        CREATE EXTENSION citext;
        CREATE TABLE users (name citext PRIMARY KEY);
        CREATE TABLE logins (name citext REFERENCES users);
        INSERT INTO users VALUES ('Ann'); INSERT INTO logins VALUES ('ANN');
    """)
    assert kinds(checked(database)) == []


def test_columns_of_different_collations_can_be_compared(database):
    database.execute("""
        CREATE TABLE users (name text COLLATE "C" PRIMARY KEY);
        CREATE TABLE logins (name text COLLATE "POSIX" REFERENCES users);
        INSERT INTO users VALUES ('Ann'); INSERT INTO logins VALUES ('Ann');
    """)
    outcome = checked(database)
    assert (outcome.findings, outcome.not_checked) == ([], [])


def test_a_key_that_is_not_valid_is_said_not_to_be_checked(database):
    database.execute("""
        CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int); INSERT INTO child VALUES (1);
        ALTER TABLE child ADD CONSTRAINT later FOREIGN KEY (id) REFERENCES parent NOT VALID;
    """)
    outcome = checked(database)
    assert [item.object for item in outcome.not_checked] == ["foreign key public.child.later"]
    assert outcome.findings == []


def test_a_key_with_period_is_said_not_to_be_checked(server_of, new_database):
    database = new_database(server_of(18))
    database.execute("""
        CREATE EXTENSION btree_gist;
        CREATE TABLE prices (id int, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
        CREATE TABLE sales (id int, at daterange,
                            CONSTRAINT priced FOREIGN KEY (id, PERIOD at) REFERENCES prices (id, PERIOD at));
    """)
    assert [item.object for item in checked(database).not_checked] == ["foreign key public.sales.priced"]


def test_what_the_role_may_not_read_is_said_not_to_be_checked(database, server):
    database.execute("""
        CREATE TABLE parent (id serial PRIMARY KEY);
        CREATE TABLE child (id int CONSTRAINT fk REFERENCES parent);
        DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN;
    """)
    outcome = run_checks(
        Address.parse(server.url(database.name, "stranger")),
        NOTHING_EXPECTED,
        Questions(),
        may_install=False,
        trusts_everybody=False,
    )
    assert outcome.findings == []
    assert [item.object for item in outcome.not_checked] == [
        "foreign key public.child.fk",
        "sequence public.parent_id_seq",
        "structure of indexes and tables",
    ]
    server.execute("DROP ROLE stranger")


# --- sequences ------------------------------------------------------------------------------------


def test_sequences_behind_their_columns_are_found(any_database):
    any_database.execute("""
        CREATE TABLE a (id serial); INSERT INTO a VALUES (DEFAULT), (DEFAULT), (DEFAULT);
        CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY); INSERT INTO b VALUES (DEFAULT), (DEFAULT);
        CREATE SEQUENCE down INCREMENT -1; CREATE TABLE c (id bigint DEFAULT nextval('down'));
        INSERT INTO c VALUES (DEFAULT), (DEFAULT), (DEFAULT);
        CREATE TABLE d (id serial); INSERT INTO d VALUES (1);
        CREATE TABLE parts (id serial) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
        INSERT INTO parts VALUES (DEFAULT), (DEFAULT), (DEFAULT);
    """)
    assert kinds(checked(any_database)) == [("sequence-behind", "sequence public.d_id_seq")]
    any_database.execute("""
        SELECT setval('a_id_seq', 2); SELECT setval('b_id_seq', 2, false); SELECT setval('down', -2);
        SELECT setval('d_id_seq', 1); SELECT setval('parts_id_seq', 1);
    """)
    assert kinds(checked(any_database)) == [
        ("sequence-behind", "sequence public.a_id_seq"),
        ("sequence-behind", "sequence public.b_id_seq"),
        ("sequence-behind", "sequence public.down"),
        ("sequence-behind", "sequence public.parts_id_seq"),
    ]


def test_a_sequence_is_looked_at_whatever_backslashes_mean_to_the_database(database):
    database.execute(f"""
        CREATE SEQUENCE numbers; CREATE TABLE t (id bigint DEFAULT nextval('numbers'));
        INSERT INTO t VALUES (DEFAULT), (DEFAULT); SELECT setval('numbers', 1);
        ALTER DATABASE {database.name} SET standard_conforming_strings = off;
    """)
    assert kinds(checked(database)) == [("sequence-behind", "sequence public.numbers")]


def test_values_that_a_sequence_never_hands_out_do_not_condemn_it(database):
    database.execute("""
        CREATE TABLE a (id serial); ALTER SEQUENCE a_id_seq MAXVALUE 100;
        INSERT INTO a VALUES (DEFAULT), (5000), (-1);
        CREATE TABLE b (id int GENERATED BY DEFAULT AS IDENTITY (START 1 INCREMENT 10));
        INSERT INTO b VALUES (DEFAULT), (DEFAULT); INSERT INTO b VALUES (12), (22);
        CREATE TABLE word (id serial, name text DEFAULT 'n' || nextval('a_id_seq'));
        INSERT INTO word VALUES (DEFAULT, 'z');
    """)
    assert kinds(checked(database)) == []
    database.execute("INSERT INTO b VALUES (21)")
    assert kinds(checked(database)) == [("sequence-behind", "sequence public.b_id_seq")]


def test_a_sequence_that_cycles_is_said_not_to_be_checked(database):
    database.execute("CREATE TABLE a (id serial); ALTER SEQUENCE a_id_seq CYCLE; INSERT INTO a VALUES (7)")
    outcome = checked(database)
    assert (outcome.findings, [item.object for item in outcome.not_checked]) == (
        [],
        ["sequence public.a_id_seq"],
    )


# --- structure ------------------------------------------------------------------------------------


def test_an_index_over_a_function_that_changed_is_found(any_database):
    any_database.execute("""
        CREATE FUNCTION half(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 / 2';
        CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 100);
        CREATE INDEX halves ON t (half(id)); CREATE INDEX whole ON t (id);
        CREATE OR REPLACE FUNCTION half(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 5';
    """)
    assert kinds(checked(any_database)) == [("index-damaged", "index public.halves")]


def test_overwritten_files_of_an_index_and_a_table_are_found():
    with PostgresServer() as server:
        server.create_database("shop", "CREATE TABLE t (id int PRIMARY KEY, note text)")
        shop = Database(server, "shop")
        shop.execute("INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 2000) i; CHECKPOINT")
        table, index = (shop.value(f"SELECT pg_relation_filepath('{name}')") for name in ("t", "t_pkey"))
        server.stop("fast")
        overwrite(server.data / index, 8192 + 4096)
        overwrite(server.data / table, 8192 * 4 - 512)
        server.start_again()
        assert kinds(checked(shop)) == [
            ("index-damaged", "index public.t_pkey"),
            ("table-damaged", "table public.t"),
        ]


def overwrite(file: Path, at: int) -> None:
    with file.open("r+b") as handle:
        handle.seek(at)
        handle.write(b"\xff" * 512)


def test_amcheck_is_gone_again_from_a_database_of_ours(database):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    outcome = checked(database)
    assert (outcome.findings, outcome.not_checked) == ([], [])
    assert database.rows("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'") == []
    assert database.rows("SELECT 1 FROM pg_namespace WHERE nspname ~ 'scims'") == []


def test_amcheck_is_not_installed_in_a_database_of_others(database):
    assert [item.object for item in checked(database, ours=False).not_checked] == [
        "structure of indexes and tables"
    ]
    database.execute(
        "CREATE SCHEMA tools; CREATE EXTENSION amcheck SCHEMA tools; CREATE TABLE t (id int PRIMARY KEY)"
    )
    assert checked(database, ours=False).not_checked == []
    assert database.rows("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'") == [(1,)]


def test_a_database_that_is_read_only_by_default_or_watches_its_schema_is_checked(database):
    database.execute("""
        CREATE TABLE t (id int PRIMARY KEY);
        CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
        CREATE EVENT TRIGGER guard ON ddl_command_start EXECUTE FUNCTION refuse();
    """)
    database.server.execute(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    outcome = checked(database)
    assert (outcome.findings, outcome.not_checked) == ([], [])


# --- log-in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prepare", "found"),
    [
        ("ALTER ROLE app NOLOGIN", "it is NOLOGIN"),
        ("REVOKE CONNECT ON DATABASE {database} FROM PUBLIC", "it has no CONNECT on the database"),
        ("ALTER ROLE app CONNECTION LIMIT 0", "its connection limit is 0"),
        ("ALTER ROLE app VALID UNTIL '2001-01-01'", "its password has expired"),
    ],
)
def test_a_role_that_cannot_log_in_is_found(database, server, prepare, found):
    server.execute("CREATE ROLE app LOGIN")
    try:
        assert checked(database, role="app").findings == []
        server.execute(prepare.format(database=database.name))
        assert checked(database, role="app").findings == [
            Finding("role-cannot-log-in", "role app", "it can log in", found)
        ]
    finally:
        server.execute("DROP OWNED BY app; DROP ROLE app")


@pytest.mark.parametrize(
    ("role", "where"), [("known", "the source has it"), ("other", "the source does not have it either")]
)
def test_a_role_that_is_missing_is_found(database, role, where):
    (finding,) = checked(database, role=role).findings
    assert (finding.object, finding.found) == (f"role {role}", f"the role does not exist here; {where}")


def test_a_role_that_the_server_turns_away_is_found(database, server):
    server.execute("CREATE ROLE app LOGIN; ALTER ROLE app SET session_preload_libraries = 'no_such_library'")
    try:
        (finding,) = checked(database, role="app").findings
        assert "no_such_library" in finding.found
    finally:
        server.execute("DROP ROLE app")


def test_in_a_database_of_others_the_log_in_is_said_not_to_be_tried(database, server):
    server.execute("CREATE ROLE app LOGIN")
    try:
        outcome = checked(database, role="app", ours=False)
        assert outcome.findings == []
        assert "log-in of role app" in [item.object for item in outcome.not_checked]
    finally:
        server.execute("DROP ROLE app")


# --- expectations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "condition", "found"),
    [
        ("SELECT count(*) FROM users", ">= 3", "2"),
        ("SELECT name FROM users WHERE id = 1", "= Bob", "Ann"),
        ("SELECT NULL", "= 1", "null"),
        ("SELECT 1 WHERE false", "= 1", "no answer"),
        ("SELECT id FROM users", "= 1", "more than one row"),
        ("SELECT 1, 2", "= 1", "2 columns"),
        ("SET work_mem = '4MB'", "= 1", "no answer"),
        ("SELECT count(*) FROM nowhere", ">= 0", 'the query failed: relation "nowhere" does not exist'),
        (
            "DELETE FROM users RETURNING 1",
            "= 1",
            "the query failed: cannot execute DELETE in a read-only transaction",
        ),
        (
            "COMMIT; DELETE FROM users RETURNING 1",
            "= 1",
            "the query failed: cannot insert multiple commands into a prepared statement",
        ),
    ],
)
def test_an_expectation_that_is_not_met_is_found(database, query, condition, found):
    database.execute(
        "CREATE TABLE users (id int, name text); INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob')"
    )
    outcome = checked(database, [Expectation("users are there", query, condition)])
    assert outcome.findings == [
        Finding("expectation-not-met", 'expectation "users are there"', condition, found)
    ]
    assert database.value("SELECT count(*) FROM users") == 2


@pytest.mark.parametrize("code", ["53100", "53200", "57014"], ids=["disk full", "out of memory", "timeout"])
def test_a_server_without_room_is_not_taken_for_one_that_was_looked_at(database, code):
    database.execute(f"""
        CREATE FUNCTION look() RETURNS int LANGUAGE plpgsql AS
            'BEGIN RAISE ''no room'' USING ERRCODE = ''{code}''; END'
    """)
    with pytest.raises(SourceBusyError, match="no room"):
        checked(database, [Expectation("room", "SELECT public.look()", "= 1")])


def test_expectations_that_are_met_are_silent_and_read_names_as_psql_does(database):
    database.execute("CREATE SCHEMA app; CREATE TABLE app.users (id int)")
    database.server.execute(f"ALTER DATABASE {database.name} SET search_path = app")
    met = [
        Expectation("count", "SELECT count(*) FROM users", "= 0"),
        Expectation("text", "SELECT 'a%b'", "= a%b"),
        Expectation("true", "SELECT true", "= true"),
        Expectation("setting", "SHOW server_encoding", "= UTF8"),
    ]
    assert checked(database, met).findings == []
