"""A proof of databases as they are, with its key list at hand, since no archive will hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from scims_backup.domain.level import Level
from scims_backup.engines.redis.connect.server_facts import identity
from scims_backup.engines.redis.proving.kept_list import KeptList
from scims_backup.engines.redis.proving.key_scan import Clients
from scims_backup.engines.redis.proving.take_proof import SALT_BYTES, ProofRequest, taken_proof
from scims_backup.engines.redis.rules.proof import RedisProof, RedisServer
from scims_backup.ports import Progress


def whole_proof(
    clients: Clients,
    level: Level,
    progress: Progress,
    like: RedisProof | None = None,
    *,
    databases: Mapping[int, int] | None = None,
    shifted: bool = False,
    without: frozenset[bytes] = frozenset(),
) -> RedisProof:
    """Read every key of a server's databases; for what is not said here see ProofRequest.

    Raise redis.RedisError if the server does not answer, SandboxError if the disk is full.
    """
    with clients(0) as client:
        facts = identity(client)
    request = ProofRequest(
        clients=clients,
        server=RedisServer(facts.flavour, facts.version, rdb_version=0, modules=facts.modules),
        salt=_salt(facts.run_id, like),
        level=level,
        progress=progress,
        databases=databases,
        shifted=shifted,
        like=like,
        without=without,
    )
    kept = KeptList()
    with taken_proof(request) as taken:
        for chunk in taken.key_list():
            kept.write(chunk)
        proof = taken.proof()
    return replace(proof, at_hand=kept.records(proof.key_list)) if proof.key_list else proof


def _salt(run_id: str, like: RedisProof | None) -> bytes:
    """Return the salt of the other proof; without one, two proofs of one server have the same."""
    if like is not None and like.key_list is not None:
        return bytes.fromhex(like.key_list.salt)
    return sha256(run_id.encode()).digest()[:SALT_BYTES]
