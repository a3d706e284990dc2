"""Asks a server what it can be asked."""

from __future__ import annotations

from redis import Redis

from scims_backup.engines.redis.rules.abilities import COMMANDS, Ability


def abilities_of(client: Redis) -> frozenset[Ability]:
    """Return what the server's commands can say."""
    known = client.execute_command(
        "COMMAND INFO", *COMMANDS
    )  # redis-py cannot read unknown commands otherwise
    shown = zip(COMMANDS.values(), known, strict=True)
    return frozenset(ability for abilities, command in shown if command for ability in abilities)
