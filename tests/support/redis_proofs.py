"""Proofs of real servers of Redis and Valkey, as the engine takes them."""

from __future__ import annotations

from typing import Any

from scims_backup.domain.level import Level
from scims_backup.engines.redis.proving.provable import RedisDatabase
from scims_backup.engines.redis.rules.proof import RedisProof
from tests.fakes import RecordedProgress


def database_of(server: Any, **how: Any) -> RedisDatabase:
    """Return the databases of a server; server: whatever makes a client of a database."""
    return RedisDatabase(server.client, "the server", "redis://", **how)


def proof_of(
    server: Any, like: RedisProof | None = None, *, level: Level = Level.FULL, **how: Any
) -> RedisProof:
    """Take the proof of a server, with its key list at hand; how: as RedisDatabase."""
    return database_of(server, **how).prove(level, RecordedProgress(), like)
