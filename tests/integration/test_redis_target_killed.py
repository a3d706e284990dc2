"""A restore to a live server of Redis that is killed: the live keys stay, and the next one cleans up."""

import time

import pytest

from tests.integration.test_redis_target import NOW
from tests.support.killed_children import killed_at, packets
from tests.support.redis_archives import archive_of
from tests.support.redis_data import fill_many, fill_strings
from tests.support.redis_servers import running
from tests.support.redis_targets import checked, restored, target_of

STEPS = 20


@pytest.fixture(scope="module")
def archive():
    """A server's keys in two databases."""
    with running() as server:
        with server.client() as client:
            fill_many(client, 3_000)
        with server.client(1) as client:
            fill_strings(client)
        return archive_of(server)


@pytest.fixture(scope="module")
def live():
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def live_keys(live):
    """Keys of the live server, which no restore that is killed may change."""
    live.empty()
    with live.client() as client:
        client.set("live", "as before")


def restore_and_swap(live, archive):
    """Restore, prove and swap, as `restore --swap` does."""
    target = target_of(live)
    name = restored(target, archive)
    assert checked(target, archive, name).findings == []
    target.swap(name, NOW)


@pytest.fixture(scope="module")
def sent(live, archive):
    """How many packets a restore sends to the live server."""
    return packets(live.port, lambda: restore_and_swap(live, archive))


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_restore_that_is_killed_leaves_nothing_that_the_next_one_does_not_clean_up(
    live, archive, sent, step
):
    assert killed_at(1 + sent * step // (STEPS + 1), live.port, lambda: restore_and_swap(live, archive))
    _await_the_end_of_connections(live)
    target = target_of(live)
    name = "again"
    with live.client() as client:
        was_swapped = not client.exists("live")
    names = target._server.numbers().names
    if was_swapped:
        assert [name.rpartition("_before_")[2] for name in names] == ["20261124t031500z"]
        assert checked(target, archive, target.live).findings == []
        target.undo(NOW)
    with live.client() as client:
        assert client.get("live") == b"as before"
        assert client.dbsize() == 1
    restored(target, archive, name)
    assert checked(target, archive, name).findings == []
    left = target._server.numbers()
    assert not any("_restoring_" in one for one in left.names)
    assert left.live == [0]
    whole = [one for one in left.names if target._server.whole(left, one)]
    assert set(whole) == left.names


def _await_the_end_of_connections(server):
    """Wait until the server has seen that the killed process is gone."""
    deadline = time.monotonic() + 10
    with server.client() as client:
        while any(one["name"].startswith("scims-backup") for one in client.client_list()):
            assert time.monotonic() < deadline
