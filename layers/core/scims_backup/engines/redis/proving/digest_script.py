"""Runs digest.lua on a server: thousands of keys in one call, and great values in parts."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files
from typing import Any

from redis import Connection, Redis
from redis.exceptions import NoScriptError

from scims_backup.engines.redis.rdb.shifting import BORDER_MS, SHIFT_MS
from scims_backup.engines.redis.rules.abilities import Ability

_SCRIPT = files(__package__).joinpath("digest.lua").read_text(encoding="ascii")
_SHA1 = sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
_BATCH = 500
"""Keys of one call: 2 to 5 ms of the server's time."""
_FACTS = struct.Struct(">IBqq24s16x")
_TOO_FAR = -3
"""What the script says of an expiry that Lua cannot count exactly."""
LATER, IN_PARTS = b"-" * 24, b"+" * 24
"""Instead of a digest: the call has read enough; the value is too great for one call."""


@dataclass(frozen=True)
class Reading:
    """How a server is read.

    abilities: what is looked at.
    digests: whether values are read.
    shifted: the server's expiries are later by SHIFT_MS than those of the source.
    """

    abilities: frozenset[Ability]
    digests: bool = True
    shifted: bool = False

    def arguments(self) -> list[int | str]:
        """Return what every call of the script gets."""
        by, end = (SHIFT_MS, BORDER_MS + SHIFT_MS) if self.shifted else (0, 0)
        return [by, end, f" {' '.join(sorted(self.abilities))} ", int(self.digests)]


@dataclass(frozen=True)
class Batch:
    """Some keys.

    cursor: of the next ones; b"0" if these are the last.
    keys: name, number of the type, expiry, earliest expiry of the fields, 24 digits of the value's digest.
    types: of those keys that a module made, one for each.
    """

    cursor: bytes
    keys: Sequence[tuple[bytes, int, int, int, bytes]]
    types: Sequence[bytes]


class DigestScript:
    """The script on one database of a server; a context, which holds a connection of its own."""

    def __init__(self, client: Redis, reading: Reading) -> None:
        self._client, self._reading = client, reading

    def batches(self) -> Iterator[Batch]:
        """Yield all keys; the server reads the next ones while these are used."""
        pool = self._client.connection_pool
        connection = pool.get_connection()
        try:
            yield from self._scanned(connection)
        except BaseException:
            connection.disconnect()  # an answer may be on its way
            raise
        finally:
            pool.release(connection)

    def _scanned(self, connection: Connection) -> Iterator[Batch]:
        cursor = b"0"
        self._client.script_load(_SCRIPT)
        connection.send_command(*self._call("scan", cursor, _BATCH))
        while True:
            answer = self._answer(connection, cursor)
            cursor = answer[0]
            if cursor != b"0":
                connection.send_command(*self._call("scan", cursor, _BATCH))
            yield self._batch(answer)
            if cursor == b"0":
                return

    def _answer(self, connection: Connection, cursor: bytes) -> Any:  # noqa: ANN401  as the script has it
        try:
            return connection.read_response()
        except NoScriptError:  # SCRIPT FLUSH, or the server forgot it
            self._client.script_load(_SCRIPT)
            connection.send_command(*self._call("scan", cursor, _BATCH))
            return connection.read_response()

    def of_keys(self, names: Sequence[bytes]) -> Batch:
        """Return some keys that an earlier call named."""
        return self._batch(self._run("keys", keys=names))

    def bytes_of(self, name: bytes, first: int, last: int) -> bytes:
        """Return elements of a string, list or sorted set as they are digested."""
        return bytes(self._run("part", first, last, keys=[name]))

    def size_of(self, name: bytes) -> int:
        """Return how many members a set or hash has."""
        return int(self._run("size", keys=[name]))

    def sum_of(self, name: bytes, cursor: bytes, count: int) -> tuple[bytes, int, int, int, int]:
        """Read a part of a set or hash.

        Return the next cursor, the number of members, their two sums, and the earliest expiry of fields.
        """
        cursor, members, high, low, expiry = self._run("sum", cursor, count, keys=[name])
        return cursor, members, int(high), int(low), int(expiry)

    def stream_head(self, name: bytes) -> bytes:
        """Return what a stream has besides its entries, as it is digested."""
        return bytes(self._run("head", keys=[name]))

    def entries_of(self, name: bytes, after: bytes, count: int) -> tuple[bytes, bytes]:
        """Return the last id, b"" if there are no more, and a stream's next entries as they are digested."""
        last, data = self._run("entries", after, count, keys=[name])
        return last, data

    def _run(self, task: str, *arguments: bytes | int, keys: Sequence[bytes]) -> Any:  # noqa: ANN401  as the task has it
        call = self._call(task, *arguments, keys=keys)
        try:
            return self._client.execute_command(*call)
        except NoScriptError:
            self._client.script_load(_SCRIPT)
            return self._client.execute_command(*call)

    def _call(self, task: str, *arguments: bytes | int, keys: Sequence[bytes] = ()) -> list[Any]:
        return ["EVALSHA", _SHA1, len(keys), *keys, task, *self._reading.arguments(), *arguments]

    def _batch(self, answer: Sequence[Any]) -> Batch:
        cursor, names, facts, types = answer
        keys, end = [], 0
        for length, kind, moment, fields, digest in _FACTS.iter_unpack(facts):
            start, end = end, end + length
            name = names[start:end]
            expiry = self._far_expiry(name) if moment == _TOO_FAR else moment
            keys.append((name, kind, expiry, fields, digest))
        return Batch(cursor, keys, types)

    def _far_expiry(self, name: bytes) -> int:
        if Ability.EXPIRY in self._reading.abilities:
            return int(self._client.execute_command("PEXPIRETIME", name))
        while True:
            several = self._client.pipeline()
            several.time()
            several.pttl(name)
            several.time()
            before, left, after = several.execute()
            if milliseconds(before) == milliseconds(after):
                return milliseconds(before) + int(left)


def milliseconds(time: tuple[int, int]) -> int:
    """Return a server's TIME as Unix milliseconds."""
    seconds, microseconds = time
    return seconds * 1000 + microseconds // 1000
