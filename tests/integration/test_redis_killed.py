"""Backups and drills of Redis that are killed at a step: nothing is half made, the next one ends well."""

import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.killed import runs_of
from tests.support.redis_data import fill, fill_many
from tests.support.redis_deployments import redis_deployment, sandbox_servers
from tests.support.redis_servers import running

KILLS = 7
"""Of each command, spread over its moments."""
KEYS = 5000


@pytest.fixture(scope="module")
def server():
    with running() as server, server.client() as client:
        fill(server)
        fill_many(client, KEYS)
        yield server


@pytest.fixture(scope="module")
def sandboxes():
    """A directory that a server's user can reach, which pytest's own is not."""
    directory = Path(tempfile.mkdtemp(prefix="sandboxes-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def environment(server, sandboxes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    return {**redis_deployment(server, folder), "SCIMS_SANDBOX_DIR": str(sandboxes)}


@pytest.fixture(scope="module")
def cli(environment):
    return Cli(environment)


@pytest.fixture(scope="module")
def run(environment):
    """Give what runs the program, and kills it at a moment."""
    with runs_of("tests.integration.killed_redis", environment) as run:
        yield lambda moment=None, *arguments: run(
            {"arguments": arguments, "environment": environment}, moment
        )


def spread(moments):
    """Choose moments from the first to the last."""
    return [len(moments) * number // KILLS for number in range(KILLS)]


def manifests(environment):
    catalog = Path(environment["SCIMS_CATALOG"].removeprefix("file://"))
    return sorted(path.stem for path in catalog.glob("manifests/**/*.json"))


def answer(cli, command):
    ended = cli.run(command, "--json")
    assert ended.code == 0, ended.out + ended.err
    return ended.document


def wait_until_no_server_runs(folder):
    deadline = time.monotonic() + 60
    while sandbox_servers(folder):
        assert time.monotonic() < deadline


@pytest.mark.slow
def test_a_backup_that_is_killed_leaves_none_and_the_next_one_is_proven(run, cli, environment, sandboxes):
    moments = run(None, "backup", "--quiet").moments
    for at in spread(moments):
        before = manifests(environment)
        killed = run(at, "backup", "--quiet")
        assert killed.returncode == -signal.SIGKILL, (moments[at], killed.output)
        is_committed = at > next(n for n, name in enumerate(moments) if "put_new manifests" in name)
        assert len(manifests(environment)) - len(before) == is_committed, moments[at]
        wait_until_no_server_runs(sandboxes)
        taken = answer(cli, "backup")
        assert (taken["level"], list(sandboxes.iterdir())) == ("full", []), moments[at]
    assert answer(cli, "drill")["verdict"] == "passed"


@pytest.mark.slow
def test_a_drill_that_is_killed_condemns_nothing_and_the_next_one_passes(run, cli, sandboxes):
    answer(cli, "backup")
    moments = run(None, "drill", "--quiet").moments
    for at in spread(moments):
        killed = run(at, "drill", "--quiet")
        assert killed.returncode == -signal.SIGKILL, (moments[at], killed.output)
        wait_until_no_server_runs(sandboxes)
        assert (answer(cli, "drill")["verdict"], list(sandboxes.iterdir())) == ("passed", []), moments[at]
