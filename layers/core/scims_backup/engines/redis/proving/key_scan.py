"""Reads every key of some databases into records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import blake2b

from redis import Redis

from scims_backup.engines.redis.proving.digest_script import IN_PARTS, LATER, Batch, DigestScript, Reading
from scims_backup.engines.redis.proving.great_values import great_value
from scims_backup.engines.redis.proving.key_runs import KeyRuns
from scims_backup.engines.redis.rules.prefixes import Prefixes
from scims_backup.engines.redis.rules.records import DIGEST_BYTES, FORM, KINDS, NAME_BYTES
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
        salt: bytes,
        prefixes: Prefixes,
        runs: KeyRuns,
        without: frozenset[bytes] = frozenset(),
    ) -> None:
        self._clients, self._reading, self._without = clients, reading, without
        self._prefixes, self._runs = prefixes, runs
        self._names = blake2b(key=salt, digest_size=NAME_BYTES)
        self._values = blake2b(key=salt, digest_size=DIGEST_BYTES, person=b"value")
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
            records = self._records(script, number, batch)
            keys += len(records)
            self._runs.add(records)
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
        number, pack = self._prefixes.number, FORM.pack
        begin_name, begin_value = self._names.copy, self._values.copy
        records, later = [], []
        for name, kind, expiry, fields, digits in batch.keys:
            if name in self._without:
                continue
            if digits == LATER:
                later.append(name)
                continue
            whole, earliest = (
                great_value(script, name, KINDS[kind]) if digits == IN_PARTS else (digits, fields)
            )
            hashed, digest = begin_name(), begin_value()
            hashed.update(name)
            digest.update(whole)
            records.append(
                pack(database, hashed.digest(), kind, number(name), digest.digest(), expiry, earliest)
            )
        return records, later
