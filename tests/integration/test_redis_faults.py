"""Backups of Redis that go wrong: a clear error, no manifest, nothing left running."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.redis_data import fill
from tests.support.redis_deployments import redis_deployment, sandbox_servers
from tests.support.redis_programs import REDIS_SERVERS, redis_program
from tests.support.redis_streams import altered, flipped, truncated

PLACES = (0, 0.001, 0.1, 0.5, 0.9999)
AOF = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n" * 100


@pytest.fixture
def sandboxes():
    """A directory that a server's user can reach, which pytest's own is not."""
    directory = Path(tempfile.mkdtemp(prefix="sandboxes-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def filled(redis_server):
    fill(redis_server)
    return redis_server


@pytest.fixture
def environment(filled, sandboxes, tmp_path):
    return {**redis_deployment(filled, tmp_path), "SCIMS_SANDBOX_DIR": str(sandboxes)}


def backup_fails(cli, *arguments):
    """Expect a backup to fail, with nothing left of it; return its error."""
    ended = cli.run("backup", "--json", *arguments)
    assert ended.code == 1, ended.out + ended.err
    assert nothing_is_left(cli.environment)
    return ended.document["error"]


def nothing_is_left(environment):
    sandboxes = Path(environment["SCIMS_SANDBOX_DIR"])
    return (manifests(environment), sandbox_servers(sandboxes), list(sandboxes.iterdir())) == ([], [], [])


def manifests(environment):
    return list(Path(environment["SCIMS_CATALOG"].removeprefix("file://")).glob("manifests/**/*.json"))


@pytest.mark.parametrize("at", PLACES)
@pytest.mark.parametrize(
    ("ended", "level", "why"),
    [(True, "full", "truncated|empty|not an RDB"), (False, "counts", "closed the connection after")],
    ids=["with its mark", "cut off"],
)
def test_a_truncated_stream_is_found_before_there_is_a_manifest(filled, environment, at, ended, level, why):
    with altered(filled, truncated(at), ended=ended) as url:
        error = backup_fails(Cli(environment), "--source-url", url, "--level", level)
    assert re.search(why, error["message"]), error


@pytest.mark.parametrize("at", PLACES)
def test_a_flipped_bit_is_found_before_there_is_a_manifest(filled, environment, at):
    with altered(filled, flipped(at)) as url:
        error = backup_fails(Cli(environment), "--source-url", url, "--level", "counts")
    assert error["kind"] == "DumpFailedError"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (AOF, "append-only file"),
        (b"", "it is empty"),
        (b"no RDB at all " * 1000, "neither REDIS nor VALKEY"),
        (b"REDIS9999" + bytes(5000), "9999"),
    ],
    ids=["AOF", "nothing", "text", "newer"],
)
def test_what_is_no_rdb_that_we_know_is_refused(filled, environment, other, why):
    with altered(filled, lambda _: other) as url:
        error = backup_fails(Cli(environment), "--source-url", url)
    assert why in error["message"]


def test_a_server_without_checksums_is_backed_up_with_a_warning(new_redis, tmp_path):
    server = new_redis(rdbchecksum="no")
    fill(server)
    cli = Cli(redis_deployment(server, tmp_path))
    taken = cli.run("backup", "--json").document
    assert [warning for warning in taken["warnings"] if "rdbchecksum" in warning] == taken["warnings"] != []
    assert cli.run("drill", "--json").document["verdict"] == "passed"


@pytest.mark.skipif("redis-8.0" not in REDIS_SERVERS, reason="no Redis 8.0: make setup-tests")
def test_a_server_that_is_newer_than_every_sandbox_is_said_with_the_cure_and_makes_a_drill_inconclusive(
    redis_of, sandboxes, tmp_path
):
    newer = redis_of("redis-8.0")
    newer.empty()
    fill(newer)
    environment = {**redis_deployment(newer, tmp_path), "SCIMS_SANDBOX_DIR": str(sandboxes)}
    older = {**environment, "SCIMS_REDIS_BIN": str(redis_program("redis-7.0").path.parent)}
    error = backup_fails(Cli(older))
    assert (error["kind"], "Redis 8.0" in error["message"]) == ("ToolMissingError", True)
    assert "SCIMS_REDIS_BIN" in error["cure"]
    assert "level counts" in error["cure"]
    assert Cli(older).run("backup", "--json", "--level", "counts").code == 0
    report = Cli(older).run("drill", "--json").document
    assert report["verdict"] == "inconclusive"
    assert "Redis 8.0" in report["reason"]
    assert "SCIMS_REDIS_BIN" in report["reason"]


@pytest.mark.skipif("redis-7.4" not in REDIS_SERVERS, reason="no Redis 7.4: make setup-tests")
def test_a_module_that_the_sandbox_lacks_is_named(new_redis, tmp_path):
    server = new_redis("redis-7.4", loadmodule=str(redis_program("redis-7.4").module))
    with server.client() as client:
        client.execute_command("BF.ADD", "bloom", "one")
        client.set("after", "value")
    cli = Cli(redis_deployment(server, tmp_path))
    taken = cli.run("backup", "--json")
    assert taken.code == 0, taken.out
    report = cli.run("drill", "--json")
    assert "mbbloom" in f"{taken.document['warnings']} {report.document}".lower()


@pytest.mark.slow
def test_a_value_of_100_megabytes_is_backed_up_and_drilled(redis_server, tmp_path):
    with redis_server.client() as client:
        client.set("great", os.urandom(100 << 20))
    cli = Cli(redis_deployment(redis_server, tmp_path))
    assert cli.run("backup", "--json").document["level"] == "full"
    assert cli.run("drill", "--json").document["verdict"] == "passed"
