"""Sending many small commands at once: redis-py's own pipeline spends most of its time on packing them."""

from __future__ import annotations

from collections.abc import Sequence

import redis

from scims_backup.engines.redis.targets.live_server import Client


def answers_to(client: Client, commands: Sequence[bytes]) -> list[object]:
    """Send packed commands; return the answer to each, which may be the server's error.

    Their answers must be short, since they are read only when all commands are sent.
    """
    connection = client.connection_pool.get_connection()
    try:
        connection.send_packed_command([b"".join(commands)], check_health=False)
        return [_answer(connection) for _ in commands]
    except BaseException:
        connection.disconnect()  # answers that were not read would be taken for those of the next command
        raise
    finally:
        client.connection_pool.release(connection)


def packed(*words: bytes) -> bytes:
    """Write a command as it is sent (RESP2)."""
    return b"*%d\r\n%b" % (len(words), b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words))


def _answer(connection: redis.connection.AbstractConnection) -> object:
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error
