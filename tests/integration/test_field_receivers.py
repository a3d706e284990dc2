"""Set-ups from the field whose restore meets what is not the backup's fault, or has a cure of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import Database
from tests.support.field import Tried, tried
from tests.support.programs import DEFAULT_MAJOR, programs_of
from tests.support.servers import PostgresServer

DISTRIBUTION = Path("/usr/lib/postgresql") / str(DEFAULT_MAJOR)
HAS_PG_CRON = (DISTRIBUTION / "lib/pg_cron.so").exists()


@pytest.fixture
def field(database, tmp_path):
    """Give what backs a database up that some statements made."""

    def make(statements: str) -> Tried:
        database.execute(statements)
        made = tried(database, tmp_path)
        assert made.backup.code == 0, made.backup.err
        return made

    return make


# --- statistics and foreign servers ---------------------------------------------------------------

FOREIGN = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'p');
CREATE TABLE p (i int, t text) PARTITION BY LIST (i);
CREATE FOREIGN TABLE pf PARTITION OF p FOR VALUES IN (1) SERVER far;
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p2 VALUES (2, 'x');
CREATE TABLE parent (i int); INSERT INTO parent VALUES (7);
CREATE FOREIGN TABLE heir () INHERITS (parent) SERVER far;
"""


def test_a_partition_on_a_foreign_server_that_is_away_keeps_nobody_from_restoring(field):
    made = field(FOREIGN)
    restored = made.restore()
    made.drop_restored(restored)
    assert (restored["verdict"], made.drill()["verdict"]) == ("passed", "passed")


def test_a_materialized_view_of_a_foreign_server_is_left_empty_and_said(server, database, tmp_path):
    """The source's own foreign server is itself: it answers, and must not be asked all the same."""
    here = f"host '{server.home}', port '5432', dbname '{database.name}'"
    database.execute("CREATE TABLE asked (i int); INSERT INTO asked VALUES (1)")
    database.execute(f"""
        CREATE EXTENSION postgres_fdw;
        CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({here});
        CREATE USER MAPPING FOR PUBLIC SERVER self OPTIONS (user 'postgres');
        CREATE FOREIGN TABLE far (i int) SERVER self OPTIONS (table_name 'asked');
        CREATE VIEW through AS SELECT * FROM far;
        CREATE MATERIALIZED VIEW over_far AS SELECT * FROM through;
        CREATE MATERIALIZED VIEW near AS SELECT * FROM asked;
    """)
    made = tried(database, tmp_path)
    database.execute("ALTER SERVER self OPTIONS (SET port '1')")
    restored = made.restore()
    assert restored["verdict"] == "passed"
    copy = Database(server, restored["database"])
    populated = "SELECT relname, relispopulated FROM pg_class WHERE relkind = 'm' ORDER BY 1"
    assert copy.rows(populated) == [("near", True), ("over_far", False)]
    made.drop_restored(restored)
    said = {one["object"]: one["reason"] for one in made.drill()["not_checked"]}
    assert "reads a foreign server" in said["materialized view public.over_far"]


def test_statistics_that_cannot_be_gathered_are_noted_and_the_restored_database_stays(field):
    made = field("""
        CREATE FUNCTION fails(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
            AS $$ BEGIN IF current_setting('application_name') = 'scims-backup restore'
                       THEN RAISE EXCEPTION 'no statistics'; END IF; RETURN $1; END $$;
        CREATE TABLE t (i int); INSERT INTO t SELECT generate_series(1, 100);
        CREATE INDEX by_f ON t (fails(i));
    """)
    ended = made.cli.run("restore", "--json")
    assert ended.document["verdict"] == "passed", ended.err
    made.drop_restored(ended.document)
    assert "gathering statistics of table public.t" in ended.err


# --- what a server lacks --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cron() -> Iterator[Database]:
    """A database with a scheduled job, on the distribution's server, which alone has pg_cron."""
    if not HAS_PG_CRON:
        pytest.skip("no pg_cron on this machine: apt-get install postgresql-15-cron")
    settings = {"shared_preload_libraries": "pg_cron", "cron.database_name": "nightly"}
    with PostgresServer(DEFAULT_MAJOR, programs=DISTRIBUTION / "bin", settings=settings) as server:
        server.create_database(
            "nightly",
            "CREATE TABLE t (i int); CREATE EXTENSION pg_cron;"
            " SELECT cron.schedule('often', '* * * * *', 'INSERT INTO t VALUES (1)')",
        )
        yield Database(server, "nightly")


def test_a_library_that_an_extension_needs_is_preloaded_where_it_is_and_runs_nothing(cron, tmp_path):
    drilled = tried(cron, tmp_path).drill()
    assert (drilled["verdict"], drilled["findings"]) == ("passed", [])


def test_a_library_that_the_sandbox_does_not_have_is_inconclusive_with_the_cure(cron, tmp_path):
    bare = str(programs_of(DEFAULT_MAJOR))
    drilled = tried(cron, tmp_path).drill(SCIMS_POSTGRESQL_BIN=bare)
    assert drilled["verdict"] == "inconclusive"
    assert "pg_cron" in drilled["reason"]
    assert "install that extension" in drilled["reason"] or "preload" in drilled["reason"]


def test_an_extension_of_one_database_is_the_targets_fault_with_the_cure(cron, tmp_path):
    error = tried(cron, tmp_path).restore()["error"]
    assert error["kind"] == "TargetError"
    assert "cron.database_name" in error["cure"]


def test_a_dictionarys_file_that_the_sandbox_lacks_is_inconclusive_with_the_cure(tmp_path):
    bare = programs_of(DEFAULT_MAJOR)
    if not (DISTRIBUTION / "bin/postgres").exists():
        pytest.skip("no second server of this major: apt-get install postgresql")
    files = Path(f"/usr/share/postgresql/{DEFAULT_MAJOR}/tsearch_data")
    made = [files / "scims_test.dict", files / "scims_test.affix"]
    try:
        made[0].write_text("2\nhouse\ntree\n")
        made[1].write_text("SFX S Y 1\nSFX S 0 s .\n")
        with PostgresServer(DEFAULT_MAJOR, programs=DISTRIBUTION / "bin") as server:
            server.create_database(
                "words",
                "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = ispell, DictFile = 'scims_test',"
                " AffFile = 'scims_test')",
            )
            drilled = tried(Database(server, "words"), tmp_path).drill(SCIMS_POSTGRESQL_BIN=str(bare))
    finally:
        for file in made:
            file.unlink(missing_ok=True)
    assert drilled["verdict"] == "inconclusive"
    assert "scims_test" in drilled["reason"]
    assert "copy that file from the source's server" in drilled["reason"]


# --- cures that cure ------------------------------------------------------------------------------

CURES = {
    "a role that was dropped is in pg_init_privs": (
        """
        CREATE ROLE gone; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO gone;
        CREATE EXTENSION pg_stat_statements;
        ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM gone;
        REVOKE ALL ON pg_stat_statements, pg_stat_statements_info FROM gone; DROP ROLE gone;
        """,
        "pg_init_privs",
    ),
    "rows name an index": (
        """
        CREATE TABLE t (i int); CREATE INDEX t_i ON t (i); CREATE TABLE v2 (c regclass);
        INSERT INTO v2 VALUES ('t_i');
        """,
        "rows contain the name",
    ),
    "rows that a constraint refuses": (
        """
        CREATE DOMAIN picky AS text;
        CREATE TABLE t (p picky); INSERT INTO t VALUES ('no');
        CREATE FUNCTION ok(text) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT true';
        ALTER DOMAIN picky ADD CONSTRAINT c CHECK (public.ok(VALUE));
        CREATE OR REPLACE FUNCTION ok(text) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT false';
        """,
        "own constraint",
    ),
}


@pytest.mark.parametrize("case", CURES)
def test_a_refusal_has_the_cure_that_cures_it_in_drill_and_restore_alike(case, field):
    statements, cure = CURES[case]
    made = field(statements)
    (found,) = made.drill()["findings"]
    assert found["kind"] == "restore-failed"
    assert cure in found["found"]
    assert "cut short" not in found["found"]
    error = made.restore()["error"]
    assert error["kind"] == "RestoreFailedError"
    assert cure in error["cure"]
