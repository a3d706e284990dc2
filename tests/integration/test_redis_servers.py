"""The servers of the tests: each says its version, ends with the tests, and can be started again."""

import os

import pytest
from redis import exceptions

from tests.support.redis_programs import REDIS_SERVERS
from tests.support.redis_servers import running
from tests.support.servers import ServerError


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
