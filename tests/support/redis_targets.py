"""Restoring archives to live servers, without vault and catalog."""

from __future__ import annotations

from collections.abc import Collection

from scims_backup.domain.backup import BackupId
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.engines.redis.targets.target import RedisTarget
from scims_backup.ports import Checks
from tests.fakes import RecordedProgress
from tests.support.redis_archives import RedisArchive
from tests.support.redis_programs import redis_program
from tests.support.redis_servers import RunningRedis

BACKUP = BackupId("cache", "20261122T020000Z")


def target_of(
    server: RunningRedis, programs: str | None = None, parts: Collection[str] = (), **credentials: str
) -> RedisTarget:
    """Return a server as a target.

    programs: name of the server whose programs sandboxes run; None for this one's.
    credentials: user and password.
    """
    user = f"{credentials['user']}@" if "user" in credentials else ""
    url = server.url.replace("redis://", f"redis://{user}")
    address = RedisAddress.parse(url, credentials.get("password", server.password))
    folder = redis_program(programs or server.program.name).path.parent
    return RedisTarget(address, Sandboxing(folder), frozenset(parts))


def restored(
    target: RedisTarget,
    archive: RedisArchive,
    name: str | None = None,
    progress: RecordedProgress | None = None,
) -> str:
    """Restore an archive, and keep it under a name; return that."""
    name = name or target.restored_name(BACKUP)
    progress = progress or RecordedProgress()
    with target.build(archive.proof, len(archive.data), progress) as building:
        for start in range(0, len(archive.data), 1 << 16):
            building.write(archive.data[start : start + (1 << 16)])
        building.finish(progress)
        building.keep(name)
    return name


def checked(target: RedisTarget, archive: RedisArchive, name: str) -> Checks:
    """Hold databases of a target against an archive's proof."""
    database, like = target.database(name), archive.proof
    return database.compare(like, database.prove(like.level, RecordedProgress(), like))


def keys_in(server: RunningRedis) -> dict[int, int]:
    """Return how many keys each database has."""
    with server.client() as client:
        return {int(name[2:]): facts["keys"] for name, facts in client.info("keyspace").items()}


def notes(progress: RecordedProgress) -> list[str]:
    """Return what was noted."""
    return [str(one[1]) for one in progress.told if one[0] == "note"]
