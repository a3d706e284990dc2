"""The server that is restored to, and what lies in its database numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import redis

from scims_backup.domain.errors import TargetError
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.client import client_of
from scims_backup.engines.redis.connect.server_facts import keys_in
from scims_backup.engines.redis.rules.marker import KEY, SEALED, Marker, seal_key, unsealed
from scims_backup.engines.redis.rules.restored_names import live_name
from scims_backup.engines.redis.targets.target_errors import error_word, targeting

Client = redis.Redis
Pipeline = redis.client.Pipeline


@dataclass(frozen=True)
class Numbers:
    """The database numbers of a server.

    all: how many there are.
    filled: those that hold keys, with how many.
    ours: those that a restore filled or put aside.
    """

    all: int
    filled: Mapping[int, int]
    ours: Mapping[int, Marker]

    @property
    def live(self) -> list[int]:
        """The numbers whose keys no restore put there."""
        return sorted(self.filled.keys() - self.ours.keys())

    @property
    def names(self) -> set[str]:
        """What was restored, is being restored, or was put aside."""
        return {marker.name for marker in self.ours.values()}

    def of(self, name: str) -> list[Marker]:
        """Return the numbers that have a name together, in the order of the source's databases."""
        found = [marker for marker in self.ours.values() if marker.name == name]
        return sorted(found, key=lambda marker: marker.database)

    def free(self, but: set[int]) -> list[int]:
        """Return the empty numbers, the highest first. but: those that something else needs."""
        return [number for number in reversed(range(self.all)) if number not in self.filled.keys() | but]


class LiveServer:
    """A server, with connections to each of its database numbers. live: what its databases are called."""

    def __init__(self, address: RedisAddress) -> None:
        self.address = address
        self.live = live_name(str(address))

    @cached_property
    def key(self) -> bytes:
        """What seals and opens the markers."""
        return seal_key(self.address.password or "")

    def client(self, number: int) -> Client:
        """Return a client of a database number, which connects when it is used."""
        return client_of(self.address, database=number)

    @contextmanager
    def connected(self, number: int = 0) -> Iterator[Client]:
        """Connect to a database number when it is used; each context has a connection of its own.

        What goes wrong inside is raised as TargetError.
        """
        with self.client(number) as client, targeting(f"asking {self.address}"):
            yield client

    def info(self, client: Client, section: str) -> dict[str, Any]:
        """Return a section of INFO."""
        return client.info(section)

    def numbers(self) -> Numbers:
        """Look at all database numbers. Raise TargetError."""
        with self.connected() as client, targeting(f"listing the databases of {self.address}"):
            filled = keys_in(self.info(client, "keyspace"))
            ours = {number: marker for number in filled if (marker := self.marker(number))}
            everything = _how_many(client)
        return Numbers(everything, filled, ours)

    def marker(self, number: int) -> Marker | None:
        """Return the marker of a number, None if it is not ours."""
        with self.connected(number) as client, targeting(f"checking database {number}"):
            return self.marker_at(client, number)

    def marker_at(self, client: Client, number: int) -> Marker | None:
        """Return the marker of the number that a client is connected to, None if it is not ours."""
        if client.type(KEY) != b"hash":  # an application's own key of that name is none of ours
            return None
        sealed = beside(client, SEALED)
        return None if sealed is None else unsealed(sealed, number, self.key)

    def databases_of(self, name: str) -> dict[int, int]:
        """Return the numbers of a name, each with the database of the source that it is.

        Raise TargetError if there are none.
        """
        numbers = self.numbers()
        if name == self.live:
            return {number: number for number in numbers.live}
        return {marker.number: marker.database for marker in self.whole(numbers, name)}

    def whole(self, numbers: Numbers, name: str) -> list[Marker]:
        """Return all numbers of a name. Raise TargetError if there are none, or one of them is gone."""
        found = numbers.of(name)
        if not found:
            raise TargetError(f"{self.live} has no databases called {name}", "restore again")
        gone = set(found[0].together) - {marker.database for marker in found}
        if gone:
            raise TargetError(
                f"database {min(gone)} of {name} is gone: somebody emptied it, or removed its marker",
                "drop the others, and restore again",
            )
        return found


def beside(client: Client, name: str) -> bytes | None:
    """Return a field of the marker's key. client: connected to the number."""
    return cast("bytes | None", client.hget(KEY, name))


def _how_many(client: Client) -> int:
    """Return how many database numbers there are, by SELECT: CONFIG may be forbidden.

    client: of no further use, since its connection is in another number then.
    """
    low, high = 1, 2
    while _has(client, high - 1):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _has(client, middle - 1) else (low, middle)
    return low


def _has(client: Client, number: int) -> bool:
    try:
        client.execute_command("SELECT", number)
    except redis.ResponseError as error:
        if error_word(error) in ("NOPERM", "LOADING"):
            raise
        return False
    return True
