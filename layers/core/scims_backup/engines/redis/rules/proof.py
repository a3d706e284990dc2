"""The proof: what a Redis server held when it forked for its RDB."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from scims_backup.domain.decoding import ALWAYS, NOT_WRITTEN
from scims_backup.domain.documents import decoded
from scims_backup.domain.engine_names import MadeBy, parsed_with_engine
from scims_backup.domain.holdings import Holdings
from scims_backup.domain.level import Level
from scims_backup.engines.redis.rules.abilities import Ability
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.ports.proofs import Measure

MADE_BY = MadeBy("redis", "rdb")

AtHand = Callable[[], AbstractContextManager[Iterator[bytes]]]
"""Opens packed records, sorted."""
Archive = Callable[[], Iterator[bytes]]
"""Yields all bytes of an archive, each time that it is called."""
FindNames = Callable[[Collection[bytes]], Mapping[bytes, bytes]]
"""Returns the names of keys by what identifies them in records, of those that are found."""


@dataclass(frozen=True)
class RedisServer:
    """What a sandbox must resemble.

    flavour: `redis` or `valkey`.
    version: e.g. `7.0.15`.
    rdb_version: of the archive's format, e.g. 10.
    memory: bytes that the data took.
    modules: that the server had loaded, with their versions.
    """

    flavour: str
    version: str
    rdb_version: int
    memory: int = field(default=0, metadata=ALWAYS)
    modules: Mapping[str, str] = field(default_factory=dict, metadata=ALWAYS)

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.split(".", 1)[0])


@dataclass(frozen=True, order=True)
class Keys:
    """The keys of one database that have one prefix and one type.

    prefix: what their names have before the first ':'; '' for all others.
    expiring: how many of them have an expiry.
    digest: SHA-256 of their records as they follow each other in the key list; None at level counts.
    """

    database: int
    prefix: str
    kind: Kind
    keys: int
    expiring: int
    digest: str | None = None

    @property
    def group(self) -> str:
        """Which keys these are, as people read it."""
        prefix = f"{self.prefix}:…, " if self.prefix else ""
        return f"database {self.database}, {prefix}type {self.kind}"


@dataclass(frozen=True)
class KeyList:
    """The key list at the archive's end.

    salt: key of the hashes of names and of the digests of values, in hexadecimal digits.
    sha256: of its records.
    """

    salt: str
    keys: int
    sha256: str


@dataclass(frozen=True)
class InArchive:
    """What a proof finds in its archive.

    records: of the key list.
    names: reads the RDB again, for names that are asked for.
    """

    records: AtHand
    names: FindNames


ReadArchive = Callable[[Archive, KeyList], AbstractContextManager[InArchive]]
"""Reads of an archive what a proof needs. Raise RestoreFailedError if it is another archive."""


@dataclass(frozen=True)
class RedisProof:
    """Everything that a restored server is compared with; implements ports.Proof.

    keys: by database, prefix and type.
    functions: the SHA-256 of each library's code.
    resized: database → how many keys the server said to have when it forked; nothing where it did not say.
    prefixes: numbered as in the key list.
    key_list: None at level counts.
    undigested: type of a module → how many keys have it: their values were not read.
    beside: names, as the RDB has them, of what modules keep beside the keys: it was not read.
    abilities: what the server that was proven can be asked.
    at_hand: opens the key list's records, where they can be read.
    names: finds names of its keys, where they can be found.
    reads: see `completed`.
    as_of: the server's time after its keys were read, in Unix milliseconds; None if nothing could expire.
    """

    level: Level
    server: RedisServer
    keys: Sequence[Keys]
    functions: Mapping[str, str] = field(default_factory=dict, metadata=ALWAYS)
    resized: Mapping[str, int] = field(default_factory=dict, metadata=ALWAYS)
    prefixes: Sequence[str] = field(default=(), metadata=ALWAYS)
    key_list: KeyList | None = None
    undigested: Mapping[str, int] = field(default_factory=dict, metadata=ALWAYS)
    beside: Sequence[str] = field(default=(), metadata=ALWAYS)
    abilities: Sequence[Ability] = field(default=(), metadata=ALWAYS)
    at_hand: AtHand | None = field(default=None, compare=False, repr=False, metadata=NOT_WRITTEN)
    names: FindNames | None = field(default=None, compare=False, repr=False, metadata=NOT_WRITTEN)
    reads: ReadArchive | None = field(default=None, compare=False, repr=False, metadata=NOT_WRITTEN)
    as_of: int | None = field(default=None, compare=False, metadata=NOT_WRITTEN)

    def identity(self) -> dict[str, str]:
        """Return flavour and version of the server."""
        return {"flavour": self.server.flavour, "version": self.server.version}

    def counts(self) -> dict[str, int]:
        """Return how many databases and keys there are."""
        return {
            "databases": len({one.database for one in self.keys}),
            "keys": sum(one.keys for one in self.keys),
        }

    def holdings(self) -> Holdings:
        """Return how many keys each group has, and how many of them expire."""
        keys = {one.group: one.keys for one in self.keys}
        return Holdings(keys, {one.group: one.expiring for one in self.keys if one.expiring})

    def measure(self) -> Measure:
        """Return the keys: all are restored, and read again."""
        keys = self.counts()["keys"]
        return Measure(restored=keys, proven=keys)

    def with_list(self, at_hand: AtHand | None) -> RedisProof:
        """Return the proof with this key list, if it has none at hand."""
        return self if self.at_hand else replace(self, at_hand=at_hand)

    @contextmanager
    def completed(self, archive: Archive) -> Iterator[RedisProof]:
        """Give a proof that has its key list at hand, if there is one; see ports.CompletedByArchive."""
        if self.key_list is None or self.reads is None:
            yield self
            return
        with self.reads(archive, self.key_list) as found:
            yield replace(self, at_hand=found.records, names=found.names)

    def to_bytes(self) -> bytes:
        """Write the document: the same bytes for the same proof."""
        document = {"version": MADE_BY.version, **vars(MADE_BY), **_written(self)}
        return json.dumps(document, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> RedisProof:
        """Read a document. Raise DocumentError if it is damaged, newer, or not Redis'."""
        document, made_by = parsed_with_engine(data, name)
        made_by.refuse_unknown(name, {MADE_BY.engine: MADE_BY.format})
        return decoded(cls, document, name)


def _written(proof: RedisProof) -> dict[str, Any]:
    """Return the fields of the document; what is None is left out."""
    fields = asdict(replace(proof, at_hand=None, names=None, reads=None, as_of=None))
    fields["keys"] = [_without_none(one) for one in fields["keys"]]
    return _without_none(fields)


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
