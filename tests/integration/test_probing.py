"""The application's own check as a real command: what it is given, comes to, and leaves behind."""

import os
import select
import shlex
import tempfile
from pathlib import Path

import pytest

from scims_backup.adapters.shell_probe import PLAIN_PATH, ShellProbe
from scims_backup.domain.errors import SandboxError, SourceUnreachableError
from scims_backup.domain.probe import ProbeOutcome
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.postgres_errors import scrubbed
from scims_backup.engines.postgresql.proving.provable import PostgresDatabase
from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
from tests.support.databases import Database
from tests.support.programs import DEFAULT_MAJOR, programs_of
from tests.support.sandboxes import ROLE, archive_of, is_running, postmaster_of, resembling, restored_in

URL = "postgresql://app@/shop?host=/nowhere&port=5432"
PSQL = (
    f'{shlex.quote(str(programs_of(DEFAULT_MAJOR) / "psql"))} "$DATABASE_URL" -X -q -A -t -v ON_ERROR_STOP=1'
)
ROLES = {"role": {"postgres": {**ROLE, "superuser": True}, '"App User"': ROLE}}


@pytest.fixture(scope="module")
def sandbox(server):
    """A sandbox with a small shop in it, restored."""
    server.create_database("probed")
    server.execute("CREATE TABLE users AS SELECT generate_series(1, 3) AS id", "probed")
    archive = archive_of(Database(server, "probed"))
    server.drop_database("probed")
    sandboxes = LocalSandboxes(root=Path(tempfile.gettempdir()), programs=server.programs)
    like = resembling(database="probed", schema=ROLES)
    with sandboxes.open() as sandbox, restored_in(sandbox, archive, like) as address:
        yield sandbox, PostgresDatabase(address, may_install=True, trusts_everybody=True)


@pytest.fixture
def restored(sandbox):
    return sandbox[1]


def psql(query):
    return ShellProbe(f"{PSQL} -c {shlex.quote(query)}", scrubbed)


def run(command, url=URL, limit=60.0):
    return ShellProbe(command, scrubbed, limit).run(url)


def test_a_probe_connects_to_the_restored_database_and_passes(restored):
    assert restored.probe(psql("SELECT count(*) FROM users"), None) == ProbeOutcome(0, "3")


@pytest.mark.parametrize(("role", "user"), [(None, "postgres"), ("App User", "App User")])
def test_a_probe_is_the_application_s_role_where_there_is_one(restored, role, user):
    assert restored.probe(psql("SELECT current_user"), role).said == user


def test_a_probe_that_objects_is_quoted_without_the_values_of_rows(restored):
    query = "DO $$ BEGIN RAISE 'no admins' USING DETAIL = 'Key (name)=(alice)'; END $$"
    outcome = restored.probe(psql(query), None)
    assert outcome.code not in {0, None}
    assert "no admins" in outcome.said
    assert "alice" not in outcome.said


def test_a_probe_that_fails_since_the_server_is_gone_did_not_look(tmp_path):
    gone = PostgresDatabase(
        Address({"host": str(tmp_path), "port": "5432", "dbname": "x", "user": "u"}), trusts_everybody=True
    )
    with pytest.raises(SourceUnreachableError):
        gone.probe(ShellProbe("exit 1", scrubbed), None)


def test_the_target_of_a_comparison_is_reached_with_its_password(new_database, server, monkeypatch):
    # the server does not ask for it; libpq knows it all the same
    monkeypatch.setenv("PGPASSWORD", "gehe%im@1")
    target = PostgresDatabase(Address.parse(new_database(server).url))
    outcome = target.probe(ShellProbe('echo "$DATABASE_URL"; exit 4', scrubbed), "nobody")
    assert "gehe" not in outcome.said
    assert ":***@" in outcome.said
    assert target.probe(psql("SELECT 1"), "nobody") == ProbeOutcome(0, "1")


def test_the_sandbox_s_url_holds_no_password_of_ours(restored, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "geheim")
    outcome = restored.probe(
        ShellProbe('case "$DATABASE_URL" in *geheim*|*//*:*@*) exit 1; esac', scrubbed), None
    )
    assert outcome.passed


# --- the command ------------------------------------------------------------------------------------


def test_its_environment_is_the_url_and_a_plain_path_and_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("RESTIC_PASSWORD", "geheim")
    monkeypatch.setenv("PATH", f"/secret/bin:{os.environ['PATH']}")
    outcome = run("tr '\\0' '\\n' < /proc/$$/environ")
    assert sorted(outcome.said.split(" / ")) == [f"DATABASE_URL={URL}", f"PATH={PLAIN_PATH}"]


def test_it_runs_in_the_root_with_nothing_to_read():
    assert run("pwd; cat; echo done").said == "/ / done"


@pytest.mark.parametrize(("command", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -TERM $$", 143)])
def test_its_exit_code_is_told_as_a_shell_tells_it(command, code):
    assert run(command).code == code


def test_both_outputs_are_quoted_in_their_order():
    assert run("echo one; echo two >&2; echo three; exit 1").said == "one / two / three"


def test_the_last_of_much_output_is_quoted():
    outcome = run("yes | head -c 3000000; echo the end; exit 9")
    assert (outcome.code, outcome.said.endswith("y / the end")) == (9, True)


@pytest.mark.parametrize(("command", "code"), [("/no/such/program", 127), ("/etc/passwd", 126)])
def test_a_command_that_cannot_be_run_did_not_look(command, code):
    with pytest.raises(SandboxError, match=rf"the probe could not be run \(exit code {code}\): .*full path"):
        run(command)


def test_a_password_in_the_url_is_hidden_however_it_is_written():
    url = "postgresql://u:p%2Fw%20%22x@db/x"
    said = run("""echo "$DATABASE_URL"; echo 'p/w "x'; echo '{"p/w \\"x"}'; exit 1""", url).said
    assert said == 'postgresql://u:***@db/x / *** / {"***"}'


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path):
    outcome = run(f"sleep 1000 & echo $! > {tmp_path}/pid; wait", limit=0.5)
    assert outcome == ProbeOutcome(None, "", 0.5)
    assert_gone(int((tmp_path / "pid").read_text()))


def test_what_it_leaves_running_is_ended_and_not_waited_for(tmp_path):
    outcome = run(f"sleep 1000 & echo $! > {tmp_path}/pid; echo started")
    assert outcome == ProbeOutcome(0, "started", 60.0)
    assert_gone(int((tmp_path / "pid").read_text()))


def test_the_sandbox_s_server_survives_its_probes(sandbox):
    assert is_running(postmaster_of(sandbox[0].directory))


def assert_gone(pid):
    """It is not our child: its end is awaited, not read."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([process], [], [], 60)[0] == [process]
    finally:
        os.close(process)
