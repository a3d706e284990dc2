"""The digest of rows sees whatever differs between two values."""

import pytest
from psycopg import sql

from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.connection import connected
from scims_backup.engines.postgresql.proving.columns import Column
from scims_backup.engines.postgresql.proving.rows import _DIGEST
from tests.support.databases import Database
from tests.support.programs import MAJORS
from tests.support.proving import rows_of

USERS = """
CREATE TABLE users (id int PRIMARY KEY, name text, password text);
INSERT INTO users SELECT n, 'user ' || n, md5(n::text) FROM generate_series(1, 100) AS n;
"""


@pytest.mark.parametrize("major", MAJORS)
def test_on_each_major_rows_are_counted_and_an_exchange_is_seen(server_of, new_database, major):
    database = new_database(server_of(major))
    database.execute(USERS)
    before = rows_of(database)
    database.execute(EXCHANGE)
    after = rows_of(database)
    assert before["public.users"].rows == after["public.users"].rows == 100
    assert before["public.users"].digest != after["public.users"].digest


EXCHANGE = """
UPDATE users AS u SET password = o.password FROM users AS o
 WHERE (u.id, o.id) IN ((7, 8), (8, 7))
"""


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM users WHERE id = 42",
        "ALTER TABLE users DROP CONSTRAINT users_pkey; INSERT INTO users SELECT * FROM users WHERE id = 42",
        "UPDATE users SET name = 'x' WHERE id = 42",
        "UPDATE users SET name = NULL WHERE id = 42",
        "UPDATE users SET name = name || ' ' WHERE id = 42",
        "UPDATE users SET name = password, password = name WHERE id = 42",
        EXCHANGE,
        "TRUNCATE users",
        "ALTER TABLE users ADD COLUMN seen boolean",
    ],
)
def test_a_change_of_rows_is_seen(database, change):
    database.execute(USERS)
    before = rows_of(database)
    database.execute(change)
    assert rows_of(database)["public.users"] != before["public.users"]


def test_a_row_lost_and_another_doubled_is_seen_though_the_count_is_the_same(database):
    database.execute(USERS + "ALTER TABLE users DROP CONSTRAINT users_pkey;")
    before = rows_of(database)["public.users"]
    database.execute("DELETE FROM users WHERE id = 1; INSERT INTO users SELECT * FROM users WHERE id = 2")
    after = rows_of(database)["public.users"]
    assert after.rows == before.rows
    assert after.digest != before.digest


def test_twenty_thousand_exchanges_of_one_value_are_all_seen(database):
    database.execute("""
        SELECT setseed(0.5);
        CREATE TABLE pairs AS
        SELECT pair, side, pair * 2 + side AS id, md5(random()::text) AS password
          FROM generate_series(1, 20000) AS pair, generate_series(0, 1) AS side;
        CREATE TABLE exchanged AS
        SELECT a.pair, a.side, a.id, b.password FROM pairs AS a
          JOIN pairs AS b ON b.pair = a.pair AND b.side <> a.side
    """)
    columns = [Column("id", 23, deterministic=True), Column("password", 25, deterministic=True)]
    digest = _DIGEST.format(columns=sql.SQL(", ").join(column.hashed() for column in columns))
    query = sql.SQL("""
        SELECT count(*), count(*) FILTER (WHERE a.digest <> b.digest)
          FROM (SELECT pair, {0} AS digest FROM public.pairs GROUP BY pair) AS a
          JOIN (SELECT pair, {0} AS digest FROM public.exchanged GROUP BY pair) AS b USING (pair)
    """).format(digest)
    with connected(Address.parse(database.url)) as connection:
        assert connection.execute(query).fetchone() == (20000, 20000)


@pytest.fixture(scope="module")
def typed_database(server):
    server.create_database("typed", TYPES)
    yield Database(server, "typed")
    server.drop_database("typed")


TYPES = """
CREATE EXTENSION citext SCHEMA public;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN price AS numeric CHECK (VALUE > 0);
CREATE DOMAIN moods AS mood[];
CREATE DOMAIN cheap AS price;
"""


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("numeric", "1.0", "1.00"),
        ("price", "1.0", "1.00"),
        ("cheap", "1.0", "1.00"),
        ("numeric", "'NaN'", "0"),
        ("numeric", "'Infinity'", "'-Infinity'"),
        ("numeric[]", "'{1.0}'", "'{1.00}'"),
        ("float8", "0", "'-0'"),
        ("float4", "0", "'-0'"),
        ("float8", "0.1", "0.1::float4"),
        ("float8", "'infinity'", "'-infinity'"),
        ("float8[]", "'{0}'", "'{-0}'"),
        ("citext", "'Abc'", "'abc'"),
        ("citext[]", "'{Abc}'", "'{abc}'"),
        ("jsonb", "'1.0'", "'1'"),
        ("jsonb", """'{"a": 1.0}'""", """'{"a": 1}'"""),
        ("jsonb", "'null'", "NULL"),
        ("json", """'{"a": 1}'""", """'{"a":1}'"""),
        ("interval", "'1 mon'", "'30 days'"),
        ("interval", "'1 day'", "'24 hours'"),
        ("interval[]", "'{1 day}'", "'{24 hours}'"),
        ("bpchar", "'a'", "'a '"),
        ("char(3)", "'a'", "'b'"),
        ('"char"', "'a'", "'b'"),
        ("name", "'a'", "'b'"),
        ("text", "''", "NULL"),
        ("varchar", "'a'", "'a '"),
        ("bytea", r"'\x00'", r"'\x0000'"),
        ("bytea", "''", "NULL"),
        ("int[]", "'{1,2}'", "'[0:1]={1,2}'"),
        ("int[]", "'{{1,2}}'", "'{1,2}'"),
        ("int[]", "'{}'", "NULL"),
        ("text[]", "'{NULL}'", """'{"NULL"}'"""),
        ("text[]", "'{NULL}'", "'{}'"),
        ("pair", "ROW(NULL, NULL)", "NULL"),
        ("pair", "ROW(1, '')", "ROW(1, NULL)"),
        ("pair[]", "ARRAY[ROW(1, 'a')::pair]", "ARRAY[ROW(1, 'b')::pair]"),
        ("mood", "'sad'", "'happy'"),
        ("mood[]", "'{sad,ok}'", "'{ok,sad}'"),
        ("moods", "'{sad,ok}'", "'{ok,sad}'"),
        ("xml", "'<a/>'", "'<a></a>'"),
        ("point", "'(1,2)'", "'(2,1)'"),
        ("box", "'(1,1),(0,0)'", "'(1,1),(0,0.5)'"),
        ("polygon", "'((0,0),(1,1))'", "'((1,1),(0,0))'"),
        ("circle", "'<(0,0),1>'", "'<(0,0),2>'"),
        ("money", "1.5", "1.51"),
        ("bit(3)", "'101'", "'110'"),
        ("varbit", "'1'", "'10'"),
        ("tsvector", "'a:1'", "'a:2'"),
        ("tsquery", "'a & b'", "'b & a'"),
        ("regclass", "'pg_class'", "'pg_type'"),
        ("oid", "1", "2"),
        ("oidvector", "'1 2'", "'2 1'"),
        ("date", "'infinity'", "'-infinity'"),
        ("timestamp", "'infinity'", "'-infinity'"),
        ("timestamp", "'2026-01-01 00:00:00'", "'2026-01-01 00:00:00.000001'"),
        ("timestamptz", "'2026-01-01 00:00:00+00'", "'2026-01-01 00:00:00+01'"),
        ("time", "'24:00'", "'00:00'"),
        ("timetz", "'12:00+00'", "'13:00+01'"),
        ("uuid", "'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'"),
        ("inet", "'10.0.0.1'", "'10.0.0.1/24'"),
        ("cidr", "'10.0.0.0/8'", "'10.0.0.0/9'"),
        ("macaddr", "'08:00:2b:01:02:03'", "'08:00:2b:01:02:04'"),
        ("int4range", "'[1,3)'", "'[1,4)'"),
        ("numrange", "'[1.0,2)'", "'[1.00,2)'"),
        ("int4range", "'empty'", "NULL"),
        ("int4multirange", "'{[1,2)}'", "'{}'"),
        ("pg_lsn", "'0/1'", "'0/2'"),
        ("jsonpath", "'$.a'", "'$.b'"),
        ("boolean", "false", "NULL"),
        ("bigint", "1", "4294967296"),
        ("bigint", "-1", "1"),
        ("bigint", "-2", "-4294967297"),
        ("timestamp", "'2000-01-01 00:00:00.000001'", "'2000-01-01 01:11:34.967296'"),
        ("timestamptz", "'2000-01-01 00:00:00.000001Z'", "'2000-01-01 01:11:34.967296Z'"),
        ("time", "'00:00:00.000001'", "'01:11:34.967296'"),
        ("smallint", "0", "NULL"),
        ("xid", "'1'", "'2'"),
        ("tid", "'(0,1)'", "'(1,0)'"),
    ],
)
def test_values_that_differ_have_different_digests(typed_database, kind, before, after):
    database = typed_database
    database.execute(
        f"DROP TABLE IF EXISTS one; CREATE TABLE one (v {kind}); INSERT INTO one VALUES ({before})"
    )
    first = rows_of(database)["public.one"]
    assert rows_of(database)["public.one"] == first
    database.execute(f"UPDATE one SET v = {after}")
    assert rows_of(database)["public.one"] != first


@pytest.mark.icu
@pytest.mark.parametrize("kind", ["text", "varchar(10)", "char(10)", "text[]", "anyhow"])
def test_a_collation_that_finds_different_texts_equal_does_not_hide_them(icu_server, new_database, kind):
    database = new_database(icu_server)
    database.execute("""
        CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE DOMAIN anyhow AS text COLLATE anycase;
    """)
    collate = "" if kind == "anyhow" else "COLLATE anycase"
    values = ("'{abc}'", "'{ABC}'")
    database.execute(f"CREATE TABLE one (v {kind} {collate}); INSERT INTO one VALUES ({values[0]})")
    first = rows_of(database)["public.one"]
    assert database.value(f"SELECT v = {values[1]} FROM one")
    database.execute(f"UPDATE one SET v = {values[1]}")
    assert rows_of(database)["public.one"] != first


def test_where_values_sit_in_which_column_is_seen(database):
    database.execute("CREATE TABLE two (a numeric, b numeric); INSERT INTO two VALUES (1, NULL)")
    first = rows_of(database)["public.two"]
    database.execute("UPDATE two SET a = b, b = a")
    assert rows_of(database)["public.two"] != first
