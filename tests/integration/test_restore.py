"""`scims-backup restore` on real servers: beside the live database, proven, swapped, and undone."""

import shlex
import signal
import threading

import psycopg
import pytest

from tests.support import cli_schemas
from tests.support.databases import Database
from tests.support.restores import differences, drop_all_but, names_on, proof_of_all, rename, shop_of
from tests.support.servers import PostgresServer

LIVE = 'Lager "Süd" 100%'
ROLES = """
CREATE ROLE "App User" LOGIN; CREATE ROLE owner; CREATE ROLE database;
GRANT owner TO database WITH ADMIN OPTION;
"""
TABLES = """
CREATE SCHEMA app AUTHORIZATION owner; GRANT USAGE ON SCHEMA app TO "App User";
CREATE TABLE app.items (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE);
INSERT INTO app.items (name) SELECT 'item ' || n FROM generate_series(1, 500) AS n;
CREATE TABLE app.stocks (item int REFERENCES app.items, quantity int CHECK (quantity >= 0));
CREATE INDEX ON app.stocks (item);
INSERT INTO app.stocks SELECT n, n FROM generate_series(1, 500) AS n;
CREATE UNLOGGED TABLE app.seen AS SELECT 7 AS id;
CREATE MATERIALIZED VIEW app.counted AS SELECT count(*) FROM app.items;
ALTER TABLE app.items OWNER TO owner; GRANT SELECT ON app.items TO "App User";
SELECT lo_from_bytea(0, 'picture');
"""
OF_THE_DATABASE = """
ALTER DATABASE {name} OWNER TO owner;
ALTER DATABASE {name} CONNECTION LIMIT 50;
COMMENT ON DATABASE {name} IS 'GRANT ALL ON DATABASE x TO public; it''s \\ "DATABASE y"';
REVOKE CONNECT ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO "App User", database;
ALTER DATABASE {name} SET app.key = 'a "quoted" one''s; -- \\ key';
ALTER DATABASE {name} SET search_path = app, "$user", public;
ALTER DATABASE {name} SET default_transaction_read_only = on;
ALTER DATABASE {name} SET statement_timeout = '5min';
ALTER ROLE "App User" IN DATABASE {name} SET work_mem = '7MB';
"""


def _quoted(name):
    return psycopg.sql.Identifier(name).as_string()


@pytest.fixture(scope="module")
def server():
    with PostgresServer(settings={"max_prepared_transactions": "5"}) as server:
        server.execute(ROLES)
        yield server


@pytest.fixture(scope="module")
def shop(server, tmp_path_factory):
    server.create_database(LIVE, TABLES)
    server.execute(OF_THE_DATABASE.format(name=_quoted(LIVE)))
    return shop_of(
        Database(server, LIVE),
        tmp_path_factory.mktemp("shop"),
        {"SCIMS_POSTGRESQL_BIN": str(server.programs)},
    )


@pytest.fixture(scope="module")
def backup(shop):
    ended = shop.cli.run("backup", "--json")
    assert ended.code == 0, ended.err
    return ended.document["id"]


@pytest.fixture(scope="module")
def proof(shop, backup):  # noqa: ARG001  of what was backed up
    return proof_of_all(shop.database)


@pytest.fixture
def clean(server, shop, backup):  # noqa: ARG001  the backup comes first
    """Let a test find the live database alone, as it was backed up."""
    yield
    before = next((name for name in names_on(server) if f"{LIVE}_before_" in name), None)
    if before is not None:
        server.drop_database(LIVE)
        rename(server, before, LIVE)
    drop_all_but(server, LIVE)


def _write(database, statement):
    with database.connect(options="-c default_transaction_read_only=off") as connection:
        connection.execute(statement)


def _lines(document):
    return {one["what"]: (one["suffices"], one["found"]) for one in document["survey"]}


@pytest.mark.usefixtures("clean")
def test_a_backup_is_restored_beside_with_all_that_hangs_on_the_database(server, shop, backup, proof):
    ended = shop.restore(backup)
    assert ended.code == 0, ended.out + ended.err
    cli_schemas.check("restore", ended.document)
    name = f"{LIVE}_restored_{backup.removeprefix('shop-').lower()}"
    assert (ended.document["database"], ended.document["swapped"]) == (name, False)
    assert ended.document["findings"] == []
    assert "one's" not in ended.out + ended.err  # app.key may be a secret
    assert names_on(server) == [LIVE, name]
    of_database = """
        SELECT pg_get_userbyid(datdba), datconnlimit, shobj_description(oid, 'pg_database'),
               (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) AS a),
               encoding, datcollate, datctype,
               (SELECT array_agg(setconfig::text ORDER BY setrole) FROM pg_db_role_setting
                 WHERE setdatabase = d.oid)
          FROM pg_database AS d WHERE datname = current_database()
    """
    restored = Database(server, name)
    assert restored.rows(of_database) == shop.database.rows(of_database)
    assert restored.value("SHOW app.key") == 'a "quoted" one\'s; -- \\ key'
    assert restored.value("SELECT count(*) FROM pg_stats WHERE tablename = 'items'") == 2
    assert differences(proof, restored) == differences(proof, shop.database) == []

    _write(restored, "DELETE FROM app.stocks WHERE item = 7")
    again = shop.restore(backup, "--swap", "--confirm", LIVE)
    cli_schemas.check("restore", again.document)
    assert (again.code, again.document["swapped"]) == (3, False)
    assert "already exists: it is proven again" in again.err
    (finding,) = [one for one in again.document["findings"] if one["kind"] == "rows-differ"]
    assert (finding["expected"], finding["found"]) == ("500 rows", "499 rows")
    assert names_on(server) == [LIVE, name]


class Client(threading.Thread):
    """Connects, reads, and connects again as soon as it is thrown out; remembers what it was told."""

    def __init__(self, database):
        super().__init__(daemon=True)
        self._database, self.over = database, threading.Event()
        self.told: list[str] = []
        self.seen: list[object] = []
        self.news = threading.Condition()

    def run(self):
        while not self.over.is_set():
            try:
                with self._database.connect(user="App User") as connection:
                    while not self.over.is_set():
                        self._saw(connection.execute("SELECT count(*) FROM app.items").fetchone())
            except psycopg.Error as error:
                self.told.append(str(error))

    def _saw(self, row):
        with self.news:
            self.seen.append(row[0])
            self.news.notify_all()

    def wait_to_see(self, count):
        with self.news:
            assert self.news.wait_for(lambda: self.seen[-1:] == [count], timeout=60), self.told[-3:]


HARMLESS = ("terminating connection", "just been dropped or renamed", "server closed the connection")


@pytest.mark.usefixtures("clean")
def test_clients_of_the_live_database_get_back_in_after_a_swap_and_after_its_undoing(server, shop, backup):
    def after_the_backup(database):
        return database.value("SELECT count(*) FROM app.items WHERE name = 'after the backup'")

    _write(shop.database, "INSERT INTO app.items OVERRIDING SYSTEM VALUE VALUES (-1, 'after the backup')")
    clients = [Client(shop.database) for _ in range(2)]
    for client in clients:
        client.start()
        client.wait_to_see(501)
    try:
        swapped = shop.swap(backup)
        for client in clients:
            client.wait_to_see(500)
        undone = shop.undo()
        for client in clients:
            client.wait_to_see(501)
    finally:
        for client in clients:
            client.over.set()
        for client in clients:
            client.join()
        _write(shop.database, "DELETE FROM app.items WHERE name = 'after the backup'")
    assert swapped.code == 0, swapped.out + swapped.err
    cli_schemas.check("restore", swapped.document)
    assert (swapped.document["database"], swapped.document["swapped"]) == (LIVE, True)
    assert swapped.document["aside"].startswith(f"{LIVE}_before_")
    assert undone.code == 0, undone.out + undone.err
    cli_schemas.check("restore", undone.document)
    assert undone.document["restored"] == swapped.document["aside"]
    assert names_on(server) == [LIVE, undone.document["aside"]]
    assert after_the_backup(Database(server, undone.document["aside"])) == 0
    told = [text for client in clients for text in client.told]
    assert told
    assert [text for text in told if not any(word in text for word in HARMLESS)] == []


@pytest.mark.usefixtures("clean")
def test_a_second_swap_puts_the_first_one_aside_and_undo_brings_the_last_back(server, shop, backup, proof):
    first, second = shop.swap(backup, "--jobs", "1"), shop.swap(backup)
    asides = [one.document["aside"] for one in (first, second)]
    assert names_on(server) == sorted([LIVE, *asides])
    assert shop.undo().document["restored"] == asides[1]
    assert differences(proof, Database(server, asides[0])) == []
    assert differences(proof, shop.database) == []


@pytest.mark.usefixtures("clean", "backup")
def test_a_swap_where_no_live_database_is_only_renames(server, shop, proof):
    rename(server, LIVE, "kept")
    ended = shop.swap("--at", "2099-01-01T00:00:00Z")
    assert ended.code == 0, ended.out + ended.err
    assert (ended.document["database"], ended.document["aside"]) == (LIVE, None)
    assert differences(proof, shop.database) == []
    server.drop_database(LIVE)
    rename(server, "kept", LIVE)


@pytest.mark.usefixtures("clean", "backup")
def test_a_name_that_another_database_has_is_neither_overwritten_nor_swapped(server, shop, proof):
    server.create_database("taken", "CREATE TABLE precious AS SELECT 7 AS id")
    ended = shop.swap("--into", "taken")
    assert (ended.code, ended.document["database"], ended.document["swapped"]) == (3, "taken", False)
    assert Database(server, "taken").value("SELECT id FROM precious") == 7
    assert names_on(server) == [LIVE, "taken"]
    assert differences(proof, shop.database) == []


@pytest.mark.usefixtures("clean", "backup")
def test_a_moment_before_the_first_backup_has_none_to_restore(server, shop):
    ended = shop.restore("--at", "2020-01-01T00:00:00Z")
    assert (ended.code, ended.document["error"]["kind"]) == (5, "NothingToWorkOnError")
    assert names_on(server) == [LIVE]


@pytest.mark.usefixtures("clean", "backup")
def test_a_restore_that_is_signalled_leaves_nothing_behind(server, shop, proof):
    with shop.cli.start("restore") as process:
        assert process.stderr is not None
        assert any(told.startswith("restore: about") for told in process.stderr)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM, err
    assert "stopped by SIGTERM" in err
    assert names_on(server) == [LIVE]
    assert differences(proof, shop.database) == []


@pytest.mark.usefixtures("clean")
def test_a_dry_run_says_what_is_there_and_changes_nothing(server, shop, backup):
    server.create_database(f"{LIVE}_restoring_0123abcd")
    server.execute('ALTER ROLE "App User" CREATEDB')
    ended = shop.restore(backup, "--dry-run", "--swap")
    server.execute('ALTER ROLE "App User" NOCREATEDB')
    cli_schemas.check("restore", ended.document)
    assert ended.code == 0, ended.out + ended.err
    lines = _lines(ended.document)
    name = f"{LIVE}_restored_{backup.removeprefix('shop-').lower()}"
    assert lines.pop(f"live database {LIVE}")[1].endswith("connections: 0")
    assert lines.pop("space")[0] is True
    assert lines.pop(f"backup {backup}")[1].endswith(" old; no drill has proven it yet")
    assert lines == {
        "version": (True, "PostgreSQL 15 here, 15 in the backup"),
        "pg_restore": (True, f"{server.programs.parent.name.rpartition('.')[0]} in {server.programs}"),
        "rights": (True, "postgres: superuser, CREATEDB, CREATEROLE"),
        f"name {name}": (True, "free"),
        f"database {LIVE}_restoring_0123abcd": (
            True,
            "of a restore that is running or failed; if it failed, it will be dropped",
        ),
        "extensions": (True, "all present: plpgsql"),
        "roles": (True, "all present: App User, database, owner, postgres"),
        "roles with other rights": (True, "kept as they are here: App User"),
        "encoding and locale": (True, "encoding UTF8, C.UTF-8"),
    }
    assert names_on(server) == [LIVE, f"{LIVE}_restoring_0123abcd"]
    people = shop.cli.run("restore", "--dry-run")
    assert "nothing was done" in people.out
    assert people.code == 0


WRITING = (
    "INSERT INTO app.items (name) VALUES ('by the probe'); UPDATE app.stocks SET quantity = 0 WHERE item = 1;"
    " SELECT current_setting('app.key'), 1 / (SELECT count(*) FROM app.items WHERE name = 'by the probe')"
)


def _probe(server, sql):
    psql = shlex.quote(str(server.programs / "psql"))
    # the database is read-only by its own settings, which a copy has too
    options = "PGOPTIONS='-c default_transaction_read_only=off'"
    return f'{options} {psql} "$DATABASE_URL" -X -q -v ON_ERROR_STOP=1 -c {shlex.quote(sql)}'


@pytest.mark.usefixtures("clean")
def test_what_the_settings_probe_writes_does_not_reach_production(server, shop, backup, proof):
    probe = {"SCIMS_PROBE": _probe(server, WRITING)}
    first = shop.restore(backup, **probe)
    assert (first.code, first.document["compared"]["probes"]) == (0, 1), first.out + first.err
    assert names_on(server) == [LIVE, first.document["database"]]
    second = shop.restore(backup, "--swap", "--confirm", LIVE, **probe)
    assert (second.code, second.document["swapped"], second.document["was_there"]) == (0, True, True)
    assert differences(proof, shop.database) == []


@pytest.mark.usefixtures("clean")
def test_a_probe_sees_the_settings_of_the_database_in_its_copy(server, shop, backup):
    sees = (
        "SELECT 1 / (current_setting('app.key') LIKE 'a \"quoted\" one%' AND current_setting('search_path')"
    )
    sees += " LIKE 'app, %')::int FROM items LIMIT 1"
    ended = shop.restore(backup, "--probe", _probe(server, sees))
    assert (ended.code, ended.document["findings"]) == (0, []), ended.out + ended.err
    failing = shop.restore(backup, "--probe", "exit 3")
    assert [one["kind"] for one in failing.document["findings"]] == ["probe-failed"]
    assert "was either changed" not in failing.err
    off = shop.restore(backup, "--probe", "", SCIMS_PROBE="exit 3")
    assert (off.code, "probes" in off.document["compared"]) == (0, False)


@pytest.mark.usefixtures("clean")
def test_while_somebody_is_connected_a_probe_looks_at_the_database_itself_which_is_proven_again(
    server, shop, backup
):
    name = shop.restore(backup).document["database"]
    with Database(server, name).connect():
        reading = shop.restore(backup, "--probe", _probe(server, "SELECT 1"))
        assert (reading.code, reading.document["compared"]["probes"]) == (0, 1)
        assert "no copy for the probe" in reading.err
        writing = shop.restore(backup, "--swap", "--confirm", LIVE, "--probe", _probe(server, WRITING))
    assert (writing.code, writing.document["swapped"]) == (3, False)
    assert "rows-differ" in [one["kind"] for one in writing.document["findings"]]
    assert "restore again with --probe" in str(writing.document["not_checked"])
    told = shop.cli.run("restore", backup)
    assert "already existed, and was either changed since" in told.out
    assert "DROP DATABASE" in told.out
