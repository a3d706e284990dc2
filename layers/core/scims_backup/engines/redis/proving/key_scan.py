"""Reads every key of some databases into records."""

from __future__ import annotations

from binascii import unhexlify
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import blake2b

from redis import Redis

from scims_backup.engines.redis.proving.digest_script import IN_PARTS, LATER, Batch, DigestScript, Reading
from scims_backup.engines.redis.proving.great_values import great_value
from scims_backup.engines.redis.proving.key_runs import KeyRuns
from scims_backup.engines.redis.rules.prefixes import Prefixes
from scims_backup.engines.redis.rules.records import FORM, KINDS, NAME_BYTES
from scims_backup.ports import Progress

Clients = Callable[[int], Redis]
"""Makes a client of a database by its number."""
_AT_ONCE = 100
"""Keys that were put off and are read in one call."""


class KeyScan:
    """Collects the records of databases, sorted later by `runs`.

    without: names of keys that are left out.
    undigested: how many keys each type of modules has.
    """

    def __init__(
        self,
        clients: Clients,
        reading: Reading,
        prefixes: Prefixes,
        runs: KeyRuns,
        without: frozenset[bytes] = frozenset(),
    ) -> None:
        self._clients, self._reading, self._without = clients, reading, without
        self._prefixes, self._runs = prefixes, runs
        self._keyed = blake2b(key=reading.salt, digest_size=NAME_BYTES)
        self.undigested: Counter[str] = Counter()

    def read(self, databases: Mapping[int, int], progress: Progress) -> None:
        """Read databases. databases: number on the server → number in the records.

        Raise OSError if the temporary file takes no more.
        """
        for here, number in databases.items():
            with self._clients(here) as client:
                progress.rows(f"database {number}", self._read(DigestScript(client, self._reading), number))

    def _read(self, script: DigestScript, number: int) -> int:
        """Read a database, and return how many keys were met."""
        keys = 0
        for batch in script.batches():
            self._runs.add(self._records(script, number, batch))
            keys += len(batch.keys)
        return keys

    def _records(self, script: DigestScript, database: int, batch: Batch) -> list[bytes]:
        self.undigested.update(kind.decode(errors="replace") for kind in batch.types)
        records, later = self._packed(script, database, batch)
        while later:
            those, later = later[:_AT_ONCE], later[_AT_ONCE:]
            more, again = self._packed(script, database, script.of_keys(those))
            records += more
            later += again
        return records

    def _packed(self, script: DigestScript, database: int, batch: Batch) -> tuple[list[bytes], list[bytes]]:
        """Return the records of a batch, and the names of the keys that the server put off."""
        number, pack, keyed = self._prefixes.number, FORM.pack, self._keyed.copy
        records, later = [], []
        for name, kind, expiry, fields, digits in batch.keys:
            if name in self._without:
                continue
            if digits == LATER:
                later.append(name)
                continue
            digest, earliest = (
                great_value(script, name, KINDS[kind], self._reading.salt)
                if digits == IN_PARTS
                else (unhexlify(digits), fields)
            )
            hashing = keyed()
            hashing.update(name)
            records.append(pack(database, hashing.digest(), kind, number(name), digest, expiry, earliest))
        return records, later
