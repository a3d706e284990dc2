"""Digests values that are too great for one call: in parts, so that no call keeps the server for long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1

from scims_backup.domain.errors import SourceChangedError
from scims_backup.engines.redis.proving.digest_script import DigestScript
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.records import DIGEST_BYTES, NEVER

_STRING_PART = 1 << 20
_FEW, _MOST = 16, 8192
"""Elements of one part: the first, and any."""
_MEMBERS = 500
"""Members of a set or hash that one call scans."""
_FULL = 1 << 20
"""A part of this many bytes is enough; the next one has fewer elements if it is greater."""
_LANE = 1 << 48
_TRIES = 3


def great_value(script: DigestScript, name: bytes, kind: Kind) -> tuple[bytes, int]:
    """Return the digits of a value's digest, as digest.lua gives them, and its fields' earliest expiry.

    Raise SourceChangedError if it never stands still.
    """
    if kind in (Kind.SET, Kind.HASH):
        return _summed(script, name)
    digest = sha1(usedforsecurity=False)
    for part in _parts(script, name, kind):
        digest.update(part)
    return digest.hexdigest()[: 2 * DIGEST_BYTES].encode(), NEVER


def _parts(script: DigestScript, name: bytes, kind: Kind) -> Iterator[bytes]:
    if kind is Kind.STREAM:
        yield script.stream_head(name)
        yield from _entries(script, name)
        return
    first, count = 0, _STRING_PART if kind is Kind.STRING else _FEW
    while part := script.bytes_of(name, first, first + count - 1):
        yield part
        first += count
        if kind is not Kind.STRING:
            count = _next_count(count, len(part))


def _entries(script: DigestScript, name: bytes) -> Iterator[bytes]:
    start, count = b"-", _FEW
    while True:
        last, part = script.entries_of(name, start, count)
        if not last:
            return
        yield part
        start, count = b"(" + last, _next_count(count, len(part))


def _next_count(count: int, size: int) -> int:
    """Return how many elements the next part has, after one of a size in bytes."""
    fitting = count * _FULL // size
    return max(1, min(_MOST, 2 * count, fitting))


def _summed(script: DigestScript, name: bytes) -> tuple[bytes, int]:
    """Add up the parts of a set or hash.

    While its table grows or shrinks, a scan may meet a member twice. So the number of members must be right,
    or, since some count fields that have expired, two readings must be alike.
    """
    before: _Sum | None = None
    for _ in range(_TRIES):
        size = script.size_of(name)
        found = _read_sum(script, name)
        if found.members == size or found == before:
            return found.digits(), found.earliest
        before = found
    raise SourceChangedError(
        "a set or hash changed each time it was read", "compare when nothing writes to the server"
    )


@dataclass(frozen=True)
class _Sum:
    """What digest.lua adds up: two lanes of 48 bits."""

    members: int = 0
    high: int = 0
    low: int = 0
    earliest: int = NEVER

    def __add__(self, other: _Sum) -> _Sum:
        moments = [one for one in (self.earliest, other.earliest) if one != NEVER]
        return _Sum(
            self.members + other.members,
            (self.high + other.high) % _LANE,
            (self.low + other.low) % _LANE,
            min(moments, default=NEVER),
        )

    def digits(self) -> bytes:
        return b"%012x%012x" % (self.high, self.low)


def _read_sum(script: DigestScript, name: bytes) -> _Sum:
    total, cursor = _Sum(), b"0"
    while True:
        cursor, *part = script.sum_of(name, cursor, _MEMBERS)
        total += _Sum(*part)
        if cursor == b"0":
            return total
