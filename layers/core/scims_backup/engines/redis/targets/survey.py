"""What a restore depends on at its target; it begins only where all of that suffices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from scims_backup.domain.errors import TargetError
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.targets import rights
from scims_backup.engines.redis.targets.claims import MORE_NUMBERS, occupied
from scims_backup.engines.redis.targets.left_out import FUNCTIONS
from scims_backup.engines.redis.targets.live_server import Client, LiveServer, Numbers
from scims_backup.engines.redis.targets.room import needed, room_in, seen
from scims_backup.engines.redis.targets.target_errors import targeting
from scims_backup.ports import LiveDatabase, Surveyed

_CURES = {
    "memory": "raise maxmemory, or restore to a server with more memory (--target-url)",
    "rights": "grant it, e.g. ACL SETUSER NAME +@all ~*, or restore as another user (restore_secret)",
    "rights to swap": "allow SWAPDB (ACL SETUSER NAME +swapdb), or restore to a server that has it",
    "rights to install functions": "leave --with functions out, or restore to a server that has functions",
    "free databases": MORE_NUMBERS,
    "modules": "load the modules that are missing on this server, or restore to one that has them",
    "server": "restore to a primary that runs by itself (--target-url)",
    "persistence": "wait until the server has finished saving, or fix what keeps it from saving",
    "replicas": "wait until every replica is in step, or detach those that are not",
}
_NOT_SWAPPING = frozenset({"rdb_bgsave_in_progress", "aof_rewrite_in_progress", "loading"})


def surveyed(server: LiveServer, like: RedisProof, also: AbstractSet[str]) -> Iterator[Surveyed]:
    """Yield everything. also: parts that were asked for. Raise TargetError if the server cannot be asked."""
    numbers = server.numbers()
    with server.connected() as client, targeting(f"checking {server.address}"):
        yield from state_of(server, client)
        yield _rights(client, rights.RESTORING)
        yield _rights(client, rights.SWAPPING, "rights to swap")
        if FUNCTIONS in also:
            yield _rights(client, rights.FUNCTIONS, "rights to install functions")
        yield from _modules(client, like)
        yield seen(room_in(server.info(client, "memory")), needed(like.server.memory))
    yield _free(server, numbers, like)


def surveyed_for_keys(server: LiveServer) -> Iterator[Surveyed]:
    """Yield what a restore of chosen keys depends on; its room is watched as it goes on."""
    with server.connected() as client, targeting(f"checking {server.address}"):
        yield from state_of(server, client)
        yield _rights(client, [*rights.RESTORING, *rights.MOVING])


def refuse(looks: Iterator[Surveyed]) -> None:
    """Raise TargetError for the first thing that does not suffice."""
    for look in looks:
        if look.suffices is False:
            raise TargetError(f"{look.what}: {look.found}", _CURES.get(look.what, ""))


def state_of(server: LiveServer, client: Client) -> Iterator[Surveyed]:
    """Yield what the server says of itself."""
    about = server.info(client, "server")
    flavour = "Valkey" if "valkey_version" in about else "Redis"
    version = about.get("valkey_version") or about.get("redis_version", "of an unknown version")
    yield Surveyed("version", True, f"{flavour} {version}")
    yield _role(server.info(client, "replication"), server.info(client, "cluster"))
    yield _persistence(server.info(client, "persistence"))
    yield _replicas(server.info(client, "replication"))


def _role(replication: Mapping[str, Any], cluster: Mapping[str, Any]) -> Surveyed:
    if int(cluster.get("cluster_enabled", 0)):
        return Surveyed("server", False, "a node of a Cluster, which cannot swap databases")
    if replication.get("role") != "master":
        return Surveyed("server", False, "a replica, which takes no writes of its own")
    return Surveyed("server", True, "a primary")


def _persistence(facts: Mapping[str, Any]) -> Surveyed:
    busy = [name for name in sorted(_NOT_SWAPPING) if int(facts.get(name, 0))]
    failed = [
        name
        for name in ("rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status")
        if facts.get(name, "ok") != "ok"
    ]
    if busy:
        return Surveyed("persistence", False, f"under way: {', '.join(busy)}")
    if failed:
        return Surveyed("persistence", False, f"the server failed to save: {', '.join(failed)}")
    aof = "on" if int(facts.get("aof_enabled", 0)) else "off"
    return Surveyed("persistence", True, f"no save under way, append-only file {aof}")


def _replicas(facts: Mapping[str, Any]) -> Surveyed:
    count = int(facts.get("connected_slaves", 0))
    states = [facts.get(f"slave{index}", {}) for index in range(count)]
    behind = [one for one in states if isinstance(one, dict) and one.get("state") != "online"]
    if behind:
        return Surveyed("replicas", False, f"{len(behind)} of {count} are not in step")
    text = f"{count}, which swap as their primary does" if count else "none"
    return Surveyed("replicas", True, text)


def _rights(client: Client, commands: Sequence[rights.Command], what: str = "rights") -> Surveyed:
    refused = list(rights.refused(client, commands))
    return Surveyed(what, not refused, rights.in_words(refused) or "every command that is needed")


def _modules(client: Client, like: RedisProof) -> Iterator[Surveyed]:
    """See whether the modules that the source had are here, if it has keys of theirs."""
    if all(one.kind != Kind.MODULE for one in like.keys):
        return
    here = {str(one[b"name"] if b"name" in one else one["name"], "utf-8") for one in client.module_list()}
    missing = sorted(like.server.modules.keys() - here)
    yield Surveyed(
        "modules", not missing, f"missing here: {', '.join(missing)}" if missing else "all present"
    )


def _free(server: LiveServer, numbers: Numbers, like: RedisProof) -> Surveyed:
    """See whether a number is empty for each database, if all of them are restored."""
    databases = {one.database for one in like.keys if one.keys}
    highest = max(databases, default=0)
    if highest >= numbers.all:
        return Surveyed(
            "free databases", False, f"{numbers.all} in all, and the backup has a database {highest}"
        )
    wanted, free = max(1, len(databases)), len(numbers.free(databases | {server.address.database}))
    text = f"{free} of {numbers.all}, {wanted} needed; {occupied(numbers)}"
    return Surveyed("free databases", None if 1 <= free < wanted else free >= wanted, text)


def live_databases(server: LiveServer) -> LiveDatabase | None:
    """Return what is known of the live databases, None if they are empty."""
    if not server.numbers().live:
        return None
    with server.connected() as client, targeting(f"checking {server.address}"):
        clients = int(server.info(client, "clients")["connected_clients"]) - 1
        return LiveDatabase(int(server.info(client, "memory")["used_memory_dataset"]), clients)
