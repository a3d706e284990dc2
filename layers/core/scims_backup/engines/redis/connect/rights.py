"""Whether a user may take an RDB, found out without taking one."""

from __future__ import annotations

import redis
from redis.exceptions import NoPermissionError

from scims_backup.engines.redis.connect.server_facts import ServerFacts

_REFUSES_NONSENSE_SINCE = (7, 0)
"""An older server takes an offset that is no number for a wish for everything, and forks."""


def may_replicate(client: redis.Redis, facts: ServerFacts) -> bool | None:
    """Say whether the user may run REPLCONF and PSYNC; None if that cannot be seen.

    Raise redis.RedisError if the server does not answer.
    """
    if facts.flavour == "redis" and facts.release < _REFUSES_NONSENSE_SINCE:
        return _may_queue(client)
    try:
        client.execute_command("REPLCONF", "capa", "eof")
        client.execute_command("PSYNC", "?", "no-number")
    except NoPermissionError:
        return False
    except redis.ResponseError:  # of the offset: the right was checked before it
        return True
    return None


def _may_queue(client: redis.Redis) -> bool | None:
    """Queue both in a transaction, where rights are checked, and leave it; None without a right to MULTI."""
    connection = client.connection_pool.get_connection()
    may_begin = False
    try:
        for command in (("MULTI",), ("REPLCONF", "capa", "eof"), ("PSYNC", "?", "-1")):
            connection.send_command(*command)
            connection.read_response()
            may_begin = True
    except NoPermissionError:
        return False if may_begin else None
    finally:
        connection.disconnect()
    return True
