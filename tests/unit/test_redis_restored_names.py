"""How databases are called that a restore of Redis makes, or puts aside."""

from datetime import UTC, datetime

import pytest

from scims_backup.domain.backup import BackupId
from scims_backup.engines.redis.rules import restored_names as names
from scims_backup.engines.redis.targets.room import needed, room_in, seen

NOW = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "live"),
    [
        ("redis://cache:6379", "cache:6379"),
        ("redis://me@cache:6379/3", "cache:6379"),
        ("rediss://[::1]:6380/0", "[::1]:6380"),
        ("unix:///run/redis.sock", "/run/redis.sock"),
        ("unix://me@/run/redis.sock?db=1", "/run/redis.sock"),
    ],
)
def test_the_live_databases_are_called_after_their_server(url, live):
    assert names.live_name(url) == live


def test_each_name_is_known_for_what_it_is():
    live = "cache:6379"
    restored = names.restored(live, BackupId("x", "20261122T020000Z"))
    building, aside = names.being_restored(live, "0123abcd"), names.put_aside(live, NOW)
    undone = names.taken_back(live, NOW)
    assert [names.is_being_restored(one) for one in (restored, building, aside, undone)] == [0, 1, 0, 0]
    assert [names.is_put_aside(one) for one in (restored, building, aside, undone)] == [0, 0, 1, 0]
    assert all(names.fits(one) for one in (restored, building, aside, undone))


def test_the_newest_by_its_moment_was_put_aside_last_whatever_the_server_was_called():
    older, newer = names.put_aside("z:1", NOW.replace(hour=1)), names.put_aside("a:1", NOW)
    assert names.newest_put_aside([newer, older, "x"]) == newer
    assert names.newest_put_aside(["x", names.taken_back("a:1", NOW)]) is None


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("8", [8]),
        ("8,9", [8, 9]),
        ("9,8", [9, 8]),
        ("8,", None),
        ("8, 9", None),
        ("-1", None),
        ("x8", None),
        ("٣", None),
    ],
)
def test_names_that_are_numbers(name, numbers):
    assert names.numbers_in(name) == numbers


GB = 10**9


@pytest.mark.parametrize(
    ("memory", "suffices"),
    [
        ({"used_memory": GB, "maxmemory": 3 * GB}, True),
        ({"used_memory": GB, "maxmemory": 2 * GB}, False),
        ({"used_memory": GB, "maxmemory": 2 * GB, "mem_not_counted_for_evict": GB // 2}, True),
        ({"used_memory": GB, "maxmemory": 2 * GB, "total_system_memory": 64 * GB}, False),
        ({"used_memory": GB, "maxmemory": 0, "total_system_memory": 64 * GB}, True),
        ({"used_memory": GB, "used_memory_rss": 60 * GB, "total_system_memory": 64 * GB}, False),
        ({"used_memory": GB, "maxmemory": 0, "total_system_memory": 0}, None),
        ({"used_memory": 3 * GB, "maxmemory": 2 * GB}, False),
    ],
)
def test_room_for_a_second_copy_of_a_gigabyte(memory, suffices):
    assert seen(room_in(memory), needed(GB)).suffices is suffices
