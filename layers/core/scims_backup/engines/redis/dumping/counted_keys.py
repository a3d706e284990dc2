"""Counts the keys of an RDB by database, prefix and type as it passes: no server is asked."""

from __future__ import annotations

from collections import defaultdict

from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.prefixes import Prefixes
from scims_backup.engines.redis.rules.proof import Keys

_Group = tuple[int, Kind, int]


class CountedKeys:
    """The keys that were seen."""

    def __init__(self) -> None:
        self._prefixes = Prefixes()
        self._keys: dict[_Group, int] = defaultdict(int)
        self._expiring: dict[_Group, int] = defaultdict(int)

    def add(self, database: int, kind: Kind, name: bytes, keys: int, expiring: int) -> None:
        """Count keys whose names begin alike; see rdb.usual_keys.OnKeys."""
        group = database, kind, self._prefixes.number(name, keys)
        self._keys[group] += keys
        self._expiring[group] += expiring

    def settled(self) -> tuple[tuple[str, ...], tuple[Keys, ...]]:
        """Return the prefixes that are kept, and the keys of each group."""
        words, places = self._prefixes.settled()
        sums: dict[_Group, list[int]] = defaultdict(lambda: [0, 0])
        for (database, kind, number), count in self._keys.items():
            group = database, kind, places[number]
            sums[group][0] += count
            sums[group][1] += self._expiring[database, kind, number]
        keys = (
            Keys(database, words[place], kind, count, expiring)
            for (database, kind, place), (count, expiring) in sums.items()
        )
        return tuple(words), tuple(sorted(keys))
