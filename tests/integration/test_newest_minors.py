"""Servers and programs of different minors, the newest among them: what one keeps the others do not."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.dumping.snapshot import held_still
from scims_backup.engines.postgresql.rules.server_options import KEPT_BY_THE_SERVER
from scims_backup.engines.postgresql.schema.system_catalogs import known_columns, unknown_columns
from tests.support.cli import Cli
from tests.support.databases import Database, deployment_of
from tests.support.doctor import examined
from tests.support.programs import MAJORS, NEWEST, distribution_programs, programs_of
from tests.support.proving import proof_of
from tests.support.restores import drop_all_but
from tests.support.servers import PostgresServer

SET = "ALTER TABLE ONLY public.t ALTER COLUMN v SET (pg_attver=1);"
KINDS = (Path(__file__).parents[1] / "support/relations.sql").read_text()
LOST = {
    "RESET (fillfactor) of a table": ("ALTER TABLE tol RESET (fillfactor)", "table-changed"),
    "toast": ("ALTER TABLE tol RESET (toast.autovacuum_enabled)", "table-changed"),
    "fastupdate": ("ALTER INDEX tg RESET (fastupdate)", "index-changed"),
    "fillfactor of an index": ("ALTER INDEX tf RESET (fillfactor)", "index-changed"),
    "another siglen": (
        "DROP INDEX ts; CREATE INDEX ts ON t USING gist (to_tsvector('simple', v) tsvector_ops (siglen=8))",
        "index-changed",
    ),
    "n_distinct": ("ALTER TABLE t ALTER COLUMN v RESET (n_distinct)", "column-changed"),
    "n_distinct of a foreign table": ("ALTER FOREIGN TABLE ft ALTER a RESET (n_distinct)", "column-changed"),
    "n_distinct of a view": ("ALTER MATERIALIZED VIEW mv ALTER v RESET (n_distinct)", "column-changed"),
}
pytestmark = pytest.mark.skipif(not NEWEST, reason="no newest minor could be had: make setup-tests")


def _triples() -> Iterator[tuple[Path, Path, Path]]:
    """Yield source, dump's programs and sandbox's: every way between a pinned minor and the newest."""
    for newest in NEWEST:
        new, pinned = programs_of(newest), programs_of(int(newest))
        for source in (pinned, new):
            for dump in (pinned, new):
                yield from (
                    (source, dump, sandbox) for sandbox in (pinned, new) if new in (source, dump, sandbox)
                )
        installed = distribution_programs(int(newest))
        if installed is not None:
            yield from [(installed, installed, new), (new, installed, installed), (new, new, installed)]


def _minor(programs: Path) -> str:
    answer = subprocess.run(
        [programs / "postgres", "--version"], stdout=subprocess.PIPE, text=True, check=True
    )
    return str(re.search(r"\d+\.\d+", answer.stdout)[0])  # type: ignore[index]


TRIPLES = {
    f"{_minor(source)} dumped by {_minor(dump)} into {_minor(sandbox)}": (source, dump, sandbox)
    for source, dump, sandbox in _triples()
}


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory) -> Iterator[Callable[[Path, Path], tuple[Database, Cli]]]:
    """Give a maker of a server with all kinds of relations, backed up by programs of some minor."""
    with ExitStack() as stack:

        @cache
        def source(programs: Path) -> Database:
            major = int(_minor(programs).split(".")[0])
            server = stack.enter_context(PostgresServer(major, programs=programs))
            server.create_database("kinds", KINDS)
            return Database(server, "kinds")

        @cache
        def taken(server: Path, dump: Path) -> tuple[Database, Cli]:
            database = source(server)
            cli = Cli({**deployment_of(database, tmp_path_factory.mktemp("minors")), **_bin(dump)})
            done = cli.run("backup", "--json")
            assert done.code == 0, done.err
            return database, cli

        yield taken


def _bin(programs: Path) -> dict[str, str]:
    return {"SCIMS_POSTGRESQL_BIN": str(programs)}


@pytest.mark.parametrize("triple", TRIPLES)
def test_a_drill_passes_whatever_minors_source_programs_and_sandbox_are_of(backed_up, triple):
    source, dump, sandbox = TRIPLES[triple]
    _, cli = backed_up(source, dump)
    drilled = cli.run("drill", "--json", **_bin(sandbox))
    assert (drilled.document["verdict"], drilled.document["findings"]) == ("passed", []), drilled.err
    assert drilled.code == 0
    assert not [one for one in drilled.document["not_checked"] if "catalog column" in one["object"]]


@pytest.mark.parametrize("dump", ["pinned", "newest"])
@pytest.mark.parametrize("newest", NEWEST, ids=repr)
def test_a_backup_of_the_newest_minor_is_restored_compared_and_its_tables_too(backed_up, newest, dump):
    live, cli = backed_up(programs_of(newest), programs_of(int(newest) if dump == "pinned" else newest))
    try:
        restored = cli.run("restore", "--json", "--target-url", live.url)
        assert (restored.code, restored.document["verdict"]) == (0, "passed"), restored.err
        name = restored.document["database"]
        copied = Database(live.server, name)
        assert cli.run("compare", "--json", "--target-url", copied.url).code == 0
        assert copied.value("SELECT fn()") == SET
        default = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 't'::regclass"
        assert copied.value(default) == f"'; {SET}'::text"
        tables = cli.run("restore", "--json", "--table", "public.t", "--target-url", live.url)
        assert tables.code == 0, tables.err
        schema = tables.document["schema"]
        assert live.value(f'SELECT count(*) FROM "{schema}".t') == 100
        live.execute(f'DROP SCHEMA "{schema}" CASCADE')
    finally:
        drop_all_but(live.server, live.name)


@pytest.mark.parametrize("newest", NEWEST, ids=repr)
def test_programs_of_an_older_minor_are_named_by_backup_and_doctor(backed_up, newest, capsys):
    old, new = programs_of(int(newest)), programs_of(newest)
    _, cli = backed_up(new, old)
    (warning,) = cli.run("show", "--json").document["warnings"]
    said = f"pg_dump {_minor(old)} is older than the server, {_minor(new)}"
    assert (said in warning, f"postgresql-client-{int(newest)}" in warning) == (True, True)
    diagnosis = examined(capsys, cli.environment)
    assert diagnosis.found("pg-dump", said, _minor(new))
    assert "pg-dump" in diagnosis.ended("problem")
    _, cli = backed_up(new, new)
    assert cli.run("show", "--json").document["warnings"] == []
    assert "pg-dump" in examined(capsys, cli.environment).ended("fine")


@pytest.mark.parametrize("lost", LOST)
def test_an_option_that_was_lost_is_found_beside_those_of_the_server(backed_up, lost):
    statements, kind = LOST[lost]
    live, cli = backed_up(programs_of(NEWEST[0]), programs_of(NEWEST[0]))
    live.server.create_database("spoilt", options=f"TEMPLATE {live.name}")
    try:
        spoilt = Database(live.server, "spoilt")
        spoilt.execute(statements)
        compared = cli.run("compare", "--json", "--target-url", spoilt.url)
        assert {finding["kind"] for finding in compared.document["findings"]} == {kind}
    finally:
        live.server.drop_database("spoilt")


WRITTEN_BY_PG_DUMP = {
    *("autovacuum_enabled", "fastupdate", "fillfactor", "n_distinct", "n_distinct_inherited", "siglen")
}

_OPTIONS = {
    "attoptions": "SELECT DISTINCT split_part(o, '=', 1) FROM pg_attribute, unnest(attoptions) AS o"
    " WHERE attrelid >= 16384",
    "reloptions": "SELECT DISTINCT split_part(o, '=', 1) FROM pg_class, unnest(reloptions) AS o"
    " WHERE oid >= 16384",
}


@pytest.mark.parametrize("newest", NEWEST, ids=repr)
def test_the_list_of_the_servers_own_options_is_what_pg_dump_leaves_out(backed_up, newest):
    database, _ = backed_up(programs_of(newest), programs_of(newest))
    program = str(database.server.programs / "pg_dump")
    command = [program, "--schema-only", f"--dbname={database.url}"]
    script = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    script = script.replace(SET, "").replace('"pg_attver=3"', "")
    kept = {name for query in _OPTIONS.values() for (name,) in database.rows(query)}
    assert kept - KEPT_BY_THE_SERVER == WRITTEN_BY_PG_DUMP
    assert {name for name in kept if not re.search(rf"\b{name}\b", script)} == KEPT_BY_THE_SERVER


@pytest.mark.parametrize("major", [*MAJORS, *NEWEST])
def test_every_catalogs_columns_are_known_and_none_too_many(server_of, major):
    server = server_of(major)
    with held_still(Address.parse(server.url())) as held:
        assert unknown_columns(held.exporter) == {}
    with server.connect() as connection:
        rows = connection.execute("SELECT attrelid::regclass::text, attname FROM pg_attribute").fetchall()
    known = known_columns(int(major)).items()
    assert {(catalog, column) for catalog, columns in known for column in columns} - set(rows) <= _GONE


_GONE = {
    *(("pg_database", column) for column in ("datlastsysoid", "daticulocale")),
    ("pg_collation", "colliculocale"),
    ("pg_attribute", "attcacheoff"),
}
"""What an older major had: that nobody has it does no harm."""


_PATCHED = "SET allow_system_table_mods = on; ALTER TABLE pg_catalog.pg_ts_dict"


@pytest.mark.parametrize("newest", NEWEST, ids=repr)
def test_a_patched_servers_columns_are_named_once_and_judge_nothing(backed_up, newest):
    live, cli = backed_up(programs_of(newest), programs_of(newest))
    live.server.create_database("patched", options=f"TEMPLATE {live.name}")
    try:
        patched = Database(live.server, "patched")
        patched.execute(f"{_PATCHED} ADD COLUMN dictnew text")
        named = {name for name in proof_of(patched).unjudged if name.startswith("catalog")}
        assert named == {"catalog column pg_ts_dict.dictnew"}
        compared = cli.run("compare", "--json", "--target-url", patched.url)
        about = [one for one in compared.document["not_checked"] if "dictnew" in json.dumps(one)]
        assert (compared.code, len(about)) == (0, 1)
    finally:
        live.server.drop_database("patched")
