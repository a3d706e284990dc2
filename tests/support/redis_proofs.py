"""Proofs of real servers of Redis and Valkey, as the engine takes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scims_backup.domain.level import Level
from scims_backup.engines.redis.proving.archive_list import read_archive
from scims_backup.engines.redis.proving.provable import RedisDatabase
from scims_backup.engines.redis.proving.take_proof import ProofRequest, taken_proof
from scims_backup.engines.redis.proving.whole_proof import whole_proof
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.sandbox.database import SandboxDatabase
from scims_backup.engines.redis.sandbox.server import RunningServer
from tests.fakes import RecordedProgress
from tests.support.redis_servers import RunningRedis
from tests.support.redis_streams import rdb_of


def database_of(server: Any, **how: Any) -> RedisDatabase:
    """Return the databases of a server; server: whatever makes a client of a database."""
    return RedisDatabase(server.client, "the server", "redis://", **how)


def proof_of(
    server: Any, like: RedisProof | None = None, *, level: Level = Level.FULL, **how: Any
) -> RedisProof:
    """Take the proof of a server, with its key list at hand; how: as whole_proof."""
    return whole_proof(server.client, level, RecordedProgress(), like, **how)


def restored_proof_of(server: RunningServer, like: RedisProof | None = None) -> RedisProof:
    """Take the proof of a sandbox's server, which was loaded with shifted expiries."""
    return SandboxDatabase(server).prove(Level.FULL, RecordedProgress(), like)


def backup_of(server: RunningRedis) -> tuple[bytes, RedisProof]:
    """Return an archive of a server that stands still, and its proof as the catalog has it."""
    like = proof_of(server)
    request = ProofRequest(server.client, like.server, b"salt of a backup", Level.FULL, RecordedProgress())
    with taken_proof(request) as taken:
        key_list = b"".join(taken.key_list())
        proof = taken.proof()
    read = RedisProof.from_bytes(proof.to_bytes(), "proof.json")
    return rdb_of(server) + key_list, replace(read, reads=read_archive)
