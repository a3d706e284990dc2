"""What about a Redis server endangers its backups."""

from dataclasses import replace

import pytest

from scims_backup.engines.redis.rules.concerns import Kernel, Observed, Weight, concerns

GIB = 1 << 30
SOUND = Observed(
    info={"used_memory_rss": GIB, "total_system_memory": 16 * GIB, "rdb_last_bgsave_status": "ok"},
    config={
        "repl-timeout": "60",
        "rdbchecksum": "yes",
        "repl-diskless-sync": "yes",
        "repl-diskless-sync-delay": "5",
        "client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
        "appendonly": "no",
    },
    kernel=Kernel(overcommit=1, available=8 * GIB),
)


def found(observed, weight):
    return {one.check: one for one in concerns(observed) if one.weight is weight}


def with_info(**info):
    return replace(SOUND, info={**SOUND.info, **info})


def with_setting(name, value):
    return replace(SOUND, config={**(SOUND.config or {}), name: value})


def test_a_sound_server_has_no_problem_and_nothing_unseen():
    assert not found(SOUND, Weight.PROBLEM)
    assert not found(SOUND, Weight.UNKNOWN)


@pytest.mark.parametrize(
    ("observed", "check", "said"),
    [
        (with_info(used_memory_rss=9 * GIB), "fork-memory", "9,216 MiB"),
        (with_info(rdb_last_bgsave_status="err"), "last-save", "failed"),
        (
            replace(with_info(used_memory_rss=7 * GIB), kernel=Kernel(0, 6 * GIB)),
            "overcommit",
            "vm.overcommit_memory is 0",
        ),
        (
            replace(with_info(used_memory_rss=7 * GIB), kernel=Kernel(2, 6 * GIB)),
            "overcommit",
            "vm.overcommit_memory is 2",
        ),
        (with_setting("rdbchecksum", "no"), "rdb-checksum", "damage"),
        (with_setting("repl-timeout", "29"), "repl-timeout", "29 seconds"),
    ],
)
def test_a_danger_is_a_problem_with_a_cure(observed, check, said):
    problems = found(observed, Weight.PROBLEM)
    assert list(problems) == [check]
    assert said in problems[check].message
    assert problems[check].cure


@pytest.mark.parametrize(
    ("observed", "check", "said"),
    [
        (replace(SOUND, kernel=None), "overcommit", "cannot be seen"),
        (replace(SOUND, config=None), "server-settings", "CONFIG GET"),
        (with_info(total_system_memory=0), "fork-memory", "does not say"),
    ],
)
def test_what_cannot_be_seen_is_said(observed, check, said):
    unknown = found(observed, Weight.UNKNOWN)
    assert list(unknown) == [check]
    assert said in unknown[check].message


@pytest.mark.parametrize(
    ("observed", "check", "said"),
    [
        (with_info(aof_rewrite_in_progress=1), "busy", "AOF"),
        (with_info(rdb_bgsave_in_progress=1), "busy", "background save"),
        (with_info(maxmemory=GIB, maxmemory_policy="allkeys-lru"), "eviction", "allkeys-lru"),
        (replace(SOUND, modules={"ReJSON": "20008"}), "modules", "ReJSON 20008"),
        (with_setting("appendonly", "yes"), "appendonly", "ignored"),
        (with_setting("repl-diskless-sync", "no"), "diskless", "own disk"),
        (with_setting("repl-diskless-sync-delay", "7"), "delay", "7 seconds"),
        (SOUND, "replica-buffer", "268435456 67108864 60"),
    ],
)
def test_what_a_reader_should_know_is_no_problem(observed, check, said):
    assert said in found(observed, Weight.FINE)[check].message
    assert not found(observed, Weight.PROBLEM)


def test_memory_within_bounds_is_fine_whatever_the_kernel_grants():
    assert not found(replace(SOUND, kernel=Kernel(0, 6 * GIB)), Weight.PROBLEM)
    assert not found(replace(with_info(used_memory_rss=7 * GIB), kernel=Kernel(1, GIB)), Weight.PROBLEM)
