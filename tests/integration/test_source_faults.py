"""Sources that cannot be reached, may not be read, or go away: a clear error, and no backup."""

import importlib
import os
import random
import signal
import threading
from typing import Any

import pytest

from scims_backup.adapters.processes.watched import CHUNK_BYTES, Child
from scims_backup.domain.errors import (
    DumpFailedError,
    SourceAccessError,
    SourceBusyError,
    SourceError,
    SourceUnreachableError,
    ToolMissingError,
)
from scims_backup.domain.level import Level
from scims_backup.engines.postgresql.connect import connection as connections
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.session_settings import Pin
from tests.support.backups import Workbench
from tests.support.databases import Database
from tests.support.servers import PostgresServer

source: Any = importlib.import_module("scims_backup.engines.postgresql.dumping.source")
dump: Any = importlib.import_module("scims_backup.engines.postgresql.dumping.pg_dump")

# A chunk just read and a full pipe: so far pg_dump has gone on before it is killed, and must not have ended.
READ_AND_IN_THE_PIPE = 2 * CHUNK_BYTES
FILLED = """
CREATE TABLE items (id int PRIMARY KEY, note text);
INSERT INTO items SELECT n, repeat(md5(n::text), 100) FROM generate_series(1, 4000) AS n;
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, item int REFERENCES items);
INSERT INTO orders (item) SELECT n FROM generate_series(1, 100) AS n;
"""


@pytest.fixture
def filled(database):
    database.execute(FILLED)
    return database


@pytest.fixture
def workbench(filled):
    return Workbench(filled)


@pytest.fixture
def role(filled):
    """Give a role that may read everything but what a test takes from it."""
    name = f"reader_{filled.name}"
    filled.execute(f"""
        CREATE ROLE {name} LOGIN;
        GRANT USAGE ON SCHEMA public TO {name};
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name};
        GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {name};
    """)
    yield name
    filled.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def fails(workbench, error, match, **options):
    """Expect a backup to fail by name, with nothing left of it."""
    with pytest.raises(error, match=match) as caught:
        workbench.take(**options)
    assert type(caught.value) is error
    assert (workbench.manifests(), workbench.vault.stored) == ([], {})
    assert list(workbench.catalog.keys("events/"))
    return caught.value


def test_a_wrong_password_is_refused_access():
    with PostgresServer(password="right") as server:
        workbench = Workbench(Database(server, "postgres"))
        address = Address.parse(server.tcp_url(), password="wrong-horse")
        error = fails(workbench, SourceAccessError, "password authentication failed", address=address)
        assert "PGPASSFILE" in error.cure
        assert "wrong-horse" not in str(error)


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("postgresql://postgres@nowhere.invalid/scims", "nowhere.invalid"),
        ("postgresql://postgres@127.0.0.1:1/scims", "refused"),
        ("postgresql://postgres@/scims?host=/nonexistent", "No such file"),
    ],
)
def test_a_host_that_does_not_answer_is_unreachable(workbench, url, match):
    fails(workbench, SourceUnreachableError, match, address=Address.parse(url))


def test_a_database_that_does_not_exist_is_named(workbench, server):
    address = Address.parse(server.url("no such database"))
    fails(workbench, SourceUnreachableError, 'database "no such database" does not exist', address=address)


def test_a_role_that_does_not_exist_is_named(workbench, server):
    address = Address.parse(server.url(workbench.database.name, user="nobody-here"))
    fails(workbench, SourceUnreachableError, 'role "nobody-here" does not exist', address=address)


def test_a_program_that_is_missing_is_named(filled, tmp_path, monkeypatch):
    monkeypatch.setattr(dump.ClientPrograms, "program", lambda _self, name: str(tmp_path / name))
    fails(Workbench(filled), ToolMissingError, "pg_dump cannot be started")


def test_every_table_and_sequence_that_may_not_be_read_is_named(filled, role):
    filled.execute(f"""
        CREATE TABLE "Pay Roll" (id int);
        CREATE SCHEMA hidden; CREATE TABLE hidden.notes (); GRANT SELECT ON hidden.notes TO {role};
        REVOKE SELECT ON orders FROM {role};
        REVOKE SELECT ON SEQUENCE orders_id_seq FROM {role};
    """)
    error = fails(Workbench(filled, role), SourceAccessError, f"role {role} may not read ")
    named = {
        'table public."Pay Roll"',
        "table hidden.notes",
        "table public.orders",
        "sequence public.orders_id_seq",
    }
    assert set(error.message.split("may not read ")[1].split(", ")) == named


@pytest.mark.parametrize("level", Level)
def test_a_large_object_that_may_not_be_read_is_named(filled, role, level):
    number = filled.value("SELECT lo_from_bytea(0, 'secret')")
    fails(Workbench(filled, role), SourceAccessError, f"large object {number}", level=level)


def test_row_level_security_without_bypassrls_is_named(filled, role):
    filled.execute("ALTER TABLE items ENABLE ROW LEVEL SECURITY")
    fails(
        Workbench(filled, role),
        SourceAccessError,
        r"can see only part of the rows, .* of table public\.items",
    )


def test_row_level_security_with_bypassrls_hides_nothing(filled, role, new_database, tmp_path):
    filled.execute(f"ALTER TABLE items ENABLE ROW LEVEL SECURITY; ALTER ROLE {role} BYPASSRLS")
    workbench = Workbench(filled, role)
    manifest, copied = workbench.take(), new_database(filled.server)
    assert workbench.findings(manifest, copied, tmp_path) == []
    copied.execute(f"DROP OWNED BY {role}")


def test_a_materialized_view_that_may_not_be_read_is_no_obstacle(filled, role):
    filled.execute("CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM items")
    assert Workbench(filled, role).take().proof.level == "full"


def test_a_table_that_somebody_keeps_locked_is_named(filled, monkeypatch):
    monkeypatch.setitem(connections._PINNED, "lock_timeout", Pin("100", "for a test"))
    with filled.connect() as holder, holder.transaction():
        holder.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        fails(Workbench(filled), SourceBusyError, r"waiting for table public\.orders: .*lock timeout")


def test_a_table_that_is_locked_when_the_dump_begins_is_told(filled, monkeypatch):
    monkeypatch.setattr(dump, "LOCK_TIMEOUT_MS", 100)
    holder = filled.connect()
    original = source.dumped

    def locked_first(*arguments):
        holder.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        return original(*arguments)

    monkeypatch.setattr(source, "dumped", locked_first)
    with holder:
        fails(Workbench(filled), SourceBusyError, "timeout", level=Level.COUNTS)


@pytest.mark.parametrize("major", [13, 19])
def test_a_major_that_is_not_known_is_refused(filled, monkeypatch, major):
    monkeypatch.setattr(source, "MAJORS", range(major, major + 1))
    fails(Workbench(filled), SourceError, "is PostgreSQL 15")


@pytest.mark.parametrize("chunks", [0, 1, 3])
def test_a_server_that_goes_away_in_the_midst_is_unreachable(monkeypatch, chunks):
    with PostgresServer() as server:
        server.create_database("scims", FILLED)
        monkeypatch.setattr(source, "dumped", _then(source.dumped, chunks, lambda: server.stop("immediate")))
        workbench = Workbench(Database(server, "scims"))
        fails(workbench, SourceUnreachableError, "server closed|terminating|connection")
        server.start_again()
        monkeypatch.undo()
        assert workbench.take().archive.bytes > 0


def test_a_session_that_is_ended_in_the_midst_is_unreachable(filled, monkeypatch):
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pg_dump'"
    monkeypatch.setattr(source, "dumped", _then(source.dumped, 1, lambda: filled.execute(end)))
    fails(Workbench(filled), SourceUnreachableError, "terminating connection|server closed")


def test_a_worker_s_session_that_is_ended_is_unreachable(filled, monkeypatch):
    end = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'scims-backup' AND query LIKE '%pg_stat_activity%' IS FALSE
    """
    monkeypatch.setattr(source, "dumped", _then(source.dumped, 0, lambda: filled.execute(end)))
    fails(Workbench(filled), SourceUnreachableError, "terminat|closed|session that held")


@pytest.mark.parametrize("number", range(20))
def test_pg_dump_killed_at_any_offset_leaves_no_backup_and_the_next_one_works(filled, monkeypatch, number):
    offset = random.Random(number).randrange(9_000_000)  # noqa: S311  # the same offsets in every run
    monkeypatch.setattr(source, "dumped", _killed(source.dumped, offset, monkeypatch))
    workbench = Workbench(filled)
    fails(workbench, DumpFailedError, "was killed by signal 9", level=Level.COUNTS)
    monkeypatch.undo()
    assert workbench.take(Level.COUNTS).archive.bytes > 9_000_000 + READ_AND_IN_THE_PIPE


def test_no_program_and_no_session_is_left_after_a_failure(filled):
    workbench = Workbench(filled)
    workbench.vault.full = True
    with pytest.raises(Exception, match="the vault is full"):
        workbench.take()
    sessions = """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND application_name IN ('scims-backup', 'pg_dump')
    """
    while filled.value(sessions):
        pass
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("prove")]


def test_two_dumps_at_once_both_succeed(filled):
    workbench = Workbench(filled)
    failures = []

    def take():
        try:
            workbench.take()
        except Exception as error:  # noqa: BLE001  # shown below
            failures.append(error)

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(workbench.manifests()) == len(workbench.vault.stored) == 2


def test_live_writers_leave_every_archive_equal_to_its_proof(filled, new_database, tmp_path):
    stop = threading.Event()
    writers = [threading.Thread(target=_write, args=(filled, number, stop)) for number in range(4)]
    for writer in writers:
        writer.start()
    try:
        workbench = Workbench(filled)
        for _ in range(3):
            manifest = workbench.take()
            assert workbench.findings(manifest, new_database(filled.server), tmp_path) == []
            assert manifest.warnings == ()
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert filled.value("SELECT last_value FROM orders_id_seq") > 200


def test_an_innocent_client_has_locks_enough_beside_two_thousand_tables():
    with PostgresServer() as server:
        server.create_database("many")
        many = Database(server, "many")
        with many.connect() as connection:
            for start in range(0, 2000, 50):
                connection.execute(
                    "".join(
                        f"CREATE TABLE t{n} (a int PRIMARY KEY, b int UNIQUE, c int UNIQUE, d int, e int);"
                        f"CREATE INDEX ON t{n} (d); CREATE INDEX ON t{n} (e);"
                        for n in range(start, start + 50)
                    )
                )
        stop = threading.Event()
        failures: list[Exception] = []
        innocent = threading.Thread(target=_touch, args=(many, stop, failures))
        innocent.start()
        try:
            manifest = Workbench(many).take()
        finally:
            stop.set()
            innocent.join()
        assert failures == []
        assert manifest.warnings == ()
        assert "out of shared memory" not in server.log


def _touch(database, stop, failures):
    """Read 300 tables with all their indexes in each transaction: 1,800 locks."""
    with database.connect() as connection:
        while not stop.is_set():
            try:
                with connection.transaction():
                    for number in range(300):
                        connection.execute(f"SELECT FROM t{number} WHERE a = 1".encode())
            except Exception as error:  # noqa: BLE001  # shown by the test
                failures.append(error)
                return


def _write(database, number, stop):
    with database.connect() as connection:
        chance = random.Random(number)  # noqa: S311
        while not stop.is_set():
            item = chance.randrange(1, 3000)
            connection.execute("INSERT INTO orders (item) VALUES (%s)", [item])
            connection.execute("UPDATE items SET note = md5(note) WHERE id = %s", [item])
            connection.execute("DELETE FROM orders WHERE mod(id, 7) = 0 AND item < %s", [item])


def _then(dumped, chunks, act):
    def streaming(*arguments):
        if chunks == 0:
            act()
        for number, chunk in enumerate(dumped(*arguments), 1):
            yield chunk
            if number == chunks:
                act()

    return streaming


def _killed(dumped, offset, monkeypatch):
    class Mortal(Child):
        seen = 0

        def read(self, *most):
            chunk = super().read(*most)
            self.seen += len(chunk)
            if self.seen > offset:
                os.kill(self._process.pid, signal.SIGKILL)
            return chunk

    monkeypatch.setattr(dump, "Child", Mortal)
    return dumped
