"""What users attach to extensions' objects is in no archive: named the first night, and by each drill."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from scims_backup.domain.questions import Questions
from scims_backup.domain.verdict import Report
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.proving.provable import PostgresDatabase
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.usecases.drills.judge import judged
from tests.fakes import RecordedProgress
from tests.support.databases import Database
from tests.support.gadget import programs_with_gadget
from tests.support.programs import MAJORS
from tests.support.proving import copy, proof_of
from tests.support.servers import PostgresServer

_EXTENSIONS = """
CREATE EXTENSION gadget; CREATE EXTENSION pg_trgm; CREATE EXTENSION file_fdw;
CREATE FUNCTION checked() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION small(i int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT i < 1000';
CREATE TABLE mine (id int PRIMARY KEY);
"""
_ROLES = "CREATE ROLE lost_app; CREATE ROLE lost_reader"


@dataclass(frozen=True)
class Attached:
    """Something that a user did to an extension's object.

    finding: what a drill says; object: about what; unheld: what the catalog shows already, empty if nothing;
    since: the first major whose dumps bring it back.
    """

    statement: str
    finding: str
    object: str
    unheld: str = ""
    brought_back_since: int = 99


ATTACHED = (
    Attached("CREATE INDEX own ON gadget_rows (n, id)", "extension-index-missing", "public.own"),
    Attached(
        "CREATE INDEX own_small ON gadget_rows (small(id))",
        "extension-index-missing",
        "public.own_small",
        "index public.own_small",
    ),
    Attached(
        "CREATE TRIGGER own BEFORE UPDATE ON gadget_rows FOR EACH ROW EXECUTE FUNCTION checked()",
        "extension-trigger-missing",
        "public.gadget_rows.own",
        "trigger own on table public.gadget_rows",
    ),
    Attached(
        "ALTER TABLE gadget_rows DISABLE TRIGGER gadget_trigger",
        "extension-trigger-changed",
        "public.gadget_rows.gadget_trigger",
    ),
    Attached(
        "CREATE RULE own AS ON UPDATE TO gadget_rows DO ALSO NOTHING",
        "extension-rule-missing",
        "public.gadget_rows.own",
    ),
    Attached(
        "CREATE RULE own_mine AS ON INSERT TO gadget_rows DO ALSO INSERT INTO mine VALUES (new.id)",
        "extension-rule-missing",
        "public.gadget_rows.own_mine",
        "rule own_mine on table public.gadget_rows",
    ),
    Attached(
        "CREATE POLICY own ON gadget_rows USING (id > 1)",
        "extension-policy-missing",
        "public.gadget_rows.own",
    ),
    Attached(
        "CREATE POLICY own_app ON gadget_rows TO lost_app USING (true)",
        "extension-policy-missing",
        "public.gadget_rows.own_app",
        "policy own_app on table public.gadget_rows",
    ),
    Attached(
        "ALTER TABLE gadget_rows ENABLE ROW LEVEL SECURITY", "extension-table-changed", "public.gadget_rows"
    ),
    Attached(
        "ALTER TABLE gadget_rows FORCE ROW LEVEL SECURITY", "extension-table-changed", "public.gadget_rows"
    ),
    Attached(
        "ALTER TABLE gadget_rows SET (fillfactor = 50)", "extension-table-changed", "public.gadget_rows"
    ),
    Attached(
        "ALTER TABLE gadget_rows SET (toast.autovacuum_enabled = off)",
        "extension-table-changed",
        "public.gadget_rows",
    ),
    Attached(
        "ALTER TABLE gadget_rows REPLICA IDENTITY FULL", "extension-table-changed", "public.gadget_rows"
    ),
    Attached("ALTER TABLE gadget_all SET UNLOGGED", "extension-table-changed", "public.gadget_all"),
    Attached(
        "ALTER TABLE gadget_rows ADD CONSTRAINT own CHECK (id < 100)",
        "extension-check-missing",
        "public.gadget_rows.own",
    ),
    Attached(
        "ALTER TABLE gadget_rows ADD CONSTRAINT own_unique UNIQUE (n)",
        "extension-unique-missing",
        "public.gadget_rows.own_unique",
    ),
    Attached(
        "ALTER TABLE gadget_rows ADD CONSTRAINT own_key FOREIGN KEY (id) REFERENCES mine NOT VALID",
        "extension-foreign-key-missing",
        "public.gadget_rows.own_key",
        "constraint own_key on table public.gadget_rows",
    ),
    Attached(
        "ALTER TABLE gadget_rows ADD COLUMN own text", "extension-column-missing", "public.gadget_rows.own"
    ),
    Attached(
        "ALTER TABLE gadget_rows ALTER COLUMN n SET DEFAULT 'y'",
        "extension-column-changed",
        "public.gadget_rows.n",
    ),
    Attached(
        "ALTER TABLE gadget_rows ALTER COLUMN n SET STATISTICS 77",
        "extension-column-changed",
        "public.gadget_rows.n",
    ),
    Attached(
        "ALTER TABLE gadget_all ALTER COLUMN n SET NOT NULL",
        "extension-column-changed",
        "public.gadget_all.n",
    ),
    Attached("COMMENT ON TABLE gadget_rows IS 'ours'", "comment-changed", "public.gadget_rows"),
    Attached("COMMENT ON COLUMN gadget_rows.n IS 'ours'", "comment-changed", "public.gadget_rows.n"),
    Attached(
        "COMMENT ON FUNCTION similarity(text, text) IS 'ours'",
        "comment-changed",
        "public.similarity(text, text)",
    ),
    Attached(
        "CREATE STATISTICS own_statistics (mcv) ON n, id FROM gadget_rows",
        "statistics-missing",
        "public.own_statistics",
    ),
    Attached(
        "ALTER TABLE gadget_all OWNER TO lost_app",
        "owner-changed",
        "public.gadget_all",
        "table public.gadget_all",
    ),
    Attached(
        "ALTER FUNCTION similarity(text, text) OWNER TO lost_app",
        "owner-changed",
        "public.similarity(text, text)",
        "function public.similarity(text,text)",
    ),
    Attached(
        "ALTER TYPE gadget_size OWNER TO lost_app",
        "owner-changed",
        "public.gadget_size",
        "type public.gadget_size",
    ),
    Attached(
        "ALTER FUNCTION show_trgm(text) COST 99", "extension-function-changed", "public.show_trgm(text)"
    ),
    Attached(
        "ALTER FUNCTION gadget_all_rows() ROWS 7", "extension-function-changed", "public.gadget_all_rows()"
    ),
    Attached(
        "ALTER FUNCTION gadget_twice(int) VOLATILE",
        "extension-function-changed",
        "public.gadget_twice(integer)",
    ),
    Attached(
        "ALTER FUNCTION gadget_next(int) SET search_path = ''",
        "extension-function-changed",
        "public.gadget_next(integer)",
    ),
    Attached(
        "CREATE OR REPLACE FUNCTION gadget_next(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i + 3'",
        "extension-function-changed",
        "public.gadget_next(integer)",
    ),
    Attached("ALTER TYPE gadget_size ADD VALUE 'huge'", "extension-type-changed", "public.gadget_size"),
    Attached(
        "ALTER TYPE gadget_pair ADD ATTRIBUTE c int", "extension-column-missing", "public.gadget_pair.c"
    ),
    Attached("ALTER DOMAIN gadget_count SET DEFAULT 1", "extension-domain-changed", "public.gadget_count"),
    Attached(
        "ALTER DOMAIN gadget_count ADD CONSTRAINT own CHECK (VALUE < 100)",
        "extension-domain-check-missing",
        "public.gadget_count.own",
    ),
    Attached(
        "ALTER SEQUENCE gadget_sequence INCREMENT 5", "extension-sequence-changed", "public.gadget_sequence"
    ),
    Attached(
        "ALTER VIEW gadget_view SET (security_barrier = true)", "extension-view-changed", "public.gadget_view"
    ),
    Attached(
        "CREATE OR REPLACE VIEW gadget_view AS SELECT id, n FROM gadget_rows WHERE id > 1",
        "extension-view-changed",
        "public.gadget_view",
    ),
    Attached(
        "ALTER OPERATOR FAMILY gin_trgm_ops USING gin ADD FUNCTION 5 (int4) btint4cmp(int4, int4)",
        "extension-operator-family-changed",
        "public.gin_trgm_ops using gin",
    ),
    Attached(
        "ALTER FOREIGN DATA WRAPPER file_fdw NO VALIDATOR",
        "extension-foreign-data-wrapper-changed",
        "file_fdw",
    ),
    Attached("DROP INDEX gadget_index", "extension-index-unexpected", "public.gadget_index"),
    # what becomes a member
    Attached(
        "CREATE TABLE customers (id int PRIMARY KEY, n text);"
        "INSERT INTO customers SELECT g, 'k' || g FROM generate_series(1, 100) g;"
        "ALTER EXTENSION pg_trgm ADD TABLE customers",
        "extension-table-missing",
        "public.customers",
    ),
    Attached(
        "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1';"
        "ALTER EXTENSION pg_trgm ADD FUNCTION own()",
        "extension-function-missing",
        "public.own()",
    ),
    Attached(
        "CREATE TYPE own_type AS ENUM ('a'); ALTER EXTENSION pg_trgm ADD TYPE own_type",
        "extension-type-missing",
        "public.own_type",
    ),
    Attached(
        "CREATE VIEW own_view AS SELECT * FROM mine; ALTER EXTENSION pg_trgm ADD VIEW own_view",
        "extension-view-missing",
        "public.own_view",
        "rule _RETURN on view public.own_view",
    ),
    Attached(
        "CREATE SEQUENCE own_sequence; ALTER EXTENSION pg_trgm ADD SEQUENCE own_sequence",
        "extension-sequence-missing",
        "public.own_sequence",
    ),
    Attached(
        "CREATE SCHEMA own_schema; ALTER EXTENSION pg_trgm ADD SCHEMA own_schema",
        "extension-schema-missing",
        "own_schema",
    ),
)


@contextmanager
def _server(major: int) -> Iterator[PostgresServer]:
    with TemporaryDirectory(prefix="scims-gadget-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        programs = programs_with_gadget(major, Path(directory))
        with PostgresServer(major, programs=programs) as server:
            server.execute(_ROLES)
            yield server


@pytest.fixture(scope="module", params=MAJORS)
def gadgets(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """Give a server that has the extension, of each major."""
    with _server(request.param) as server:
        yield server


Restore = Callable[[Database], Database]


@pytest.fixture
def restore(gadgets: PostgresServer, tmp_path: Path) -> Iterator[Restore]:
    """Give what restores a database's dump beside it."""
    made: list[str] = []

    def make(source: Database) -> Database:
        restored = Database(gadgets, f"{source.name}_restored")
        gadgets.create_database(restored.name)
        made.append(restored.name)
        copy(source, restored, tmp_path)
        return restored

    yield make
    for name in made:
        gadgets.drop_database(name)


@pytest.fixture
def source(gadgets: PostgresServer) -> Iterator[Database]:
    gadgets.create_database("lost", _EXTENSIONS)
    yield Database(gadgets, "lost")
    gadgets.drop_database("lost")


def compared(expected: Proof, restored: Database, *, ours: bool = True) -> Report:
    database = PostgresDatabase(Address.parse(restored.url), may_install=ours, trusts_everybody=ours)
    return judged(expected, database, Questions(), RecordedProgress())


def missed(attached: Sequence[Attached], report: Report) -> list[str]:
    found = {(finding.kind, finding.object.rpartition(" ")[2]) for finding in report.findings}
    found |= {(finding.kind, finding.object) for finding in report.findings}
    return [
        one.statement
        for one in attached
        if not any(kind == one.finding and one.object in what for kind, what in found)
    ]


def test_whatever_is_attached_to_an_extensions_object_is_found_and_can_be_brought_back(source, restore):
    for one in ATTACHED:
        source.execute(one.statement)
    expected = proof_of(source)
    restored = restore(source)
    assert missed(ATTACHED, compared(expected, restored)) == []
    named = {one.object for one in expected.unheld}
    assert [one.statement for one in ATTACHED if one.unheld and one.unheld not in named] == []
    assert named - {one.unheld for one in ATTACHED} == set()
    for one in ATTACHED:
        restored.execute(one.statement)
    report = compared(expected, restored)
    assert [str(finding) for finding in report.findings] == []


_CONTRIB = """
SELECT a.name FROM pg_available_extensions AS a
 WHERE a.name NOT IN (SELECT extname FROM pg_extension) ORDER BY 1
"""


def test_no_extension_that_nobody_touched_is_named(gadgets, restore):
    gadgets.create_database("untouched")
    untouched = Database(gadgets, "untouched")
    try:
        for (name,) in untouched.rows(_CONTRIB):
            if untouched.value(f"SELECT count(*) FROM pg_extension WHERE extname = '{name}'") == 0:
                with suppress(psycopg.Error):  # some want libraries that are not on every machine
                    untouched.execute(f'CREATE EXTENSION "{name}" CASCADE')
        assert untouched.value("SELECT count(*) FROM pg_extension") > 35
        expected = proof_of(untouched)
        report = compared(expected, restore(untouched))
    finally:
        gadgets.drop_database("untouched")
    assert expected.unheld == ()
    assert [str(finding) for finding in report.findings] == []
    assert [one.object for one in report.not_checked if one.object.startswith("objects of")] == []


def test_grants_that_came_by_default_privileges_are_lost_and_can_be_brought_back(source, restore):
    source.execute(
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO lost_reader;"
        "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;"  # those are dumped
        "CREATE EXTENSION pg_stat_statements; CREATE EXTENSION earthdistance CASCADE"
    )
    expected = proof_of(source)
    assert [(one.object, one.why) for one in expected.unheld if one.extension == "pg_stat_statements"] == [
        (
            f"view public.{view}",
            "SELECT was granted to lost_reader, which CREATE EXTENSION recorded as its own",
        )
        for view in ("pg_stat_statements", "pg_stat_statements_info")
        if source.value(f"SELECT to_regclass('{view}') IS NOT NULL")
    ]
    restored = restore(source)
    assert {str(finding) for finding in compared(expected, restored).findings} == {
        f"extension {one.object}: grant-missing: expected lost_reader=SELECT, found missing"
        for one in expected.unheld
    }
    views = ", ".join(one.object.removeprefix("view ") for one in expected.unheld)
    restored.execute(f"GRANT SELECT ON {views} TO lost_reader")
    assert compared(expected, restored).findings == ()


def test_grants_that_a_dump_has_are_no_loss(source, restore):
    source.execute(
        "GRANT SELECT ON gadget_view TO lost_reader; GRANT SELECT (n) ON gadget_all TO lost_reader;"
        "REVOKE SELECT ON gadget_rows FROM PUBLIC; GRANT EXECUTE ON FUNCTION gadget_next(int) TO PUBLIC"
    )
    expected = proof_of(source)
    assert expected.unheld == ()
    assert compared(expected, restore(source)).findings == ()


def test_grants_by_default_privileges_that_were_revoked_are_no_loss(source, restore):
    source.execute(
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO lost_reader; CREATE EXTENSION pg_stat_statements;"
        "REVOKE ALL ON pg_stat_statements FROM lost_reader"
    )
    report = compared(proof_of(source), restore(source))
    assert "view public.pg_stat_statements" not in {finding.object for finding in report.findings}
    assert "extension view public.pg_stat_statements" not in {finding.object for finding in report.findings}


def test_a_dropped_role_among_an_extensions_first_grants_is_named(gadgets, source):
    source.execute(
        "CREATE ROLE lost_gone; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO lost_gone;"
        "CREATE EXTENSION pg_stat_statements;"
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM lost_gone;"
        "REVOKE ALL ON pg_stat_statements, pg_stat_statements_info FROM lost_gone"
    )
    oid = source.value("SELECT oid FROM pg_roles WHERE rolname = 'lost_gone'")
    if gadgets.major >= 17:  # it knows by then who is among the first grants
        source.execute("DROP OWNED BY lost_gone")
    source.execute("DROP ROLE lost_gone")
    named = {(one.object, one.why, one.breaks) for one in proof_of(source).unheld}
    expected = {
        (f"view public.{view}", str(oid), True) for view in ("pg_stat_statements", "pg_stat_statements_info")
    }
    assert named == (expected if gadgets.major < 17 else set())


def test_a_users_table_in_an_extension_is_missed_with_its_rows(source, restore):
    source.execute(
        "CREATE TABLE kunden AS SELECT generate_series(1, 100) AS id;ALTER EXTENSION pg_trgm ADD TABLE kunden"
    )
    expected, restored = proof_of(source), restore(source)
    assert [str(finding) for finding in compared(expected, restored).findings] == [
        "extension table public.kunden: extension-table-missing: expected present, found missing",
        "table public.kunden: rows-differ: expected 100 rows, found no such table",
    ]
    restored.execute("CREATE TABLE kunden (id int); ALTER EXTENSION pg_trgm ADD TABLE kunden")
    assert [str(finding) for finding in compared(expected, restored).findings] == [
        "table public.kunden: rows-differ: expected 100 rows, found 0 rows"
    ]
    restored.execute("INSERT INTO kunden SELECT generate_series(1, 100)")
    assert compared(expected, restored).findings == ()


def test_rows_that_an_extension_does_not_have_dumped_are_named(source, restore):
    source.execute(
        "INSERT INTO gadget_rows VALUES (3, 'c'); INSERT INTO gadget_some VALUES (3, 'c'), (11, 'd')"
    )
    report = compared(proof_of(source), restore(source))
    assert report.findings == ()
    contents = {one.object: one.reason for one in report.not_checked if one.object.startswith("content of")}
    assert set(contents) == {"content of public.gadget_rows", "content of public.gadget_some"}
    assert "3 rows" in contents["content of public.gadget_rows"]


@pytest.fixture
def older(gadgets: PostgresServer) -> Iterator[Database]:
    """Give a database with an older version of the extension."""
    gadgets.create_database("older", "CREATE EXTENSION gadget VERSION '1.0'")
    yield Database(gadgets, "older")
    gadgets.drop_database("older")


def test_what_another_version_brings_is_no_loss_and_what_users_attached_is(older, restore):
    expected, restored = proof_of(older), restore(older)
    assert compared(expected, restored).findings == ()
    older.execute("CREATE INDEX own ON gadget_rows (n, id); ALTER FUNCTION gadget_next(int) COST 9")
    expected = proof_of(older)
    assert {finding.object for finding in compared(expected, restored).findings} == {
        "extension index public.own",
        "extension function public.gadget_next(integer)",
    }
    restored.execute("CREATE INDEX own ON gadget_rows (n, id); ALTER FUNCTION gadget_next(int) COST 9")
    assert compared(expected, restored).findings == ()


def test_another_version_on_a_server_that_is_not_ours_is_named_as_not_checked(older, restore):
    report = compared(proof_of(older), restore(older), ours=False)
    assert report.findings == ()
    assert {one.object for one in report.not_checked} >= {"objects of extension gadget"}


def test_what_an_update_left_behind_is_no_loss(older, restore):
    older.execute("CREATE TABLE mine (id int)")
    older.execute("ALTER EXTENSION gadget UPDATE")
    assert compared(proof_of(older), restore(older)).findings == ()


def test_who_created_an_extension_is_no_loss(source, restore):
    source.execute(
        "CREATE ROLE lost_super SUPERUSER LOGIN; CREATE ROLE lost_creator SUPERUSER LOGIN;"
        "GRANT CREATE ON SCHEMA public TO lost_creator"
    )
    source.execute("CREATE EXTENSION hstore", user="lost_super")
    source.execute("CREATE EXTENSION citext", user="lost_creator")
    source.execute("ALTER ROLE lost_super NOSUPERUSER; ALTER ROLE lost_creator NOSUPERUSER")
    source.execute("ALTER FUNCTION citextin(cstring) OWNER TO postgres")
    expected, restored = proof_of(source), restore(source)
    assert expected.unheld == ()
    assert compared(expected, restored).findings == ()
    restored.execute("ALTER FUNCTION citextin(cstring) OWNER TO lost_super")
    (finding,) = compared(expected, restored).findings
    assert str(finding).startswith(
        "extension function public.citextin(cstring): owner-changed: expected none"
    )


def test_a_trusted_extensions_object_that_its_creator_got_is_a_loss(source, restore):
    source.execute("CREATE ROLE lost_trusted LOGIN; GRANT CREATE ON DATABASE lost TO lost_trusted")
    source.execute("GRANT CREATE ON SCHEMA public TO lost_trusted")
    source.execute("CREATE EXTENSION citext", user="lost_trusted")
    source.execute("REVOKE CREATE ON DATABASE lost FROM lost_trusted")
    restored = restore(source)
    assert compared(proof_of(source), restored).findings == ()
    source.execute("ALTER FUNCTION citextin(cstring) OWNER TO lost_trusted")
    (finding,) = compared(proof_of(source), restored).findings
    assert (finding.kind, finding.expected) == ("owner-changed", "lost_trusted")


def test_proofs_from_before_compare_without_findings(source, restore):
    source.execute("GRANT SELECT ON gadget_view TO lost_reader; CREATE INDEX own ON gadget_rows (n, id)")
    document = json.loads(proof_of(source).to_bytes())
    del document["members"]
    for facets in document["schema"]["system-grants"].values():
        facets.pop("extension", None)
    report = compared(Proof.from_bytes(json.dumps(document).encode(), "old"), restore(source))
    assert report.findings == ()
    assert "objects of extensions" in {one.object for one in report.not_checked}
