"""The program from end to end: backup, list, show, verify, drill, compare on a real database."""

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import cli_schemas
from tests.support.cli import PROGRAM, Program
from tests.support.databases import Database, deployment_of
from tests.support.scims import load_scims
from tests.support.servers import PostgresServer

EXPECTATIONS = """
- {name: somebody is there, query: SELECT count(*) FROM public.users, condition: '>= 1'}
- {name: nobody owes stock, query: SELECT count(*) FROM public.item_stocks WHERE quantity < 0, expected: 0}
"""


def _environment(directory, server, url):
    return {**deployment_of(Database(server, "postgres"), directory), "SCIMS_SOURCE_URL": url}


@pytest.fixture(scope="module")
def scims(server):
    server.create_database("cli_scims")
    database = Database(server, "cli_scims")
    load_scims(database, users=50)
    yield database
    server.drop_database("cli_scims")


@pytest.fixture(scope="module")
def cli(server, scims, tmp_path_factory):
    return Program(_environment(tmp_path_factory.mktemp("cli"), server, scims.url))


@pytest.fixture(scope="module")
def backup(cli):
    ended = cli.run("backup", "--label", "git_commit=4b825dc", "--json", SCIMS_LABELS="of=test")
    assert ended.code == 0, ended.err
    cli_schemas.check("backup", ended.document)
    return ended.document


@pytest.fixture(scope="module")
def drilled(cli, backup, tmp_path_factory):
    expectations = tmp_path_factory.mktemp("expect") / "expect.yaml"
    expectations.write_text(EXPECTATIONS)
    probe = 'test -n "$DATABASE_URL"'
    ended = cli.run("drill", backup["id"], "--expect", str(expectations), "--probe", probe, "--json")
    assert ended.code == 0, ended.out + ended.err
    cli_schemas.check("drill", ended.document)
    return ended.document


def test_backup_tells_what_it_did_in_plain_lines_where_there_is_no_terminal(server, scims, tmp_path):
    ended = Program(_environment(tmp_path, server, scims.url)).run("backup", "--level", "counts")
    assert ended.code == 0, ended.err
    assert "is complete" in ended.out
    assert ended.err.startswith("dump: about ")
    assert "\x1b" not in ended.out + ended.err


def test_quiet_leaves_standard_error_empty(server, scims, tmp_path):
    assert Program(_environment(tmp_path, server, scims.url)).run("backup", "--quiet").err == ""


def test_a_drill_passes_and_is_what_list_and_show_tell(cli, backup, drilled):
    assert (drilled["verdict"], drilled["findings"]) == ("passed", [])
    assert list(drilled["seconds"]) == ["start", "restore", "prove"]
    assert drilled["compared"]["probes"] == 1
    listed = cli.run("list", "--json")
    cli_schemas.check("list", listed.document)
    assert [(one["id"], one["verdict"]) for one in listed.document] == [(backup["id"], "passed")]
    shown = cli.run("show", "newest-proven", "--json")
    cli_schemas.check("show", shown.document)
    assert [one["name"] for one in shown.document["drills"]] == [drilled["drill"]]


def test_labels_of_a_backup_are_what_list_and_show_print(cli, backup):
    labels = {"of": "test", "git_commit": "4b825dc"}
    shown = cli.run("show", backup["id"], "--json").document
    assert [backup["labels"], shown["labels"], cli.run("list", "--json").document[0]["labels"]] == [
        labels
    ] * 3
    assert "git_commit 4b825dc" in cli.run("show", backup["id"]).out


def test_a_label_that_is_not_usable_is_wrong_usage(cli):
    refused = cli.run("backup", "--label", "Commit=x", "--json")
    cli_schemas.check("error", refused.document)
    assert (refused.code, refused.document["error"]["kind"]) == (2, "UsageError")


@pytest.mark.usefixtures("drilled")
def test_results_for_people_name_the_backup_and_its_verdict(cli, backup):
    for command in ("list", "show"):
        out = cli.run(command).out
        assert backup["id"] in out
        assert "passed" in out


def test_verify_reads_the_archive_back(cli, backup):
    ended = cli.run("verify", "--json")
    cli_schemas.check("verify", ended.document)
    assert (ended.code, ended.document["sha256"]) == (0, backup["sha256"])


def _drawn(terminal):
    """All that is written to a terminal until its last writer has closed it, which Linux reports as EIO."""
    drawn = b""
    with suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as screen:
        while part := screen.read(65_536):
            drawn += part
    return drawn.decode()


@pytest.mark.usefixtures("backup")
def test_progress_is_bars_where_standard_error_is_a_terminal(cli):
    terminal, written = pty.openpty()
    environment = {**os.environ, **cli.environment, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        [PROGRAM, "verify"], env=environment, stdout=subprocess.PIPE, stderr=written, text=True
    ) as process:
        os.close(written)
        drawn = _drawn(terminal)
        out, _ = process.communicate()
    assert process.returncode == 0, drawn
    assert out.startswith("intact ")
    assert re.search(r"fetch.*━━━.*kB", drawn)


def test_the_source_itself_compares_as_passed(cli, backup, scims):
    ended = cli.run("compare", backup["id"], "--target-url", scims.url, "--json")
    cli_schemas.check("compare", ended.document)
    assert (ended.code, ended.document["findings"]) == (0, [])


def test_a_comparison_whose_probe_cannot_be_run_is_inconclusive(cli, backup, scims):
    probe = {"SCIMS_PROBE": "/no/such/check"}
    ended = cli.run("compare", backup["id"], "--target-url", scims.url, "--json", **probe)
    cli_schemas.check("compare", ended.document)
    assert (ended.code, ended.document["verdict"]) == (4, "inconclusive")
    assert "the probe could not be run (exit code 127)" in ended.document["reason"]


def test_the_checklist_has_its_evidence_from_this_backup_and_this_drill(cli, backup, drilled):
    ended = cli.run("checklist", "--json")
    cli_schemas.check("checklist", ended.document)
    assert (ended.code, ended.document["state"]) == (4, "unknown"), ended.out
    assert ended.document["drill"] == {"backup": backup["id"], "name": drilled["drill"]}
    lines = {line["id"]: line for name in ended.document["lists"] for line in ended.document["lists"][name]}
    # the first backup of all, without a retention policy; nothing has failed yet, and nobody drilled by hand
    unknown = {
        "backup-size-reasonable",
        "old-backups-pruned",
        "failure-alerts-sent",
        "full-restore-monthly",
    }
    assert {name for name, line in lines.items() if line["state"] != "yes"} == unknown
    report = f"drills/scims-db/{backup['id'][-16:]}/{drilled['drill']}/report.json"
    assert lines["restore-all-tables"]["evidence"] == [
        {"key": report, "fact": f"{drilled['compared']['tables']} tables"}
    ]
    assert lines["sandbox-removed"]["evidence"][0]["key"] == report
    assert backup["id"] in cli.run("checklist").out


@pytest.mark.usefixtures("backup")
def test_compare_names_the_table_that_lost_a_row(cli, server, scims):
    server.execute(f"CREATE DATABASE cli_copy TEMPLATE {scims.name}")
    copy = Database(server, "cli_copy")
    try:
        copy.execute("DELETE FROM public.crafts WHERE ctid = (SELECT min(ctid) FROM public.crafts)")
        ended = cli.run("compare", "--target-url", copy.url, "--json")
        human = cli.run("compare", "--target-url", copy.url)
    finally:
        server.drop_database("cli_copy")
    cli_schemas.check("compare", ended.document)
    assert (ended.code, human.code) == (3, 3)
    finding = next(one for one in ended.document["findings"] if one["object"] == "table public.crafts")
    assert (finding["kind"], finding["expected"], finding["found"]) == ("rows-differ", "150 rows", "149 rows")
    assert "table public.crafts: 150 rows expected, 149 found" in human.out


def test_an_expectation_that_is_not_met_fails_the_comparison(cli, backup, scims, tmp_path):
    (tmp_path / "e.toml").write_text("[[expectations]]\nname = 'two'\nquery = 'SELECT 1'\nexpected = 2\n")
    ended = cli.run(
        "compare", backup["id"], "--target-url", scims.url, "--expect", str(tmp_path / "e.toml"), "--json"
    )
    cli_schemas.check("compare", ended.document)
    assert ended.code == 3
    assert "two" in str(ended.document["findings"])


@pytest.mark.usefixtures("backup")
def test_a_wrong_password_of_the_vault_fails_by_name(cli, tmp_path):
    (tmp_path / "wrong").write_text("wrong\n")
    ended = cli.run("verify", "--json", RESTIC_PASSWORD_FILE=str(tmp_path / "wrong"))
    cli_schemas.check("error", ended.document)
    assert (ended.code, ended.document["error"]["kind"]) == (1, "VaultAccessError")


def test_a_source_that_does_not_answer_fails_by_name(server, tmp_path):
    url = f"postgresql://backup@/x?host={tmp_path}"
    ended = Program(_environment(tmp_path, server, url)).run("backup", "--json")
    cli_schemas.check("error", ended.document)
    assert (ended.code, ended.document["error"]["kind"]) == (1, "SourceUnreachableError")


def test_an_empty_catalog_is_an_empty_list_and_nothing_to_drill(cli, tmp_path):
    catalog = {"SCIMS_CATALOG": f"file://{tmp_path / 'none'}"}
    assert cli.run("list", "--json", **catalog).document == []
    assert cli.run("drill", **catalog).code == 5


@pytest.fixture
def sandboxes():
    # Not below pytest's own folder, which the sandbox's unprivileged user may not enter
    with tempfile.TemporaryDirectory(prefix="scims-test-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.usefixtures("backup")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_drill_that_is_signalled_leaves_nothing_behind(cli, sandboxes, number):
    with cli.start("drill", SCIMS_SANDBOX_DIR=str(sandboxes)) as process:
        assert process.stderr is not None
        told = [next(process.stderr)]
        while not told[-1].startswith("restore"):
            told.append(next(process.stderr, ""))
            assert told[-1], (told, process.stdout and process.stdout.read())
        process.send_signal(number)
        _, err = process.communicate()
    assert process.returncode == 128 + number
    assert f"stopped by {number.name}" in err
    assert list(sandboxes.iterdir()) == []


@pytest.mark.usefixtures("backup")
def test_a_reader_that_goes_away_does_not_change_the_exit_code(cli):
    with cli.start("list", "--json") as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait()
        assert process.stderr is not None
        assert (process.returncode, process.stderr.read()) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.usefixtures("backup")
def test_a_result_that_cannot_be_written_is_a_failure(cli):
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [PROGRAM, "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=dict(cli.environment),
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert "the result cannot be written: No space left on device" in ended.stderr


def test_the_settings_document_s_secret_opens_the_database(tmp_path):
    password = "correct horse battery staple"
    with PostgresServer(password=password) as server:
        environment = _environment(tmp_path, server, "")
        (tmp_path / "database-password").write_text(f"{password}\n")
        (tmp_path / "settings.toml").write_text(
            f'catalog = "{environment.pop("SCIMS_CATALOG")}"\n'
            f'[sources.locked]\nurl = "{server.tcp_url()}"\nsecret = "file:database-password"\n'
            f'vault = "{environment.pop("SCIMS_VAULT")}"\n'
        )
        for name in ("SCIMS_SOURCE", "SCIMS_SOURCE_URL"):
            del environment[name]
        cli = Program(environment)
        ended = cli.run("backup", "--json", "--config", str(tmp_path / "settings.toml"))
        (tmp_path / "database-password").write_text("wrong horse\n")
        refused = cli.run("backup", "--json", "--debug", "--config", str(tmp_path / "settings.toml"))
    assert ended.code == 0, ended.err
    assert ended.document["source"] == "locked"
    assert (refused.code, refused.document["error"]["kind"]) == (1, "SourceAccessError")
    assert "horse" not in refused.out + refused.err + ended.out + ended.err


def test_help_loads_neither_the_driver_nor_the_use_cases():
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", PROGRAM, "--help"], capture_output=True, text=True, check=True
    )
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "scims_backup.cli.catalogue" in loaded
    assert not loaded & {"psycopg", "yaml", "aws_lambda_powertools", "scims_backup.bootstrap.application"}
