"""What the frame of an RDB says: how many keys of which types, and what the server said of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scims_backup.engines.redis.rdb.layout import KINDS
from scims_backup.engines.redis.rules.kinds import Kind


@dataclass(frozen=True)
class Frame:
    """An RDB that was read to its end.

    flavour: `redis` or `valkey`.
    rdb_version: of the format, e.g. 10.
    aux: what the server wrote of itself, e.g. `redis-ver` and `ctime`; no scripts.
    keys: database → type → how many there are.
    expiring: database → how many keys have an expiry.
    ambiguous: how many keys have an expiry that cannot be told from a shifted one.
    resized: database → how many keys, and how many with an expiry, the server said to have when it forked.
    functions: how many libraries.
    modules: names of the data types and of the metadata of modules.
    beside: names of what modules keep beside the keys.
    checksummed: False if the server wrote no checksum.
    length: bytes, with the checksum.
    """

    flavour: str
    rdb_version: int
    aux: Mapping[str, str]
    keys: Mapping[int, Mapping[Kind, int]]
    expiring: Mapping[int, int]
    ambiguous: int
    resized: Mapping[int, tuple[int, int]]
    functions: int
    modules: frozenset[str]
    beside: frozenset[str]
    checksummed: bool
    length: int

    @property
    def totals(self) -> dict[int, int]:
        """How many keys each database has that has some."""
        return {database: sum(kinds.values()) for database, kinds in self.keys.items()}


@dataclass
class Tally:
    """What was counted so far.

    database: the one that the next keys are in.
    counts: of that database, by the numbers of the types.
    expiring: database → keys with an expiry.
    """

    database: int = 0
    aux: dict[str, str] = field(default_factory=dict)
    expiring: dict[int, int] = field(default_factory=dict)
    ambiguous: int = 0
    resized: dict[int, tuple[int, int]] = field(default_factory=dict)
    functions: int = 0
    modules: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)
    counts: list[int] = field(default_factory=lambda: [0] * 256)
    _by_database: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.select(self.database)

    def select(self, database: int) -> None:
        """Count for this database from now on."""
        self.database = database
        self.counts = self._by_database.setdefault(database, [0] * 256)
        self.expiring.setdefault(database, 0)

    def keys(self) -> dict[int, dict[Kind, int]]:
        """Return database → type → number of keys, of the databases that have any."""
        by_kind = {database: _by_kind(counts) for database, counts in self._by_database.items()}
        return {database: kinds for database, kinds in by_kind.items() if kinds}


def _by_kind(counts: list[int]) -> dict[Kind, int]:
    kinds: dict[Kind, int] = {}
    for number, kind in KINDS.items():
        if counts[number]:
            kinds[kind] = kinds.get(kind, 0) + counts[number]
    return kinds
