"""The servers of the tests: each says its version, ends with the tests, and can be started again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import exceptions

from tests.support.redis_programs import REDIS_SERVERS
from tests.support.redis_servers import running
from tests.support.servers import ServerError
from tests.support.waiting import wait_until_ended, wait_until_gone

HOLDER = """
import sys
from tests.support.redis_servers import running
with running() as server:
    print(server.home, server.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("name", REDIS_SERVERS)
def test_a_server_says_its_version_and_leaves_nothing(name):
    with running(name) as server, server.client() as client:
        home, pid = server.home, server.pid
        facts = client.info("server")
        said = facts.get("valkey_version") or facts["redis_version"]
        assert f"{server.program.flavour}-{said}".startswith(f"{name}.")
    assert not home.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_server_that_was_killed_starts_again_on_what_it_saved(new_redis):
    server = new_redis(requirepass="secret")
    with server.client() as client:
        client.set("kept", "1")
        client.save()
        client.set("lost", "1")
    server.kill()
    with server.client() as client, pytest.raises(exceptions.ConnectionError):
        client.ping()
    server.start()
    with server.client() as client:
        assert client.keys() == [b"kept"]


def test_a_server_that_was_stopped_saved_nothing(new_redis):
    server = new_redis()
    with server.client() as client:
        client.set("lost", "1")
    server.stop()
    server.start()
    with server.client() as client:
        assert client.dbsize() == 0


def test_a_server_that_cannot_start_says_why():
    with pytest.raises(ServerError, match="no-such-directive"), running(no_such_directive="1"):
        pass


def test_a_server_of_the_session_is_empty_for_each_test(redis_of, each_redis):
    assert redis_of(each_redis.program.name) is each_redis
    with each_redis.client() as client:
        assert client.info("keyspace") == {}
        client.set("left", "behind")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_is_gone_when_its_process_was_killed(signum):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        home, pid = holder.stdout.readline().split()
        ended = os.pidfd_open(int(pid))
        holder.send_signal(signum)
        holder.wait()
        wait_until_ended(ended)
    wait_until_gone(Path(home))
