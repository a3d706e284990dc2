"""The operator's SQL after a restore: it brings back what no archive holds, and its failure is a finding."""

import hashlib

import pytest

from scims_backup.domain.errors import TargetError
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.targets.after_restore import run_after_restore
from scims_backup.engines.postgresql.targets.server import TargetServer
from tests.support import cli_schemas
from tests.support.cli import Cli
from tests.support.databases import Database, deployment_of
from tests.support.programs import MAJORS
from tests.support.redis_deployments import redis_deployment

SOURCE = """
CREATE EXTENSION pg_trgm; CREATE EXTENSION pg_stat_statements;
CREATE TABLE items (id int PRIMARY KEY, name text);
INSERT INTO items SELECT g, 'item ' || g FROM generate_series(1, 50) AS g;
CREATE FUNCTION tell() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''it fired''; END';
CREATE EVENT TRIGGER telling ON ddl_command_end EXECUTE FUNCTION tell();
"""
LOST = """
ALTER FUNCTION show_trgm(text) COST 99;
CREATE TABLE kunden AS SELECT generate_series(1, 3) AS id;
ALTER EXTENSION pg_trgm ADD TABLE kunden;
"""
OWNED = "ALTER FUNCTION similarity(text, text) OWNER TO after_app;"


@pytest.fixture(scope="module")
def source(server):
    server.execute("CREATE ROLE after_app")
    server.create_database("after_source", LOST.join(["CREATE EXTENSION pg_trgm;", OWNED]))
    database = Database(server, "after_source")
    database.execute(SOURCE.replace("CREATE EXTENSION pg_trgm;", ""))
    yield database
    for name in ("after_source", "after_source_whole", "after_source_kept"):
        server.drop_database(name)
    server.execute("DROP ROLE after_app")


@pytest.fixture(scope="module")
def cli(source, tmp_path_factory):
    return Cli(deployment_of(source, tmp_path_factory.mktemp("after")))


@pytest.fixture(scope="module")
def backup(cli):
    ended = cli.run("backup", "--json")
    assert ended.code == 0, ended.err
    return ended.document


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "after.sql"
        path.write_text(text)
        return str(path)

    return write


def findings(ended):
    return {(finding["kind"], finding["object"]) for finding in ended.document["findings"]}


def test_a_backup_names_what_the_catalog_shows_to_be_in_no_archive(backup):
    assert backup["warnings"] == [
        (
            "the archive cannot contain: function public.similarity(text,text) of extension pg_trgm: "
            "belongs to"
            " after_app; add it to after_restore, or detach it from the extension's object"
        )
    ]


def test_it_is_not_named_each_night_once_there_is_an_after_restore(cli, backup, script):  # noqa: ARG001
    ended = cli.run("backup", "--json", SCIMS_AFTER_RESTORE=script(OWNED))
    assert (ended.code, ended.document["warnings"]) == (0, [])


@pytest.fixture(scope="module")
def drilled(cli, backup):
    ended = cli.run("drill", backup["id"], "--json")
    cli_schemas.check("drill", ended.document)
    return ended


def test_a_drill_fails_over_what_the_archive_cannot_hold(drilled):
    assert (drilled.code, drilled.document["verdict"]) == (3, "failed")
    assert findings(drilled) == {
        ("extension-function-changed", "extension function public.show_trgm(text)"),
        ("extension-table-missing", "extension table public.kunden"),
        ("owner-changed", "extension function public.similarity(text, text)"),
        ("rows-differ", "table public.kunden"),
    }
    assert "after_restore" not in drilled.document


@pytest.mark.usefixtures("drilled")
def test_a_drill_passes_with_what_brings_it_back_and_a_change_makes_a_new_one_due(cli, backup, script):
    path = script(LOST + OWNED)
    ended = cli.run("drill", backup["id"], "--after-restore", path, "--json")
    cli_schemas.check("drill", ended.document)
    assert (ended.code, ended.document["findings"]) == (0, [])
    sha256 = hashlib.sha256((LOST + OWNED).strip().encode()).hexdigest()
    assert ended.document["after_restore"] == sha256
    shown = cli.run("show", backup["id"], "--json")
    cli_schemas.check("show", shown.document)
    assert shown.document["report"]["after_restore"] == sha256

    def last_drill(**environment):
        ended = cli.run("doctor", "--json", **environment)
        cli_schemas.check("doctor", ended.document)
        return {one["state"] for one in ended.document["checks"] if one["check"] == "last-drill"}, ended.out

    assert last_drill(SCIMS_AFTER_RESTORE=path)[0] == {"fine"}
    for changed in ({}, {"SCIMS_AFTER_RESTORE_SQL": "SELECT 1"}):
        states, out = last_drill(**changed)
        assert "problem" in states
        assert "was proven with a different after_restore than the current setting" in out

    def weekly(**environment):
        lists = cli.run("checklist", "--json", **environment).document["lists"]
        return [line for line in lists["automation"] if "after_restore" in str(line)]

    assert weekly(SCIMS_AFTER_RESTORE=path) == []
    assert [line["state"] for line in weekly()] == ["no"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT 1;\nSELECT nothing;", 'line 2: column "nothing" does not exist'),
        ("BEGIN; SELECT 1", "it leaves its transaction open"),
        (r"\i other.sql", 'line 1: syntax error at or near "\\"'),
        ("COPY items FROM STDIN", "it expects rows from a client"),
    ],
)
def test_a_script_that_fails_says_why(server, text, found):
    target = TargetServer(Address.parse(server.url("postgres")))
    failed = run_after_restore(target, "postgres", "CREATE TABLE IF NOT EXISTS items (i int);" + text)
    assert failed is not None
    assert (failed.kind, failed.object) == ("after-restore-failed", "after_restore")
    assert found in failed.found


def test_an_after_restore_that_fails_is_a_finding_of_the_drill(cli, backup, script):
    ended = cli.run("drill", backup["id"], "--after-restore", script("SELECT 1 / 0"), "--json")
    assert ended.code == 3
    assert ("after-restore-failed", "after_restore") in findings(ended)
    assert ("owner-changed", "extension function public.similarity(text, text)") in findings(ended)
    assert ended.document["after_restore"]


def test_a_restore_runs_it_and_is_proven_with_it(cli, backup, source, script):
    into = "after_source_whole"
    ended = cli.run(
        "restore", backup["id"], "--into", into, "--after-restore", script(LOST + OWNED), "--json"
    )
    cli_schemas.check("restore", ended.document)
    assert (ended.code, ended.document["verdict"]) == (0, "passed"), ended.out
    assert Database(source.server, into).value("SELECT count(*) FROM kunden") == 3


def test_a_restore_whose_after_restore_fails_keeps_the_database_and_is_not_swapped(
    cli, backup, source, script
):
    ended = cli.run(
        *("restore", backup["id"], "--into", "after_source_kept", "--json"),
        *("--swap", "--confirm", source.name, "--after-restore", script(LOST + OWNED + "SELECT 1 / 0")),
    )
    cli_schemas.check("restore", ended.document)
    assert (ended.code, ended.document["verdict"], ended.document["swapped"]) == (3, "failed", False)
    assert ("after-restore-failed", "after_restore") in findings(ended)
    kept = Database(source.server, "after_source_kept")
    assert kept.value("SELECT count(*) FROM items") == 50
    assert kept.value("SELECT to_regclass('kunden') IS NULL")


def test_a_restore_of_chosen_tables_does_not_run_it(cli, backup, source, script):
    ended = cli.run(
        "restore",
        backup["id"],
        "--table",
        "public.items",
        "--after-restore",
        script("SELECT 1 / 0"),
        "--json",
    )
    assert ended.code == 0, ended.err
    source.execute("ALTER EVENT TRIGGER telling DISABLE")
    source.execute(f"DROP SCHEMA {ended.document['schema']} CASCADE")
    source.execute("ALTER EVENT TRIGGER telling ENABLE")


@pytest.mark.parametrize("major", MAJORS)
def test_a_script_runs_as_a_whole_pinned_and_without_event_triggers(server_of, major):
    server = server_of(major)
    server.create_database("after_run", SOURCE.replace("CREATE EXTENSION pg_stat_statements;", ""))
    server.execute("ALTER DATABASE after_run SET search_path = nowhere")
    server.execute("ALTER DATABASE after_run SET default_transaction_read_only = on")
    database = Database(server, "after_run")
    target = TargetServer(Address.parse(server.url("after_run")))
    try:
        assert (
            run_after_restore(target, "after_run", "CREATE INDEX own ON items (name); ANALYZE items") is None
        )
        assert run_after_restore(target, "after_run", "CREATE INDEX CONCURRENTLY two ON items (name)") is None
        failed = run_after_restore(
            target, "after_run", "CREATE TABLE t (); INSERT INTO items VALUES (1, 'x')"
        )
        assert failed is not None
        assert "duplicate key value" in failed.found
        assert "item" not in failed.found.replace("items_pkey", "")
        assert database.value(
            "SELECT to_regclass('public.own') IS NOT NULL AND to_regclass('public.t') IS NULL"
        )
    finally:
        server.drop_database("after_run")


def test_a_connection_that_is_lost_meanwhile_is_the_servers_fault(server):
    target = TargetServer(Address.parse(server.url("postgres")))
    with pytest.raises(TargetError, match="running after_restore on postgres"):
        run_after_restore(target, "postgres", "SELECT pg_terminate_backend(pg_backend_pid())")


def test_no_report_names_a_script_that_the_engine_does_not_run(redis_server, tmp_path):
    environment = redis_deployment(redis_server, tmp_path) | {"SCIMS_AFTER_RESTORE_SQL": "SELECT 1"}
    cli = Cli(environment)
    assert cli.run("backup", "--json").code == 0
    report = cli.run("drill", "--json").document
    assert (report["verdict"], "after_restore" in report) == ("passed", False)
    for command in ("checklist", "doctor"):
        assert "after_restore" not in cli.run(command).out
