"""What a server says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import redis

from scims_backup.domain.errors import SourceError
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.client import client_of
from scims_backup.engines.redis.connect.redis_errors import NO_SENTINEL, ONE_SERVER, errors_as_source

OLDEST = {"redis": (6, 2), "valkey": (7, 2)}
"""The oldest releases that are supported."""
BUILT_IN = ("vectorset", "lua")
"""Modules that Redis 8 and Valkey 9 bring along: every server of the version has them."""
_RELATIVES = ("dragonfly_version", "garnet_version", "kvrocks_version")
"""What other servers that speak Redis' protocol call their versions in INFO."""


@dataclass(frozen=True)
class ServerFacts:
    """One answer to INFO.

    flavour: `redis` or `valkey`.
    version: e.g. `7.0.15`.
    mode: `standalone`, `cluster` or `sentinel`.
    run_id: differs after each start.
    role: `master` or `slave`.
    keys: database → how many keys, those with some.
    used_memory: bytes that the data and its administration take.
    modules: name → version, without those that are built in.
    info: all of it.
    """

    flavour: str
    version: str
    mode: str
    run_id: str
    role: str
    keys: Mapping[int, int]
    used_memory: int
    modules: Mapping[str, str]
    info: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def title(self) -> str:
        """Flavour and version as people write them."""
        return f"{self.flavour.capitalize()} {self.version}"

    @property
    def release(self) -> tuple[int, int]:
        """Major and minor."""
        major, minor, *_ = (*self.version.split("."), "0")
        return int(major), int(minor)


def identity(client: redis.Redis) -> ServerFacts:
    """Ask a server who it is. Raise redis.RedisError if it does not answer or refuses."""
    info: Mapping[str, Any] = client.info()
    flavour = "valkey" if "valkey_version" in info else "redis"
    return ServerFacts(
        flavour=flavour,
        version=str(info.get(f"{flavour}_version", "")),
        mode=str(info.get("redis_mode", info.get("server_mode", ""))),
        run_id=str(info.get("run_id", "")),
        role=str(info.get("role", "")),
        keys=keys_in(info),
        used_memory=int(info.get("used_memory", 0)),
        modules=_modules(info),
        info=info,
    )


def facts_of(address: RedisAddress) -> ServerFacts:
    """Connect, and ask a server who it is.

    Raise SourceError if it does not answer, or if it is none that can be backed up.
    """
    with client_of(address, database=0) as client, errors_as_source(f"connecting to {address}"):
        facts = identity(client)
    refuse_unsupported(facts, address)
    return facts


def refuse_unsupported(facts: ServerFacts, address: RedisAddress) -> None:
    """Raise SourceError for a Cluster's node, for Sentinel, a server that is too old, or another program."""
    if facts.mode == "sentinel":
        raise SourceError(f"{address} is a Sentinel, which has no data", NO_SENTINEL)
    if facts.mode == "cluster" or int(facts.info.get("cluster_enabled", 0)):
        raise SourceError(f"{address} is a node of a Redis Cluster", ONE_SERVER)
    other = next((name for name in _RELATIVES if name in facts.info), None)
    if other is not None or not facts.version:
        raise SourceError(
            f"{address} is {(other or 'an unknown program').removesuffix('_version')}, not Redis or Valkey",
            "back it up with its own tools",
        )
    if facts.release < OLDEST[facts.flavour]:
        oldest = ".".join(map(str, OLDEST[facts.flavour]))
        raise SourceError(
            f"{address} is {facts.title}", f"{facts.flavour.capitalize()} {oldest} or newer is supported"
        )


def keys_in(info: Mapping[str, Any]) -> dict[int, int]:
    """Return how many keys each database has that has some. info: an answer to INFO, or its keyspace."""
    return {
        int(name.removeprefix("db")): int(said["keys"])
        for name, said in info.items()
        if name.startswith("db") and name[2:].isdigit()
    }


def _modules(info: Mapping[str, Any]) -> dict[str, str]:
    found = info.get("modules") or []
    return {str(one["name"]): str(one["ver"]) for one in found if one["name"] not in BUILT_IN}
