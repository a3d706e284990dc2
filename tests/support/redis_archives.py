"""Archives of real servers with their proofs, made without the source: the RDB that a server saves."""

from __future__ import annotations

from dataclasses import dataclass

from scims_backup.domain.level import Level
from scims_backup.engines.redis.connect.server_facts import identity
from scims_backup.engines.redis.programs import find_server
from scims_backup.engines.redis.proving.take_proof import ProofRequest, new_salt, taken_proof
from scims_backup.engines.redis.rdb.reader import RdbReader
from scims_backup.engines.redis.rdb.shifting import SHIFT_MS
from scims_backup.engines.redis.rules.proof import RedisProof, RedisServer
from scims_backup.engines.redis.sandbox.server import sandbox_server
from tests.fakes import RecordedProgress
from tests.support.redis_servers import RunningRedis


@dataclass(frozen=True)
class RedisArchive:
    """An archive's bytes, and the proof that was taken with them."""

    data: bytes
    proof: RedisProof


def archive_of(server: RunningRedis, level: Level = Level.FULL) -> RedisArchive:
    """Save a server, load that into a sandbox, and prove it there."""
    with server.client() as client:
        client.save()
        facts = identity(client)
        rdb = (server.home / client.config_get("dbfilename")["dbfilename"]).read_bytes()
    reader = RdbReader(SHIFT_MS)
    shifted = reader.feed(rdb)
    frame = reader.finish()
    source = RedisServer(facts.flavour, facts.version, frame.rdb_version, facts.used_memory, facts.modules)
    program = find_server(facts.flavour, facts.version, server.program.path.parent)
    with (
        sandbox_server(program, None, facts.used_memory) as sandbox,
        sandbox.loading() as loading,
    ):
        loading.write(shifted)
        loading.finish()
        request = ProofRequest(sandbox.client, source, new_salt(), level, RecordedProgress(), shifted=True)
        with taken_proof(request) as taken:
            key_list = b"".join(taken.key_list())
            return RedisArchive(rdb + key_list, taken.proof())
