"""Drills on a server as RDS gives it: no superuser, roles of its own; what differs is named."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from localcloud.rds.instance import Instance
from scims_backup.domain.credentials import Credentials
from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Verdict
from scims_backup.engines.postgresql.engine import PostgresqlEngine
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.settings import PostgresqlKeys
from scims_backup.engines.registry import ENGINES
from scims_backup.ports import EngineSettings
from scims_backup.usecases.drills.run_drill import RunDrill
from tests.fakes import RecordedProgress
from tests.support.backups import Workbench
from tests.support.databases import Database
from tests.support.programs import programs_of
from tests.support.scims import load_scims
from tests.support.servers import PostgresServer

MASTER, PASSWORD = "scims_drill", "a long password that nobody chose"
MAJOR = 15


@pytest.fixture(scope="module")
def source():
    """A source of its own: its roles are judged."""
    with PostgresServer(MAJOR) as server:
        yield server


@pytest.fixture
def database(source):
    source.create_database("scims")
    yield Database(source, "scims")
    source.drop_database("scims")
    roles = Database(source, "postgres").rows(
        "SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|postgres)'"
    )
    for (role,) in roles:
        source.execute(f'DROP ROLE "{role}"')


@pytest.fixture(scope="module")
def home():
    home = Path(tempfile.mkdtemp(prefix="scims-test-rds-", dir="/tmp"))
    home.chmod(0o711)
    yield home
    home.rmdir()


@contextmanager
def instance_in(home, major=MAJOR):
    folder = home / "instance"
    instance = Instance(folder, ClientPrograms.find_server(major, programs_of(major)))
    try:
        instance.start(MASTER, PASSWORD)
        yield instance
    finally:
        instance.stop()
        os.system(f"rm -rf {folder}")  # noqa: S605  it belongs to the server's user


@pytest.fixture
def instance(home):
    with instance_in(home) as instance:
        yield instance


class Drill:
    """A backup of a database, to be drilled on an instance."""

    def __init__(self, database):
        self.programs = programs_of(database.server.major)
        self.workbench = Workbench(database)
        self.manifest = self.workbench.take()

    def on(self, instance, progress=None):
        settings = EngineSettings(own=PostgresqlKeys(programs=self.programs))
        credentials = Credentials("aws:drill", PASSWORD, {"username": MASTER})
        bench = self.workbench
        return (
            RunDrill(
                vault=bench.vault,
                catalog=bench.catalog,
                engines=ENGINES,
                sandboxes=PostgresqlEngine().server_sandboxes(
                    "127.0.0.1", instance.port, credentials, settings
                ),
                clock=lambda: self.manifest.finished,
                timer=lambda: 0.0,
                new_id=lambda: "0" * 32,
                progress=progress or RecordedProgress(),
            )
            .run(self.manifest, Questions())
            .report
        )


def said(report):
    findings = (f"{one.object}: {one.expected}, {one.found}" for one in report.findings)
    return [str(report.verdict), report.reason, *findings]


def test_scims_is_restored_and_proven_by_a_master_that_is_no_superuser(database, instance):
    load_scims(database, users=30)
    report = Drill(database).on(instance)
    assert said(report) == ["passed", ""], said(report)


SOURCE = """
    CREATE ROLE owner NOLOGIN; CREATE ROLE app LOGIN; GRANT owner TO app;
    ALTER ROLE app SET work_mem = '8MB';
    CREATE ROLE super SUPERUSER REPLICATION BYPASSRLS;
    CREATE EXTENSION pgcrypto; CREATE EXTENSION citext;
    CREATE SCHEMA shop AUTHORIZATION owner;
    CREATE TABLE shop.items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name citext);
    ALTER TABLE shop.items OWNER TO owner; GRANT SELECT ON shop.items TO app;
    CREATE TABLE of_super (id int); ALTER TABLE of_super OWNER TO super;
    INSERT INTO shop.items (name) SELECT 'item ' || n FROM generate_series(1, 200) AS n;
"""


def test_owners_grants_settings_and_trusted_extensions_come_back_and_the_rest_is_named(database, instance):
    database.execute(SOURCE)
    report = Drill(database).on(instance)
    assert said(report) == ["passed", ""], said(report)
    named = {one.object: one.reason for one in report.not_checked}
    assert "SUPERUSER, REPLICATION, BYPASSRLS in the source" in named["role super"]


def test_roles_and_objects_of_rds_are_not_looked_at(database, instance):
    database.execute("CREATE ROLE rds_superuser; CREATE ROLE rdsadmin SUPERUSER; CREATE ROLE app LOGIN")
    database.execute("GRANT rds_superuser TO app; CREATE TABLE t (a int)")
    report = Drill(database).on(instance)
    assert said(report) == ["passed", ""], said(report)
    named = {one.object for one in report.not_checked}
    assert {"role rds_superuser", "role rdsadmin"} <= named


COMES_BACK = {
    "an object in a schema where its owner may not create": """
        CREATE SCHEMA of_one AUTHORIZATION one;
        CREATE TABLE of_one.t (a int); ALTER TABLE of_one.t OWNER TO two;
        CREATE TYPE of_one.e AS ENUM ('a'); ALTER TYPE of_one.e OWNER TO two""",
    "an object in public where nobody may create": """
        REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE TABLE t (a int); ALTER TABLE t OWNER TO one""",
    "grant options on schemas": """
        CREATE SCHEMA given; GRANT ALL ON SCHEMA given TO two WITH GRANT OPTION;
        GRANT ALL ON SCHEMA public TO two WITH GRANT OPTION""",
    "rights that an owner gave away": """
        CREATE SCHEMA less AUTHORIZATION one; REVOKE CREATE ON SCHEMA less FROM one""",
    "objects whose owner took its own rights": """
        CREATE TABLE less.t (a int); INSERT INTO less.t VALUES (1); ALTER TABLE less.t OWNER TO one;
        REVOKE ALL ON less.t FROM one; CREATE SEQUENCE less.s; ALTER SEQUENCE less.s OWNER TO one;
        REVOKE ALL ON SEQUENCE less.s FROM one""",
    "other kinds of objects that were given away": """
        CREATE DOMAIN of_one.d AS int CHECK (value > 0); ALTER DOMAIN of_one.d OWNER TO two;
        CREATE AGGREGATE of_one.a(int) (sfunc = int4pl, stype = int);
        ALTER AGGREGATE of_one.a(int) OWNER TO two;
        CREATE OPERATOR of_one.<<<< (leftarg = int, rightarg = int, function = int4pl);
        ALTER OPERATOR of_one.<<<< (int, int) OWNER TO two;
        CREATE TEXT SEARCH CONFIGURATION of_one.c (COPY = simple);
        ALTER TEXT SEARCH CONFIGURATION of_one.c OWNER TO two""",
    "default privileges": """
        ALTER DEFAULT PRIVILEGES FOR ROLE one GRANT USAGE ON SCHEMAS TO two;
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO two""",
    "a publication": "CREATE TABLE published (a int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE published",
    "the owner of public": "ALTER SCHEMA public OWNER TO two",
    "memberships in PostgreSQL's own roles": """
        GRANT pg_monitor TO one WITH ADMIN OPTION; GRANT pg_signal_backend, pg_read_all_data TO two""",
    "memberships that another role granted": """
        CREATE ROLE three CREATEROLE; GRANT one TO three WITH ADMIN OPTION; SET ROLE three; GRANT one TO two;
        RESET ROLE""",
    "settings": """
        ALTER ROLE one SET search_path = a, b; ALTER ROLE two IN DATABASE scims SET statement_timeout = '5s';
        ALTER DATABASE scims SET work_mem = '8MB'; ALTER DATABASE scims CONNECTION LIMIT 7""",
    "a large object": """
        SELECT lo_from_bytea(4711, 'abc'); ALTER LARGE OBJECT 4711 OWNER TO one;
        GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC; COMMENT ON LARGE OBJECT 4711 IS 'x'""",
    "an extension's comment": "CREATE EXTENSION hstore; COMMENT ON EXTENSION hstore IS 'ours'",
    "policies": """
        CREATE TABLE filtered (a int); INSERT INTO filtered VALUES (1), (2);
        ALTER TABLE filtered OWNER TO two; ALTER TABLE filtered ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON filtered USING (a = 1)""",
    "a materialized view over what its owner may not read": """
        CREATE TABLE read (a int); ALTER TABLE read OWNER TO one; CREATE MATERIALIZED VIEW v AS TABLE read
        WITH NO DATA; ALTER MATERIALIZED VIEW v OWNER TO two""",
    "a function of a superuser": """
        CREATE ROLE super SUPERUSER;
        CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
        ALTER FUNCTION f() OWNER TO super""",
    "a dictionary": "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
    "grants to RDS's roles": "CREATE ROLE rds_superuser; GRANT SELECT ON read TO rds_superuser",
}


@pytest.mark.parametrize("major", [MAJOR, 17])
def test_what_a_master_can_restore_comes_back_whole(major, home):
    with PostgresServer(major) as server, instance_in(home, major) as instance:
        server.create_database("scims")
        database = Database(server, "scims")
        database.execute("CREATE ROLE one LOGIN CONNECTION LIMIT 5; CREATE ROLE two NOINHERIT")
        for statements in COMES_BACK.values():
            database.execute(statements)
        report = Drill(database).on(instance)
    assert said(report) == ["passed", ""], said(report)


EVENT_TRIGGER = """
    CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f();
"""
FORCED = """
    CREATE ROLE owner; CREATE TABLE t (a int); ALTER TABLE t OWNER TO owner;
    ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
"""
LEAKPROOF = "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'"
OF_EXTENSION = """
    CREATE ROLE app; CREATE EXTENSION hstore; REVOKE EXECUTE ON FUNCTION hstore(text, text) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION hstore(text, text) TO app;
"""
REFUSED = {
    "an operator class": "CREATE OPERATOR CLASS c FOR TYPE int4 USING btree AS OPERATOR 1 <",
    "a parameter that only superusers set": "CREATE ROLE app; ALTER ROLE app SET log_statement = 'all'",
    "an extension that is not trusted": "CREATE EXTENSION amcheck",
    "an event trigger": EVENT_TRIGGER,
    "a function that is leakproof": LEAKPROOF,
    "rights to PostgreSQL's own objects": "CREATE ROLE app; GRANT SELECT ON pg_authid TO app",
    "rights to them that were taken": "REVOKE EXECUTE ON FUNCTION pg_sleep(double precision) FROM PUBLIC",
    "rights to an extension's objects": OF_EXTENSION,
    "rights to the language that initdb makes": "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
    "rows that a policy hides from owners": FORCED,
}


@pytest.mark.parametrize("statements", REFUSED.values(), ids=REFUSED)
def test_what_rds_does_not_restore_is_inconclusive_with_the_cure(statements, database, instance):
    database.execute(statements)
    report = Drill(database).on(instance)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert "SandboxKind=fargate" in report.reason


def test_a_loss_is_found_on_rds_as_anywhere(database, instance):
    load_scims(database, users=30)
    drill = Drill(database)
    other = Workbench(database)
    database.execute("DELETE FROM item_stocks WHERE ctid = (SELECT min(ctid) FROM item_stocks)")
    archive = other.vault.stored[other.take().archive.ref]
    drill.workbench.vault.stored[drill.manifest.archive.ref] = archive
    report = drill.on(instance)
    assert report.verdict is Verdict.FAILED


class Ending(RecordedProgress):
    """Ends an instance at a phase, or at a note that begins so."""

    def __init__(self, instance, moment):
        super().__init__()
        self.instance, self.moment = instance, moment

    def phase(self, name, total_bytes=0, total_rows=0):
        super().phase(name, total_bytes, total_rows)
        self._end_at(name)

    def note(self, message):
        super().note(message)
        self._end_at(message)

    def _end_at(self, what):
        if what.startswith(self.moment):
            self.instance.stop()


@pytest.mark.parametrize("moment", ["start", "building indexes", "gathering", "prove"])
def test_an_instance_that_goes_in_the_midst_is_inconclusive(moment, database, instance):
    load_scims(database, users=30)
    progress = Ending(instance, moment)
    report = Drill(database).on(instance, progress)
    assert moment in str(progress.told)
    assert report.verdict is Verdict.INCONCLUSIVE, said(report)
