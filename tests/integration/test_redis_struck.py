"""Backups of Redis that something befalls in the midst of their stream: whole and proven, or none at all."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ended
from tests.support.holding_restic import HoldingRestic, holding_restic
from tests.support.redis_data import fill_large, fill_many
from tests.support.redis_deployments import redis_deployment
from tests.support.redis_roots import sandbox_root, servers_below
from tests.support.redis_servers import RunningRedis
from tests.support.redis_targets import keys_in

MIB = 1 << 20
ARCHIVE = 24 * MIB
"""More than all buffers between server and vault hold: the server still sends while restic holds."""
HELD_AFTER = 4 * MIB


@dataclass(frozen=True)
class Struck:
    """A backup in the midst of its stream."""

    server: RunningRedis
    others: Callable[[], RunningRedis]
    sandboxes: Path
    process: subprocess.Popen[str]
    restic: int


@dataclass(frozen=True)
class Place:
    """A server that can be backed up, and a restic that holds what it stores."""

    server: RunningRedis
    others: Callable[[], RunningRedis]
    cli: Cli
    sandboxes: Path
    restic: HoldingRestic

    def backup(self, strike) -> Ended:
        """Begin a backup, strike in its midst, and see how it ends."""
        with self.cli.start("backup", "--json", **self.restic.environment) as process:
            with self.restic.held() as restic:
                strike(Struck(self.server, self.others, self.sandboxes, process, restic))
            out, err = process.communicate()
        return Ended(process.returncode, out, err)

    def manifests(self) -> list[Path]:
        catalog = Path(self.cli.environment["SCIMS_CATALOG"].removeprefix("file://"))
        return list(catalog.glob("manifests/**/*.json"))

    def nothing_is_left(self) -> None:
        """Hold that there is no backup, no archive, no sandbox and no process of one."""
        repository = Path(self.cli.environment["SCIMS_VAULT"].removeprefix("restic:"))
        assert (self.manifests(), list((repository / "snapshots").iterdir())) == ([], [])
        assert (list(self.sandboxes.iterdir()), servers_below(self.sandboxes)) == ([], [])


@pytest.fixture
def place(new_redis, tmp_path) -> Iterator[Place]:
    server = new_redis()
    with server.client() as client:
        fill_large(client, ARCHIVE)
    with sandbox_root() as sandboxes, holding_restic(tmp_path / "bin", HELD_AFTER) as restic:
        environment = {**redis_deployment(server, tmp_path), "SCIMS_SANDBOX_DIR": str(sandboxes)}
        yield Place(server, new_redis, Cli(environment), sandboxes, restic)


# what ends a backup


def kill_server(struck):
    struck.server.kill()


def kill_connection(struck):
    with struck.server.client() as client:
        assert client.client_kill_filter(_type="replica") == 1


def demote(struck):
    with struck.server.client() as client:
        client.replicaof("127.0.0.1", 1)


def fail_over(struck):
    """Let another server become the primary, and this one its replica."""
    other = struck.others()
    with other.client() as primary, struck.server.client() as client:
        primary.set("written", "to the new primary")
        client.replicaof("127.0.0.1", other.port)
        assert primary.wait(1, 30_000) == 1


def kill_restic(struck):
    os.kill(struck.restic, signal.SIGKILL)


ENDS = [
    pytest.param(kill_server, "DumpFailedError", "before the RDB's end", id="the server is killed"),
    pytest.param(kill_connection, "DumpFailedError", "before the RDB's end", id="its connection is killed"),
    pytest.param(demote, "SourceBusyError", "NOMASTERLINK", id="the server loses its role"),
    pytest.param(
        fail_over, "DumpFailedError", "before the RDB's end", id="another server becomes the primary"
    ),
    pytest.param(kill_restic, "VaultError", "was killed by signal 9", id="restic is killed"),
]


@pytest.mark.parametrize(("strike", "kind", "why"), ENDS)
def test_what_ends_a_backup_is_said_and_nothing_is_left_of_it(place, strike, kind, why):
    ended = place.backup(strike)
    assert ended.code == 1, ended.out + ended.err
    error = ended.document["error"]
    assert (error["kind"], why in error["message"], bool(error["cure"])) == (kind, True, True), error
    place.nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_backup_that_is_signalled_leaves_nothing_and_the_next_one_is_proven(place, number):
    ended = place.backup(lambda struck: struck.process.send_signal(number))
    assert ended.code == 128 + number, ended.out + ended.err
    assert f"stopped by {number.name}" in ended.err + ended.out
    place.nothing_is_left()
    assert keys_in(place.server) == {0: ARCHIVE // 4096}
    assert place.cli.run("backup", "--json").document["level"] == "full"


# what does not


def kill_sandbox(struck):
    (server,) = servers_below(struck.sandboxes)
    os.kill(server, signal.SIGKILL)


def evict(struck):
    with struck.server.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", client.info()["used_memory"] - MIB)
        fill_many(client, 1000)
        assert client.info()["evicted_keys"] > 0


GOES_ON = [
    pytest.param(kill_sandbox, "counts", "only keys were counted", id="the sandbox is killed"),
    pytest.param(evict, "full", "evicted", id="keys are evicted"),
]


@pytest.mark.parametrize(("strike", "level", "said"), GOES_ON)
def test_what_does_not_end_a_backup_leaves_it_whole_as_of_its_fork(place, strike, level, said):
    ended = place.backup(strike)
    assert ended.code == 0, ended.out + ended.err
    assert (ended.document["level"], said in ended.err + ended.out) == (level, True), ended.err
    assert (list(place.sandboxes.iterdir()), servers_below(place.sandboxes)) == ([], [])
    drilled = place.cli.run("drill", "--json", ended.document["id"])
    assert drilled.document["verdict"] == "passed", drilled.out


def test_two_backups_at_once_are_both_proven(place):
    def back_up_too(_):
        process = place.cli.start("backup", "--json")
        started.append(process)
        assert process.stderr is not None
        assert "keys" in next(process.stderr)  # of how many it will be: now it asks for the RDB, and waits

    started: list[subprocess.Popen[str]] = []
    first = place.backup(back_up_too)
    with started[0] as second:
        out, err = second.communicate()
    assert (first.code, second.returncode) == (0, 0), first.err + err
    assert len({first.document["id"], json.loads(out)["id"]}) == len(place.manifests()) == 2
    for backup in (first.document, json.loads(out)):
        assert place.cli.run("drill", "--json", backup["id"]).document["verdict"] == "passed"
