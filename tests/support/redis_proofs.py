"""Proofs of real servers of Redis and Valkey, as the engine takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scims_backup.domain.level import Level
from scims_backup.engines.redis.proving.kept_list import KeptList
from scims_backup.engines.redis.proving.take_proof import ProofRequest, taken_proof
from scims_backup.engines.redis.rules.proof import RedisProof, RedisServer
from tests.fakes import RecordedProgress

SALT = b"salt of a backup"


def proof_of(
    server: Any,
    like: RedisProof | None = None,
    *,
    level: Level = Level.FULL,
    databases: Mapping[int, int] | None = None,
    shifted: bool = False,
) -> RedisProof:
    """Take the proof of a server, with its key list at hand; server: whatever gives a client of a database."""
    request = ProofRequest(
        server.client, _of(server), SALT, level, RecordedProgress(), databases, shifted=shifted, like=like
    )
    kept = KeptList()
    with taken_proof(request) as taken:
        for chunk in taken.key_list():
            kept.write(chunk)
        proof = taken.proof()
    return proof if proof.key_list is None else taken.proof(kept.records(proof.key_list))


def _of(server: Any) -> RedisServer:
    with server.client() as client:
        info = client.info("server")
    flavour = "valkey" if "valkey_version" in info else "redis"
    return RedisServer(flavour, info[f"{flavour}_version"], 10)
