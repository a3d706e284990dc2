"""Proving some databases of a live server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scims_backup.domain.level import Level
from scims_backup.engines.redis.connect.client import client_of
from scims_backup.engines.redis.connect.redis_errors import errors_as_source
from scims_backup.engines.redis.connect.server_facts import identity
from scims_backup.engines.redis.proving.kept_list import KeptList
from scims_backup.engines.redis.proving.take_proof import ProofRequest, new_salt, taken_proof
from scims_backup.engines.redis.rules.marker import KEY
from scims_backup.engines.redis.rules.proof import RedisProof, RedisServer
from scims_backup.engines.redis.targets.live_server import LiveServer
from scims_backup.ports import Progress


def proof_of(
    server: LiveServer,
    databases: Mapping[int, int],
    level: Level,
    progress: Progress,
    like: RedisProof | None,
) -> RedisProof:
    """Read every key of some databases, but those of ours. Raise SourceError if that fails.

    databases: number on the server → number in the proof.
    like: the proof that it will be compared with.
    """
    with errors_as_source(f"proving databases of {server.address}"):
        request = _request(server, databases, level, progress, like)
        with taken_proof(request) as taken:
            kept = KeptList()
            for chunk in taken.key_list():
                kept.write(chunk)
            proof = taken.proof()
    return proof if proof.key_list is None else replace(proof, at_hand=kept.records(proof.key_list))


def _request(
    server: LiveServer,
    databases: Mapping[int, int],
    level: Level,
    progress: Progress,
    like: RedisProof | None,
) -> ProofRequest:
    with client_of(server.address, database=0) as client:
        facts = identity(client)
    return ProofRequest(
        clients=lambda number: client_of(server.address, database=number),
        server=RedisServer(
            facts.flavour,
            facts.version,
            like.server.rdb_version if like else 0,
            facts.used_memory,
            facts.modules,
        ),
        salt=bytes.fromhex(like.key_list.salt) if like and like.key_list else new_salt(),
        level=level,
        progress=progress,
        databases=databases,
        like=like,
        without=frozenset({KEY}),
    )
