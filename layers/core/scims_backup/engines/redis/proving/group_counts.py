"""Counts and digests the keys of each database, prefix and type as their sorted records pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from scims_backup.engines.redis.rules.proof import Keys
from scims_backup.engines.redis.rules.records import EXPIRY, GROUP, KINDS

_NO_EXPIRY = 0xFF


class GroupCounts:
    """The groups of a proof. digests: whether they are digested."""

    def __init__(self, *, digests: bool) -> None:
        self._digests = digests
        self._keys: dict[bytes, int] = defaultdict(int)
        self._expiring: dict[bytes, int] = defaultdict(int)
        self._digest: dict[bytes, Any] = defaultdict(sha256)

    def add(self, records: Sequence[bytes]) -> None:
        """Take the next records of the list."""
        groups: dict[bytes, list[bytes]] = defaultdict(list)
        for record in records:
            groups[record[:4] + record[GROUP]].append(record)
        for group, those in groups.items():
            self._keys[group] += len(those)
            self._expiring[group] += sum(record[EXPIRY] != _NO_EXPIRY for record in those)
            if self._digests:
                self._digest[group].update(b"".join(those))

    def keys(self, prefixes: Sequence[str]) -> tuple[Keys, ...]:
        """Return what the proof says of the groups. prefixes: as they are numbered."""
        return tuple(sorted(self._of(group, prefixes) for group in self._keys))

    def _of(self, group: bytes, prefixes: Sequence[str]) -> Keys:
        return Keys(
            database=int.from_bytes(group[:4], "big"),
            prefix=prefixes[int.from_bytes(group[5:7], "big")],
            kind=KINDS[group[4]],
            keys=self._keys[group],
            expiring=self._expiring[group],
            digest=self._digest[group].hexdigest() if self._digests else None,
        )
