"""Backups, drills and restores of Redis, killed at a step: nothing is half made, and the next ends well."""

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
"""Of backup and of drill, spread over their moments."""
KILLS_OF_RESTORE = 6
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


def spread(moments, kills=KILLS):
    """Choose moments from the first to the last."""
    return [len(moments) * number // kills for number in range(kills)]


def manifests(environment):
    catalog = Path(environment["SCIMS_CATALOG"].removeprefix("file://"))
    return sorted(path.stem for path in catalog.glob("manifests/**/*.json"))


def answer(cli, *arguments):
    ended = cli.run(*arguments, "--json")
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


@pytest.mark.slow
def test_a_restore_that_is_killed_leaves_the_live_keys_or_has_put_them_aside_and_the_next_one_is_swapped(
    run, cli, server, sandboxes
):
    answer(cli, "backup")
    live_again(server)
    live = (
        cli.run("restore", "--swap", "--json").document["error"]["cure"].partition("--confirm ")[2].strip("'")
    )
    swap = ("restore", "--swap", "--confirm", live)
    moments = run(None, *swap, "--quiet").moments
    for at in spread(moments, KILLS_OF_RESTORE):
        live_again(server)
        killed = run(at, *swap, "--quiet")
        assert killed.returncode == -signal.SIGKILL, (moments[at], killed.output)
        wait_until_no_server_runs(sandboxes)
        if at > moments.index("before RedisTarget swap") and not is_live(server):
            answer(cli, "restore", "--undo", "--confirm", live)
        assert is_live(server), moments[at]
        ended = answer(cli, *swap)
        assert (ended["verdict"], ended["swapped"], is_live(server)) == ("passed", True, False), moments[at]
    answer(cli, "drill")
    assert list(sandboxes.iterdir()) == []  # one that died last of all goes with the next sandbox


def live_again(server):
    """Let the live server hold one key, and nothing of restores."""
    server.empty()
    with server.client() as client:
        client.set("live", "as before")


def is_live(server):
    with server.client() as client:
        return (client.get("live"), client.dbsize()) == (b"as before", 1)
