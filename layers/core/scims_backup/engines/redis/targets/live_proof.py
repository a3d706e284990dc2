"""Proving some databases of a live server."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.domain.level import Level
from scims_backup.engines.redis.connect.redis_errors import errors_as_source
from scims_backup.engines.redis.proving.whole_proof import whole_proof
from scims_backup.engines.redis.rules.marker import KEY
from scims_backup.engines.redis.rules.proof import RedisProof
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
        return whole_proof(
            server.client, level, progress, like, databases=databases, without=frozenset({KEY})
        )
