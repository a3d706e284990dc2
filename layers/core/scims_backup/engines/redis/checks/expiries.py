"""Expiries as they were: what was loaded with shifted ones expires as it would have in the source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources import files

from redis import Redis

from scims_backup.engines.redis.proving.abilities import abilities_of
from scims_backup.engines.redis.rdb.shifting import BORDER_MS, SHIFT_MS
from scims_backup.engines.redis.rules.abilities import Ability

_AT_ONCE = 10_000
"""Keys of one call, which blocks nobody: the server is ours alone."""


def put_expiries_back(clients: Callable[[int], Redis], databases: Iterable[int]) -> None:
    """Put the expiries of keys and of hashes' fields back, in a server that was loaded with shifted ones.

    clients: makes a client of a database by its number.
    Raise redis.RedisError if the server does not answer.
    """
    code = (files(__package__) / "expiries.lua").read_text()
    for database in databases:
        with clients(database) as client:
            abilities = abilities_of(client)
            has = [int(one in abilities) for one in (Ability.EXPIRY, Ability.FIELD_EXPIRY)]
            script, cursor = client.register_script(code), b"0"
            while True:
                cursor = script(args=[cursor, _AT_ONCE, SHIFT_MS, BORDER_MS, *has])
                if cursor == b"0":
                    break
