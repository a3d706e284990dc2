"""Takes the proof of a server as it is: every key once, then the key list, then the document."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from redis import Redis

from scims_backup.domain.level import Level
from scims_backup.engines.redis.proving.abilities import abilities_of
from scims_backup.engines.redis.proving.digest_script import Reading, milliseconds
from scims_backup.engines.redis.proving.functions import read_functions
from scims_backup.engines.redis.proving.group_counts import GroupCounts
from scims_backup.engines.redis.proving.key_list import KeyListWriter
from scims_backup.engines.redis.proving.key_runs import KeyRuns
from scims_backup.engines.redis.proving.key_scan import Clients, KeyScan
from scims_backup.engines.redis.rules.abilities import Ability
from scims_backup.engines.redis.rules.prefixes import Prefixes
from scims_backup.engines.redis.rules.proof import RedisProof, RedisServer
from scims_backup.engines.redis.rules.records import PREFIX
from scims_backup.ports import Progress

SALT_BYTES = 16


def new_salt() -> bytes:
    """Return the salt of a backup: with it nobody finds a name from its hash in a table made beforehand."""
    return secrets.token_bytes(SALT_BYTES)


@dataclass(frozen=True)
class ProofRequest:
    """What is proven, and how.

    clients: makes a client of a database by its number.
    server: what the proof says of the source's server.
    salt: see `new_salt`; that of the proof that this one will be compared with, if there is one.
    databases: number on the server → number in the proof; None for every database that has keys.
    shifted: the server was loaded with expiries that are later by SHIFT_MS, so that none passes.
    like: the proof that this one will be compared with.
    resized: see RedisProof.
    without: names of keys that are left out.
    """

    clients: Clients
    server: RedisServer
    salt: bytes
    level: Level
    progress: Progress
    databases: Mapping[int, int] | None = None
    shifted: bool = False
    like: RedisProof | None = None
    resized: Mapping[str, int] = field(default_factory=dict)
    without: frozenset[bytes] = frozenset()


@contextmanager
def taken_proof(request: ProofRequest) -> Iterator[TakenProof]:
    """Read every key. What is left to do then, writing the list, asks nothing of the server.

    Raise redis.RedisError if the server does not answer, SandboxError if the disk is full.
    """
    with KeyRuns() as runs, request.clients(0) as client:
        abilities = _abilities(client, request.like)
        prefixes = Prefixes(request.like.prefixes if request.like else None)
        reading = Reading(abilities, request.level is Level.FULL, request.shifted)
        scan = KeyScan(request.clients, reading, request.salt, prefixes, runs, request.without)
        scan.read(all_databases(client) if request.databases is None else request.databases, request.progress)
        yield TakenProof(
            request,
            runs,
            prefixes,
            abilities,
            scan.undigested,
            read_functions(client),
            _as_of(client, request),
        )


class TakenProof:
    """A proof whose keys were read: first `key_list` is written, then there is the `proof`."""

    def __init__(
        self,
        request: ProofRequest,
        runs: KeyRuns,
        prefixes: Prefixes,
        abilities: Iterable[Ability],
        undigested: Mapping[str, int],
        functions: Mapping[str, str],
        as_of: int | None,
    ) -> None:
        self._request, self._runs = request, runs
        self._prefixes, places = prefixes.settled()
        self._places = _packed(places)
        self._abilities, self._undigested = abilities, undigested
        self._functions, self._as_of = functions, as_of
        self._writer = KeyListWriter()
        self._groups = GroupCounts(digests=self._has_list)

    @property
    def _has_list(self) -> bool:
        return self._request.level is Level.FULL

    def key_list(self) -> Iterator[bytes]:
        """Yield the bytes of the key list; at level counts there are none, yet keys are counted."""
        for block in map(self._numbered, self._runs.sorted()):
            self._groups.add(block)
            if self._has_list:
                yield self._writer.write(b"".join(block))
        if self._has_list:
            yield self._writer.end()

    def _numbered(self, records: list[bytes]) -> list[bytes]:
        """Give each record the number that its prefix has in the proof."""
        places, start, end = self._places, PREFIX.start, PREFIX.stop
        if places is None:
            return records
        return [record[:start] + places[record[PREFIX]] + record[end:] for record in records]

    def proof(self) -> RedisProof:
        """Return the proof; the list is not at its hand."""
        request = self._request
        return RedisProof(
            level=request.level,
            server=request.server,
            keys=self._groups.keys(self._prefixes),
            functions=self._functions,
            resized=request.resized,
            prefixes=tuple(self._prefixes),
            key_list=self._writer.said(request.salt) if self._has_list else None,
            undigested=dict(sorted(self._undigested.items())),
            abilities=tuple(sorted(self._abilities)),
            as_of=self._as_of,
        )


def _packed(places: Sequence[int]) -> Mapping[bytes, bytes] | None:
    """Return number of a prefix in records → its place in the proof, as packed; None if they are equal."""
    if all(number == place for number, place in enumerate(places)):
        return None
    return {number.to_bytes(2, "big"): place.to_bytes(2, "big") for number, place in enumerate(places)}


def _abilities(client: Redis, like: RedisProof | None) -> frozenset[Ability]:
    """Return what is looked at: nothing that the proof could not say, for which this one is taken."""
    here = abilities_of(client)
    if like is None:
        return here
    return here - ({Ability.STREAM_FIGURES} - set(like.abilities))


def all_databases(client: Redis) -> dict[int, int]:
    """Return every database that has keys."""
    numbers = sorted(int(name.removeprefix("db")) for name in client.info("keyspace"))
    return {number: number for number in numbers}


def _as_of(client: Redis, request: ProofRequest) -> int | None:
    return None if request.shifted else milliseconds(client.time())
