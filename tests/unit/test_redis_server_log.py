"""What a server's log says of an RDB that it did not load: whose fault it was, without names of keys."""

from pathlib import Path

import pytest

from scims_backup.domain.errors import RestoreFailedError, SandboxError
from scims_backup.engines.redis.programs import Program
from scims_backup.engines.redis.sandbox.server_log import has_loaded, killed, lacking, refused

SAME = Program(Path("/usr/bin/redis-server"), "redis", "7.0.15")
NEWER = Program(
    Path("/usr/bin/redis-server"), "redis", "8.0.2", "the sandbox runs Redis 8.0.2 for Redis 7.0.15"
)
INTERNAL = (
    "1:S 29 Nov 2026 02:49:19.025 # Internal error in RDB reading offset 4711, function at rdb.c:3249 -> "
)


@pytest.mark.parametrize(
    ("line", "named", "cure"),
    [
        ("1:S 1 Jan 2026 # Can't handle RDB format version 12", "RDB version 12", "SCIMS_REDIS_BIN"),
        (
            f"{INTERNAL}The RDB file contains module data I can't load: no matching module type 'ReJSON-RL'",
            "ReJSON-RL",
            "level counts",
        ),
        (
            f"{INTERNAL}The RDB file contains AUX module data I can't load: no matching module 'ft_index0'",
            "ft_index0",
            "level counts",
        ),
        ("# Can't handle foreign type or opcode 26 in RDB with version 12", "type 26", "SCIMS_REDIS_BIN"),
        (
            "# FATAL: Data file of a Redis server configured to handle more than 4096 databases",
            "4096",
            "level counts",
        ),
        ("# rdbGenericLoadStringObject failed allocating 1048576 bytes", "1048576 bytes", "more memory"),
        ("# Out Of Memory allocating 1048586 bytes!", "1048586 bytes", "more memory"),
        (
            "# Failed trying to load the MASTER synchronization DB from socket: Cannot allocate memory",
            "memory",
            "more memory",
        ),
        ("<jemalloc>: background thread creation failed (11)", "memory", "more memory"),
    ],
)
def test_what_a_sandbox_lacks_is_named_with_its_cure_and_inconclusive(line, named, cure):
    for program in (SAME, NEWER):
        error = refused(f"before\n{line}\n{INTERNAL}Unexpected EOF reading RDB file. Failure\nafter", program)
        assert isinstance(error, SandboxError)
        assert named in error.message
        assert cure in error.cure
    assert lacking(line, SAME) is not None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            f"{INTERNAL}Unexpected EOF reading RDB file. Failure loading rdb format",
            "Unexpected EOF reading RDB file",
        ),
        (f"{INTERNAL}Unknown RDB encoding type 120", "Unknown RDB encoding type 120"),
        (f"{INTERNAL}Hash ziplist integrity check failed.", "Hash ziplist integrity check failed."),
        ("1:S # Wrong RDB checksum expected: (a) but got (b). Aborting now.", "Wrong RDB checksum"),
        ("1:S # Wrong signature trying to load DB from file", "Wrong signature"),
        ("1:S # Replication stream EOF marker is broken", "EOF marker is broken"),
    ],
)
def test_damage_condemns_the_archive(line, reason):
    error = refused(line + "\n", SAME)
    assert isinstance(error, RestoreFailedError)
    assert reason in error.message
    assert error.cure


def test_what_another_release_refuses_is_inconclusive_but_a_wrong_checksum_is_not():
    assert isinstance(refused(f"{INTERNAL}Unknown RDB encoding type 120\n", NEWER), SandboxError)
    assert isinstance(refused("Wrong RDB checksum expected: (a)\n", NEWER), RestoreFailedError)


@pytest.mark.parametrize("log", ["", "nothing of use\n", "* Loading DB in memory\n"])
def test_without_a_reason_nothing_is_condemned(log):
    assert isinstance(refused(log, SAME), SandboxError)


@pytest.mark.parametrize(
    "line",
    [
        f"{INTERNAL}Duplicated key found: 'session:4711'",
        f'{INTERNAL}key "session:4711"',
        f"{INTERNAL}Read performed by module: session:4711",
        "1:S # RDB has duplicate key 'session:4711' in DB 0",
        "1:S # Error loading data from RDB. key named: 'session:4711'.",
    ],
)
def test_names_of_keys_are_left_out(line):
    assert "session" not in str(refused(line + "\n", SAME))


def test_a_server_that_was_killed_ran_out_of_memory_perhaps():
    assert "memory" in killed(SAME, -9).message
    assert "exit code -11" in killed(SAME, -11).message


@pytest.mark.parametrize("side", ["MASTER", "PRIMARY"])
def test_a_load_that_succeeded_is_seen_in_a_line_of_its_own(side):
    line = f"8979:S 29 Nov 2026 02:36:07.576 * {side} <-> REPLICA sync: Finished with success"
    assert has_loaded(f"before\n{line}\nafter")
    assert not has_loaded(f"before\n8979:S 29 Nov 2026 02:36:07.576 # key '{line}'\nafter")
