"""The proof of rows: which rows of which tables it takes in, and what does not change it."""

from pathlib import Path

import pytest
from psycopg import sql

from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import connected
from scims_backup.engines.postgresql.rules.proof import Rows
from tests.support.databases import Database
from tests.support.programs import MAJORS
from tests.support.proving import LARGE_OBJECTS, copy, inventory_of, proof_of, rows_of

EVERYTHING = (Path(__file__).parents[1] / "support" / "rows.sql").read_text()
USERS = """
CREATE TABLE users (id int PRIMARY KEY, name text, password text);
INSERT INTO users SELECT n, 'user ' || n, md5(n::text) FROM generate_series(1, 100) AS n;
"""


def test_level_counts_counts_and_digests_nothing(database):
    database.execute(USERS)
    assert rows_of(database, Level.COUNTS) == {
        "public.users": Rows(100, None),
        LARGE_OBJECTS: Rows(0, None),
    }


def test_a_database_without_tables_has_an_empty_proof(database):
    assert rows_of(database) == {LARGE_OBJECTS: Rows(0, f"{0:032x}")}


def test_an_empty_table_is_proven_as_empty(database):
    database.execute("CREATE TABLE nothing (a int, b jsonb)")
    assert rows_of(database)["public.nothing"] == Rows(0, f"{0:032x}")


def test_rows_of_a_table_without_columns_are_counted(database):
    database.execute("CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES; INSERT INTO bare DEFAULT VALUES")
    first = rows_of(database)["public.bare"]
    assert first.rows == 2
    database.execute("INSERT INTO bare DEFAULT VALUES")
    assert rows_of(database)["public.bare"].rows == 3


@pytest.mark.parametrize("kind", ["int", "numeric"])
def test_a_change_in_the_last_of_1600_columns_is_seen(database, kind):
    columns = ", ".join(f"c{number} {kind}" for number in range(1600))
    database.execute(f"CREATE TABLE wide ({columns}); INSERT INTO wide (c0) VALUES (1)")
    first = rows_of(database)["public.wide"]
    database.execute("UPDATE wide SET c1599 = 1")
    assert rows_of(database)["public.wide"] != first


NAMES = [
    "plain",
    "Mixed Case",
    'say "hi"',
    "größe",
    "a.b",
    "semi;colon",
    "per%cent %s {0}",
    "back\\slash",
    "'",
]


def test_any_name_of_schema_table_and_column_is_proven(database):
    with database.connect() as connection:
        for name in NAMES:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
            for kind in ("int", "jsonb"):
                table = sql.Identifier(name, f"{name} {kind}")
                connection.execute(
                    sql.SQL("CREATE TABLE {} ({} {})").format(table, sql.Identifier(name), sql.SQL(kind))
                )
                connection.execute(sql.SQL("INSERT INTO {} VALUES ('1')").format(table))
    proven = rows_of(database)
    assert len(proven) == 2 * len(NAMES) + 1
    assert {rows.rows for name, rows in proven.items() if name != LARGE_OBJECTS} == {1}


def test_generated_identity_and_dropped_columns_are_proven(database):
    database.execute("""
        CREATE TABLE things (gone int, id int GENERATED ALWAYS AS IDENTITY, price numeric,
                             doubled numeric GENERATED ALWAYS AS (price * 2) STORED);
        ALTER TABLE things DROP COLUMN gone;
        INSERT INTO things (price) VALUES (1), (2);
    """)
    (unit,) = inventory_of(database).units
    assert [column.name for column in unit.columns] == ["doubled", "id", "price"]
    assert rows_of(database)["public.things"].rows == 2


def test_virtual_columns_are_not_rows(server_of, new_database):
    database = new_database(server_of(18))
    database.execute("""
        CREATE TABLE things (price numeric, doubled numeric GENERATED ALWAYS AS (price * 2) VIRTUAL);
        INSERT INTO things VALUES (1);
    """)
    (unit,) = inventory_of(database).units
    assert [column.name for column in unit.columns] == ["price"]
    assert rows_of(database)["public.things"].rows == 1


def test_parent_and_child_are_proven_each_by_its_own_rows(database):
    database.execute("""
        CREATE TABLE parent (a int, b int);
        CREATE TABLE child (c int) INHERITS (parent);
        INSERT INTO parent VALUES (1, 1); INSERT INTO child VALUES (2, 2, 2), (3, 3, 3);
    """)
    proven = rows_of(database)
    assert (proven["public.parent"].rows, proven["public.child"].rows) == (1, 2)


PARTITIONS = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE by_range (id int, note text) PARTITION BY RANGE (id);
CREATE TABLE range_1 PARTITION OF by_range FOR VALUES FROM (0) TO (50);
CREATE TABLE range_2 PARTITION OF by_range DEFAULT;
CREATE TABLE by_list (id int, mood mood) PARTITION BY LIST (mood);
CREATE TABLE list_sad PARTITION OF by_list FOR VALUES IN ('sad') PARTITION BY HASH (id);
CREATE TABLE list_sad_0 PARTITION OF list_sad FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE list_sad_1 PARTITION OF list_sad FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE list_other PARTITION OF by_list DEFAULT;
CREATE TABLE by_hash (id int, mood mood) PARTITION BY HASH (mood);
CREATE TABLE hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0) PARTITION BY RANGE (id);
CREATE TABLE hash_0_low PARTITION OF hash_0 FOR VALUES FROM (0) TO (50);
CREATE TABLE hash_0_high PARTITION OF hash_0 DEFAULT;
CREATE TABLE hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE unsplit (id int) PARTITION BY HASH (id);
CREATE TABLE unsplit_list (id int) PARTITION BY LIST (id);
INSERT INTO by_range SELECT n, 'n' || n FROM generate_series(1, 99) AS n;
INSERT INTO by_list SELECT n, (enum_range(NULL::mood))[1 + n % 3] FROM generate_series(1, 99) AS n;
INSERT INTO by_hash SELECT * FROM by_list;
"""


def test_partitions_are_proven_one_by_one_and_hash_partitions_at_their_root(database):
    database.execute(PARTITIONS)
    proven = {name: rows.rows for name, rows in rows_of(database).items() if name != LARGE_OBJECTS}
    assert proven == {
        "public.range_1": 49,
        "public.range_2": 50,
        "public.list_sad": 33,
        "public.list_other": 66,
        "public.by_hash": 99,
        "public.unsplit": 0,
    }


@pytest.mark.parametrize("major", MAJORS)
def test_a_restored_copy_has_the_same_proof_of_rows(server_of, new_database, tmp_path, major):
    database, copied = new_database(server_of(major)), new_database(server_of(major))
    database.execute(EVERYTHING)
    copied.execute("CREATE TYPE shifts_oids AS ENUM ('a', 'b', 'c'); DROP TYPE shifts_oids")
    copy(database, copied, tmp_path)
    assert rows_of(copied) == rows_of(database)


@pytest.mark.parametrize(
    "change",
    [
        "VACUUM FULL",
        "CREATE INDEX by_n ON kinds (n); CLUSTER kinds USING by_n",
        "REINDEX TABLE kinds",
        "ALTER TABLE kinds ALTER n SET STORAGE EXTERNAL; UPDATE kinds SET n = n",
        "ALTER TYPE mood ADD VALUE 'ecstatic'",
        "CREATE INDEX ON kinds (id); DELETE FROM empty",
        "ALTER TABLE parent SET (fillfactor = 50); ANALYZE",
    ],
)
def test_what_changes_no_row_changes_no_digest(database, change):
    database.execute(EVERYTHING)
    before = rows_of(database)
    for statement in change.split(";"):
        database.execute(statement)
    assert rows_of(database) == before


def test_hash_partitions_on_an_enum_may_be_distributed_otherwise_by_a_restore(server, new_database, tmp_path):
    database, copied = new_database(server), new_database(server)
    database.execute(PARTITIONS)
    copied.execute(
        "CREATE TYPE shifts_oids AS ENUM ('a', 'b', 'c', 'd', 'e', 'f', 'g'); DROP TYPE shifts_oids"
    )
    copy(database, copied, tmp_path)
    leaves = "SELECT (SELECT count(*) FROM hash_0), (SELECT count(*) FROM hash_1)"
    assert rows_of(copied)["public.by_hash"] == rows_of(database)["public.by_hash"]
    assert sum(database.rows(leaves)[0]) == sum(copied.rows(leaves)[0])


@pytest.fixture(scope="module")
def full_database(server):
    server.create_database("everything", EVERYTHING)
    yield Database(server, "everything")
    server.drop_database("everything")


SETTINGS = [
    ("DateStyle", "'German'"),
    ("IntervalStyle", "'iso_8601'"),
    ("TimeZone", "'Asia/Tokyo'"),
    ("extra_float_digits", "'-5'"),
    ("bytea_output", "'escape'"),
    ("lc_monetary", "'C.UTF-8'"),
    ("xmloption", "'document'"),
    ("search_path", "'pg_catalog, public'"),
    ("quote_all_identifiers", "'on'"),
    ("row_security", "'on'"),
    ("default_transaction_isolation", "'read uncommitted'"),
    ("client_encoding", "'LATIN1'"),
    ("synchronize_seqscans", "'off'"),
    ("array_nulls", "'off'"),
]


@pytest.mark.parametrize(("setting", "value"), SETTINGS, ids=[name for name, _ in SETTINGS])
def test_the_database_s_own_settings_do_not_change_the_digest(full_database, setting, value):
    before = rows_of(full_database)
    full_database.execute(f"ALTER DATABASE {full_database.name} SET {setting} = {value}")
    try:
        assert rows_of(full_database) == before
    finally:
        full_database.server.execute(f"ALTER DATABASE {full_database.name} RESET {setting}")


@pytest.mark.parametrize(
    "setting", ["statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout"]
)
def test_a_session_s_timeouts_are_off_whatever_the_database_says(full_database, setting):
    full_database.execute(f"ALTER DATABASE {full_database.name} SET {setting} = '10s'")
    try:
        with connected(Address.parse(full_database.url)) as connection:
            assert connection.execute(f"SHOW {setting}").fetchone() == ("0",)
    finally:
        full_database.execute(f"ALTER DATABASE {full_database.name} RESET {setting}")


def test_foreign_tables_are_named_as_unjudged_and_not_read(database):
    database.execute("""
        CREATE EXTENSION postgres_fdw;
        CREATE SERVER nowhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '/nonexistent');
        CREATE FOREIGN TABLE far (id int) SERVER nowhere;
        CREATE TABLE spread (id int) PARTITION BY RANGE (id);
        CREATE TABLE near_part PARTITION OF spread FOR VALUES FROM (0) TO (9);
        CREATE FOREIGN TABLE far_part PARTITION OF spread FOR VALUES FROM (10) TO (19) SERVER nowhere;
        INSERT INTO near_part VALUES (1);
    """)
    unjudged = inventory_of(database).unjudged
    assert set(unjudged) == {"table public.far", "table public.far_part"}
    assert rows_of(database)["public.near_part"].rows == 1


def test_a_hash_partition_on_another_server_leaves_the_root_unjudged(database):
    database.execute("""
        CREATE EXTENSION postgres_fdw;
        CREATE SERVER nowhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '/nonexistent');
        CREATE TABLE spread (id int) PARTITION BY HASH (id);
        CREATE TABLE near_part PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE FOREIGN TABLE far_part PARTITION OF spread
            FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER nowhere;
    """)
    assert set(inventory_of(database).unjudged) == {"table public.far_part", "table public.spread"}
    assert set(rows_of(database)) == {LARGE_OBJECTS}


def test_tables_of_an_extension_are_named_as_unjudged(database):
    database.execute("""
        CREATE EXTENSION citext SCHEMA public;
        CREATE TABLE owned (id int);
        ALTER EXTENSION citext ADD TABLE owned;
    """)
    unjudged = inventory_of(database).unjudged
    assert unjudged == {
        "table public.owned": "belongs to extension citext, which decides which of its rows are dumped"
    }


def test_rows_of_an_extension_are_counted_and_judged_only_where_all_of_them_are_dumped(database):
    database.execute("""
        CREATE EXTENSION citext SCHEMA public;
        CREATE TABLE lost (id int);
        CREATE TABLE part (id int);
        CREATE TABLE kept (id int);
        ALTER EXTENSION citext ADD TABLE lost;
        ALTER EXTENSION citext ADD TABLE part;
        ALTER EXTENSION citext ADD TABLE kept;
        UPDATE pg_extension SET extconfig = ARRAY['kept'::regclass, 'part'::regclass]::oid[],
               extcondition = ARRAY['', 'WHERE id > 5'] WHERE extname = 'citext';
        INSERT INTO lost SELECT generate_series(1, 10);
    """)
    proof = proof_of(database)
    assert set(proof.tables) == {"public.kept"}
    assert {name: rows.rows for name, rows in proof.reported.items()} == {"public.lost": 10, "public.part": 0}
    assert set(proof.unjudged) == {"table public.lost", "table public.part"}


def test_temporary_tables_are_not_proven(database):
    with database.connect() as connection:
        connection.execute("CREATE TEMPORARY TABLE passing (id int)")
        assert set(rows_of(database)) == {LARGE_OBJECTS}


def test_a_materialized_view_is_reported_and_not_judged(database):
    database.execute("""
        CREATE MATERIALIZED VIEW ten AS SELECT generate_series(1, 10);
        CREATE MATERIALIZED VIEW none AS SELECT 1 WITH NO DATA;
    """)
    inventory = inventory_of(database)
    assert {unit.table.qualified: unit.judged for unit in inventory.units} == {"public.ten": False}
    assert inventory.unjudged == {"table public.none": "is a materialized view without data"}
