"""`restore --keys`: chosen keys of a backup beside the live ones of a server of Redis."""

import shlex
import subprocess

import pytest

from scims_backup.domain.errors import NothingToWorkOnError, TargetError
from scims_backup.domain.level import Level
from tests.fakes import RecordedProgress
from tests.support.redis_archives import archive_of
from tests.support.redis_data import fill
from tests.support.redis_servers import running
from tests.support.redis_targets import BACKUP, keys_in, target_of

PREFIX = b"restored:20261122t020000z:"


@pytest.fixture(scope="module")
def archive():
    """Sessions in two databases, beside a little of everything."""
    return _archive()


def _archive(level=Level.FULL):
    with running() as server:
        fill(server, (0, 5))
        for database in (0, 5):
            with server.client(database) as client:
                for number in range(700):
                    client.set(f"session:{number}", f"value {number}", px=10**9)
                client.set(b"session:\xff\x00", "binary")
                client.set("cart:1", "kept")
        with server.client() as client:
            client.set("session:short", "x", px=60)
            archive = archive_of(server, level)
            while client.exists("session:short"):  # the clock is the server's
                pass
        return archive


def moved(target, archive, *patterns):
    """Restore chosen keys; return what was moved, and the building."""
    with target.build_keys(archive.proof, patterns, BACKUP, RecordedProgress()) as building:
        building.write(archive.data)
        building.finish()
        assert building.differences() == []
        return building.move(), building


def names(server, database):
    with server.client(database) as client:
        return sorted(client.keys())


def test_chosen_keys_lie_beside_the_live_ones(archive, redis_server):
    with redis_server.client() as client:
        client.set("session:1", "live")
    counts, _ = moved(target_of(redis_server), archive, "session:*", "cart:*")
    assert counts == {"database 0": 702, "database 5": 702}
    assert set(keys_in(redis_server)) == {0, 5}
    with redis_server.client() as client:
        assert client.get("session:1") == b"live"
        assert client.get(PREFIX + b"session:1") == b"value 1"
        assert client.get(PREFIX + b"session:\xff\x00") == b"binary"
        assert 0 < client.pttl(PREFIX + b"session:1") <= 10**9
        assert not client.exists(PREFIX + b"session:short")


def test_at_level_counts_they_are_restored_too(redis_server):
    counts, _ = moved(target_of(redis_server), _archive(Level.COUNTS), "cart:*")
    assert counts == {"database 0": 1, "database 5": 1}


@pytest.mark.parametrize("pattern", ["nothing:*", "session:x", "SESSION:*"])
def test_a_pattern_that_matches_nothing(archive, redis_server, pattern):
    with pytest.raises(NothingToWorkOnError) as refused:
        moved(target_of(redis_server), archive, pattern)
    assert refused.value.cure
    assert keys_in(redis_server) == {}


def test_a_name_that_is_taken_stops_all_of_it(archive, redis_server):
    with redis_server.client(5) as client:
        client.set(PREFIX + b"session:699", "taken")
    with pytest.raises(TargetError, match="has a key of that name") as refused:
        moved(target_of(redis_server), archive, "session:*")
    assert refused.value.cure
    assert names(redis_server, 5) == [PREFIX + b"session:699"]
    assert keys_in(redis_server) == {5: 1}


def test_a_key_that_is_not_as_it_was_proven_is_a_difference(archive, redis_server):
    target = target_of(redis_server)
    with target.build_keys(archive.proof, ["cart:*"], BACKUP, RecordedProgress()) as building:
        building.write(archive.data)
        building.finish()
        number = max(keys_in(redis_server))
        with redis_server.client(number) as client:
            client.set("cart:1", "changed")
        assert [one.kind for one in building.differences()] == ["value-changed"]
    assert keys_in(redis_server) == {}


def test_the_commands_copy_what_is_missing_and_remove_the_rest(archive, redis_server):
    with redis_server.client() as client:
        client.set("session:1", "live")
    _, building = moved(target_of(redis_server), archive, "session:*")
    for command in building.copy_missing:
        _run(redis_server, command)
    with redis_server.client() as client:
        assert client.get("session:1") == b"live"
        assert client.get("session:2") == b"value 2"
        assert client.ttl("session:2") > 0
    for command in building.drop:
        _run(redis_server, command)
    assert keys_in(redis_server) == {0: 701, 5: 701}


def _run(server, command):
    """Run a command as it is printed, with this server's redis-cli."""
    program = server.program.path.with_name("redis-cli")
    words = shlex.split(command)
    assert words[0] == "redis-cli"
    subprocess.run([program, "-s", str(server.socket), *words[1:]], check=True, capture_output=True)
