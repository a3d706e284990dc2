"""Backups of Redis that go wrong: a clear error, no manifest, nothing left running."""

import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.redis_data import fill
from tests.support.redis_deployments import redis_deployment
from tests.support.redis_streams import altered, flipped, truncated

PLACES = (0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999)
AOF = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n" * 100


@pytest.fixture
def filled(redis_server):
    fill(redis_server)
    return redis_server


@pytest.fixture
def environment(filled, tmp_path):
    return redis_deployment(filled, tmp_path)


@pytest.fixture
def cli(environment):
    return Cli(environment)


def fails(cli, environment, *arguments, code=1, kind=None):
    """Expect a backup to fail, with nothing left of it; return its error."""
    ended = cli.run("backup", "--json", *arguments)
    assert ended.code == code, ended.out + ended.err
    error = ended.document["error"]
    assert error["cure"]
    assert kind in (None, error["kind"]), error
    catalog = Path(environment["SCIMS_CATALOG"].removeprefix("file://"))
    assert not list(catalog.glob("manifests/**/*.json"))
    assert not sandboxes()
    return error


def sandboxes():
    """Return the servers that a sandbox of ours runs: they read their configuration from standard input."""
    listed = subprocess.run(["ps", "-eo", "ppid,args"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line.rstrip().endswith("-server -")]


@pytest.mark.parametrize("level", ["counts", "full"])
@pytest.mark.parametrize("at", PLACES)
@pytest.mark.parametrize("ended", [True, False], ids=["with its mark", "cut off"])
def test_a_truncated_stream_is_found_before_there_is_a_manifest(filled, cli, environment, level, at, ended):
    with altered(filled, truncated(at), ended=ended) as url:
        fails(cli, environment, "--source-url", url, "--level", level)


@pytest.mark.parametrize("at", PLACES)
def test_a_flipped_bit_is_found_before_there_is_a_manifest(filled, cli, environment, at):
    with altered(filled, flipped(at)) as url:
        fails(cli, environment, "--source-url", url, "--level", "counts")


@pytest.mark.parametrize("other", [AOF, b"", b"REDIS", b"no RDB at all " * 1000, bytes(5000)])
def test_what_is_no_rdb_is_refused(filled, cli, environment, other):
    with altered(filled, lambda _: other) as url:
        fails(cli, environment, "--source-url", url)
