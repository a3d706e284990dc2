"""An archive in a sandbox: what comes back, and whose fault it is when it does not."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scims_backup.domain.errors import RestoreFailedError, SandboxError
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
from tests.support.databases import Database
from tests.support.programs import MAJORS, programs_of
from tests.support.sandboxes import ROLE, Watcher, archive_of, postmaster_of, resembling, restored_in
from tests.support.servers import PostgresServer

Connection = psycopg.Connection[tuple[Any, ...]]
Restored = Callable[[bytes, Proof], Connection]


@pytest.fixture
def sandboxes() -> LocalSandboxes:
    return LocalSandboxes(root=Path(tempfile.gettempdir()))


@pytest.fixture
def restored(sandboxes) -> Iterator[Restored]:
    """Give a function that restores an archive and connects to what came out of it."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(sandboxes.open())

        def restore(archive: bytes, like: Proof) -> Connection:
            address = stack.enter_context(restored_in(sandbox, archive, like))
            connection = psycopg.connect(address.dsn(), autocommit=True)
            return stack.enter_context(closing(connection))

        yield restore


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def role(**changes: Any) -> Mapping[str, Any]:
    return {**ROLE, "login": False, **changes}


# --- what comes back ------------------------------------------------------------------------------

SOURCE = """
    CREATE ROLE owner NOLOGIN; CREATE ROLE "App User" LOGIN;
    CREATE SCHEMA app AUTHORIZATION owner;
    CREATE TABLE app.items (id bigserial PRIMARY KEY, name text);
    INSERT INTO app.items (name) SELECT 'item ' || i FROM generate_series(1, 5000) i;
    CREATE INDEX items_by_name ON app.items (name);
    CREATE TABLE app.stocks (item bigint REFERENCES app.items);
    INSERT INTO app.stocks SELECT id FROM app.items;
    CREATE MATERIALIZED VIEW app.counted AS SELECT count(*) FROM app.items;
    CREATE FUNCTION app.refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
    CREATE EVENT TRIGGER guard ON ddl_command_start EXECUTE FUNCTION app.refuse();
"""
UNGUARDED = "SET session_replication_role = replica;"
OF_THE_DATABASE = """
    ALTER DATABASE {name} SET default_transaction_read_only = on;
    ALTER DATABASE {name} SET search_path = app, "odd name";
    ALTER DATABASE {name} SET statement_timeout = 5000;
    ALTER DATABASE {name} CONNECTION LIMIT 77;
    ALTER DATABASE {name} OWNER TO owner;
    ALTER ROLE owner IN DATABASE {name} SET work_mem = '8MB';
    COMMENT ON DATABASE {name} IS 'the shop''s';
    REVOKE CONNECT ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO "App User";
"""
ROLES = {"role": {"owner": role(), '"App User"': role(login=True), "postgres": role(superuser=True)}}
OF_SHARED_CATALOGS = """
    SELECT pg_get_userbyid(datdba), datconnlimit, shobj_description(oid, 'pg_database'),
           has_database_privilege('App User', oid, 'CONNECT'),
           has_database_privilege('pg_monitor', oid, 'CONNECT'),
           (SELECT array_agg(s.setconfig::text ORDER BY setrole)
              FROM pg_db_role_setting s WHERE setdatabase = d.oid)
      FROM pg_database d WHERE datname = 'shop'
"""


@pytest.mark.parametrize("major", MAJORS)
def test_the_database_comes_back_with_all_that_hangs_on_it(major, restored):
    with PostgresServer(major) as server:
        server.create_database("shop", SOURCE)
        shop = Database(server, "shop")
        shop.execute(f"""{UNGUARDED}
            SELECT lo_from_bytea(0, 'picture');
            CREATE PUBLICATION news FOR TABLE app.items;
            CREATE SUBSCRIPTION feed CONNECTION 'host=/nowhere dbname=x' PUBLICATION p WITH (connect = false);
        """)
        server.execute(OF_THE_DATABASE.format(name="shop"))
        archive = archive_of(shop)
        expected = Database(server, "postgres").rows(OF_SHARED_CATALOGS)
    connection = restored(archive, resembling(major, schema=ROLES))
    connection.execute("SET statement_timeout = 0")
    assert rows(connection, OF_SHARED_CATALOGS) == expected
    assert rows(connection, "SELECT count(*), max(name) FROM app.items") == [(5000, "item 999")]
    assert rows(connection, "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'app'") == [
        ("owner",)
    ]
    assert rows(connection, "SELECT * FROM app.counted") == [(5000,)]
    assert rows(connection, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'") == [(1,)]
    assert rows(connection, "SELECT lo_get(oid) FROM pg_largeobject_metadata") == [(b"picture",)]
    assert rows(connection, "SELECT evtname FROM pg_event_trigger") == [("guard",)]
    assert rows(connection, "SELECT pubname FROM pg_publication") == [("news",)]
    assert rows(connection, "SELECT subname, subenabled FROM pg_subscription") == [("feed", False)]


@pytest.mark.parametrize("name", ["postgres", "template1", 'Bücher & "mehr" \\'])
def test_a_database_of_any_name_comes_back(name, restored):
    with PostgresServer() as server:
        if name not in ("postgres", "template1"):
            server.create_database(name)
        source = Database(server, name)
        source.execute("CREATE TABLE t (id int); INSERT INTO t VALUES (7)")
        archive = archive_of(source)
    connection = restored(archive, resembling(database=name))
    assert rows(connection, "SELECT current_database(), id FROM public.t") == [(name, 7)]


@pytest.mark.parametrize("major", MAJORS)
def test_what_the_source_dropped_does_not_reappear(major, server_of, new_database, restored):
    database = new_database(server_of(major))
    database.execute("DROP SCHEMA public; DROP EXTENSION plpgsql")
    like = resembling(major, database.name, {"schema": {}, "extension": {}})
    connection = restored(archive_of(database), like)
    assert rows(connection, "SELECT 1 FROM pg_namespace WHERE nspname = 'public'") == []
    assert rows(connection, "SELECT 1 FROM pg_extension") == []


@pytest.mark.parametrize("major", MAJORS)
def test_schema_public_keeps_its_owner_and_grants(major, restored):
    query = "SELECT pg_get_userbyid(nspowner), nspacl::text FROM pg_namespace WHERE nspname = 'public'"
    with PostgresServer(major) as server:
        server.execute("CREATE ROLE owner")
        server.create_database(
            "shop", "ALTER SCHEMA public OWNER TO owner; REVOKE ALL ON SCHEMA public FROM PUBLIC"
        )
        archive, expected = archive_of(Database(server, "shop")), Database(server, "shop").rows(query)
    schema = {"schema": {"public": {"owner": "owner"}}, "role": {"owner": role()}}
    assert rows(restored(archive, resembling(major, schema=schema)), query) == expected


@pytest.mark.parametrize("major", MAJORS)
def test_roles_come_with_their_attributes_memberships_and_settings(major, server_of, new_database, sandboxes):
    new = major >= 16
    options = {"inherit": True if new else None, "set": True if new else None}
    member = {"admin": False, "grantor": "postgres", **options}
    schema = {
        "role": {
            "postgres": role(superuser=True),
            '"a ""role"""': role(
                login=True, createdb=True, connection_limit=3, valid_until="2030-01-01 00:00:00+00"
            ),
            "chief": role(inherit=False),
            "group_": role(),
        },
        # in an order in which the second grant must come first
        "role-membership": {
            'group_."a ""role"""': {"role": "group_", "member": 'a "role"', **member, "grantor": "chief"},
            "group_.chief": {"role": "group_", "member": "chief", **member, "admin": True},
            "pg_monitor.chief": {"role": "pg_monitor", "member": "chief", **member},
        },
        "role-setting": {
            "chief.search_path": {
                "role": "chief",
                "setting": "search_path",
                "value": '"$user", public, "a b"',
            },
            "chief.local_preload_libraries": {
                "role": "chief",
                "setting": "local_preload_libraries",
                "value": '"a, b", c',
            },
            "chief.default_transaction_read_only": {
                "role": "chief",
                "setting": "default_transaction_read_only",
                "value": "on",
            },
            'chief."app.secret"': {"role": "chief", "setting": "app.secret", "digest": "00"},
        },
        "all-roles-setting": {"work_mem": {"setting": "work_mem", "value": "8MB"}},
    }
    database = new_database(server_of(major))
    like = resembling(major, database.name, schema)
    archive = archive_of(database)
    with sandboxes.open() as sandbox, restored_in(sandbox, archive, like) as address:  # noqa: SIM117  too long
        with psycopg.connect(address.dsn()) as connection:
            assert rows(
                connection,
                "SELECT rolname, rolcanlogin, rolcreatedb, rolinherit, rolconnlimit, rolvaliduntil IS NULL"
                " FROM pg_roles WHERE rolname !~ '^(pg_|postgres)' ORDER BY 1",
            ) == [
                ('a "role"', True, True, True, 3, False),
                ("chief", False, False, False, -1, True),
                ("group_", False, False, True, -1, True),
            ]
            assert rows(
                connection,
                "SELECT roleid::regrole::text, member::regrole::text, grantor::regrole::text, admin_option"
                " FROM pg_auth_members WHERE pg_get_userbyid(member) !~ '^pg_' ORDER BY 1, 2",
            ) == [
                ("group_", '"a ""role"""', "chief", False),
                ("group_", "chief", "postgres", True),
                ("pg_monitor", "chief", "postgres", False),
            ]
            assert rows(connection, "SELECT setrole = 0, setconfig FROM pg_db_role_setting ORDER BY 1") == [
                (
                    False,
                    [
                        'search_path="$user", public, "a b"',
                        'local_preload_libraries="a, b", c',
                        "default_transaction_read_only=on",
                    ],
                ),
                (True, ["work_mem=8MB"]),
            ]


def test_the_bytes_read_are_told(sandboxes, database):
    database.execute("CREATE TABLE t AS SELECT i, repeat('x', 500) FROM generate_series(1, 2000) i")
    watcher, archive = Watcher(), archive_of(database)
    like = resembling(database=database.name)
    with sandboxes.open() as sandbox, restored_in(sandbox, archive, like, watcher):
        assert watcher.total == len(archive)


# --- the backup's fault ---------------------------------------------------------------------------

BROKEN = {
    "orphans": (
        """
        CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int CONSTRAINT to_p REFERENCES p);
        SET session_replication_role = replica; INSERT INTO c VALUES (4711);
        """,
        r'ALTER TABLE ONLY public\.c: .* violates foreign key constraint "to_p"',
        "whose referenced row is missing",
    ),
    "unqualified name": (
        """
        CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN helper(); END';
        CREATE TABLE t (id int); INSERT INTO t VALUES (4711); CREATE INDEX by_f ON t (f(id));
        """,
        r"CREATE INDEX by_f: function helper\(\) does not exist",
        "search_path",
    ),
    "check that no longer holds": (
        """
        CREATE FUNCTION ok(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT true';
        CREATE TABLE t (id int CONSTRAINT sound CHECK (ok(id))); INSERT INTO t VALUES (4711);
        CREATE OR REPLACE FUNCTION ok(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT false';
        """,
        r'COPY failed for table "t": .* violates check constraint "sound"',
        "violate its own constraint",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_source_that_cannot_be_restored_is_said_with_its_cure_and_without_row_values(
    fault, database, restored
):
    statements, message, cure = BROKEN[fault]
    database.execute(statements)
    with pytest.raises(RestoreFailedError, match=message) as failure:
        restored(archive_of(database), resembling(database=database.name))
    assert cure in failure.value.cure
    assert "4711" not in str(failure.value)


@pytest.fixture(scope="module")
def sound_archive(server) -> bytes:
    server.create_database(
        "sound", "CREATE TABLE t AS SELECT i, repeat('x', 99) FROM generate_series(1, 5000) i"
    )
    archive = archive_of(Database(server, "sound"))
    server.drop_database("sound")
    return archive


@pytest.mark.parametrize("part", [0, 0.001, 0.01, 0.6, 0.999])
def test_an_archive_cut_short_cannot_be_restored(part, sound_archive, restored):
    with pytest.raises(RestoreFailedError, match="cannot be restored") as failure:
        restored(sound_archive[: int(len(sound_archive) * part)], resembling(database="sound"))
    assert "cannot be read to its end" in failure.value.cure


def test_a_file_that_is_no_archive_cannot_be_restored(restored):
    with pytest.raises(RestoreFailedError, match="does not appear to be a valid archive") as failure:
        restored(b"x" * 10_000, resembling())
    assert "cannot be read to its end" in failure.value.cure


# --- the sandbox's fault --------------------------------------------------------------------------


def test_an_extension_that_is_not_here_is_the_sandboxes_fault(database, restored):
    database.execute("CREATE EXTENSION citext")
    archive = archive_of(database).replace(
        b"EXTENSION IF NOT EXISTS citext", b"EXTENSION IF NOT EXISTS nowher"
    )
    with pytest.raises(SandboxError, match='extension "nowher" is not available') as failure:
        restored(archive, resembling(database=database.name))
    assert "install that extension" in failure.value.cure


def test_a_library_that_is_not_here_is_the_sandboxes_fault(database, restored):
    database.execute("CREATE FUNCTION f() RETURNS trigger LANGUAGE c AS '$libdir/autoinc', 'autoinc'")
    archive = archive_of(database).replace(b"$libdir/autoinc", b"$libdir/nowhere")
    with pytest.raises(SandboxError, match=r'could not access file "\$libdir/nowhere"'):
        restored(archive, resembling(database=database.name))


def test_a_locale_that_is_not_here_is_the_sandboxes_fault(database, restored):
    like = resembling(database=database.name)
    like = replace(like, server=replace(like.server, facts={"lc_collate": "x.UTF-8"}))
    with pytest.raises(SandboxError, match="locale name") as failure:
        restored(archive_of(database), like)
    assert "install that locale" in failure.value.cure


def test_a_collation_that_is_not_here_is_the_sandboxes_fault(database, restored):
    database.execute(
        "CREATE COLLATION german (locale = 'C.UTF-8'); CREATE TABLE t (name text COLLATE german)"
    )
    archive = archive_of(database).replace(b"locale = 'C.UTF-8'", b"locale = 'x.UTF-8'")
    with pytest.raises(SandboxError, match="could not create locale"):
        restored(archive, resembling(database=database.name))


def test_a_sandbox_without_icu_says_so_and_one_with_it_restores(icu_server, new_database):
    database = new_database(icu_server)
    database.execute("CREATE COLLATION german (provider = icu, locale = 'de')")
    archive, like = archive_of(database), resembling(icu_server.major, database.name)
    root = Path(tempfile.gettempdir())
    with LocalSandboxes(root, icu_server.programs).open() as sandbox, restored_in(sandbox, archive, like):
        pass
    with (
        LocalSandboxes(root, programs_of(icu_server.major)).open() as sandbox,
        pytest.raises(SandboxError, match="ICU is not supported in this build") as failure,
        restored_in(sandbox, archive, like),
    ):
        pass
    assert "with ICU" in failure.value.cure


def test_a_role_setting_that_the_sandbox_does_not_know_is_kept_unread(database, restored):
    setting = {"role": "postgres", "setting": "lc_messages", "value": "xx_XX"}
    like = resembling(database=database.name, schema={"role-setting": {"postgres.lc_messages": setting}})
    kept = "SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'postgres'::regrole"
    assert rows(restored(archive_of(database), like), kept) == [(["lc_messages=xx_XX"],)]


def test_a_server_that_dies_meanwhile_is_the_sandboxes_fault(sandboxes, sound_archive):
    class Killer(Watcher):
        def note(self, message: str) -> None:
            if not message.startswith("building indexes"):
                return
            process = os.pidfd_open(postmaster_of(directory))
            signal.pidfd_send_signal(process, signal.SIGQUIT)
            os.waitid(os.P_PIDFD, process, os.WEXITED | os.WNOWAIT)
            os.close(process)

    with sandboxes.open() as sandbox:
        directory = sandbox.directory
        with (
            pytest.raises(SandboxError, match="the sandbox's server died"),
            restored_in(sandbox, sound_archive, resembling(database="sound"), Killer()),
        ):
            pass


@pytest.fixture
def small_disk():
    """Give a directory on a file system of 120 MB, or skip where none can be mounted."""
    directory = Path(tempfile.mkdtemp(prefix="small-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=120m,mode=0755", "tmpfs", str(directory)]
    try:
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("only root can mount a small file system, and not everywhere")
        yield directory
        subprocess.run(["umount", str(directory)], check=True)
    finally:
        directory.rmdir()


def test_a_disk_that_is_too_small_is_the_sandboxes_fault_and_nothing_is_left_on_it(small_disk, database):
    database.execute("CREATE TABLE t AS SELECT repeat('x', 900) FROM generate_series(1, 120000)")
    like = resembling(database=database.name)
    with (
        LocalSandboxes(root=small_disk).open() as sandbox,
        pytest.raises(SandboxError, match="No space left on device") as failure,
        restored_in(sandbox, archive_of(database), like),
    ):
        pass
    assert "room" in failure.value.cure
    assert list(small_disk.iterdir()) == []
