"""What the server would refuse, asked by transactions that are discarded: nothing is done.

The server checks each command when it is queued: whether it exists and is not renamed, whether the user may
run it, whether writes are taken at all (disk errors, read-only replica, too few replicas). That works on
every version, without the right to read the configuration or the access lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import redis

from scims_backup.engines.redis.rules.marker import KEY
from scims_backup.engines.redis.targets.live_server import Client
from scims_backup.engines.redis.targets.target_errors import error_word

Command = tuple[str | bytes | int, ...]

_ANY_KEY = b"\xffany key"
RESTORING: Sequence[Command] = (
    ("RESTORE", _ANY_KEY, 0, b""),
    ("HSET", KEY, "field", ""),
    ("DEL", KEY),
    ("DBSIZE",),
    ("SCAN", 0),
    ("FLUSHDB", "ASYNC"),
    ("EVALSHA", "", 0),
    ("PEXPIREAT", _ANY_KEY, 1),
)
MOVING: Sequence[Command] = (("RENAME", _ANY_KEY, _ANY_KEY), ("MOVE", _ANY_KEY, 1), ("UNLINK", _ANY_KEY))
SWAPPING: Sequence[Command] = (("SWAPDB", 0, 0),)
FUNCTIONS: Sequence[Command] = (("FUNCTION", "RESTORE", b""), ("FUNCTION", "DUMP"))


def refused(client: Client, commands: Sequence[Command]) -> Iterator[tuple[str, redis.ResponseError]]:
    """Yield the commands that the server would not take from this user, with its error."""
    for command in commands:
        error = _queued(client, command)
        if error is not None:
            yield str(command[0]), error


def _queued(client: Client, command: Command) -> redis.ResponseError | None:
    """Queue a command and discard it; return the server's error."""
    connection = client.connection_pool.get_connection()
    try:
        _ask(connection, "MULTI")
        try:
            _ask(connection, *command)
        except redis.ResponseError as error:
            return error
        finally:
            _ask(connection, "DISCARD")
    finally:
        client.connection_pool.release(connection)
    return None


def _ask(connection: redis.connection.AbstractConnection, *command: str | bytes | int) -> None:
    connection.send_command(*command)
    connection.read_response()


def in_words(refusals: Sequence[tuple[str, redis.ResponseError]]) -> str:
    """Say which commands the server refuses, and why, without what it quotes."""
    by_reason: dict[str, list[str]] = {}
    for command, error in refusals:
        by_reason.setdefault(_reason(error), []).append(command)
    return "; ".join(f"{', '.join(commands)}: {reason}" for reason, commands in by_reason.items())


def _reason(error: redis.ResponseError) -> str:
    word = error_word(error)
    if word == "NOPERM":
        return "no permission"
    if "unknown" in str(error):
        return "the server does not have this command, or it is renamed"
    return str(error)
