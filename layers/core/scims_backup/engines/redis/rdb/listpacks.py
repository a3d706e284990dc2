"""Listpacks of a hash whose fields have expiries: field, value, expiry, … (Redis 7.4, listpack.c)."""

from __future__ import annotations

import struct
from typing import Final

from scims_backup.engines.redis.rdb.rdb_error import RdbError, Reason
from scims_backup.engines.redis.rdb.shifting import shift

_HEADER: Final = struct.Struct("<IH")
"""Bytes in all, number of entries."""
_END: Final = 0xFF
_INT64: Final = struct.Struct("<BqB")
"""0xF4, the number, and the size of the entry before this byte."""
_SMALL: Final = 0x80
"""First bytes below this one are a number of 7 bits."""
_13_BITS: Final = 0xC0
_LONG: Final = 0xE0
"""A string of up to 4095 bytes, its length in 12 bits."""
_LONGEST: Final = 0xF0
_INTEGERS: Final = {0xF1: 2, 0xF2: 3, 0xF3: 4, 0xF4: 8}
_SIZES: Final = bytes([*[1] * 128, *range(1, 65), *[2] * 32, *[0] * 17, 3, 4, 5, 9, *[0] * 11])
"""First byte of an entry → its size with that byte, where the byte alone says it; else 0."""
_PARTS: Final = 3


def shifted_listpack(listpack: bytes, by: int) -> bytes:
    """Return the listpack with each third entry, if it is not 0, shifted `by` milliseconds.

    Raise RdbError if it is no such listpack.
    """
    try:
        body = _shifted_entries(listpack, by)
        _, entries = _HEADER.unpack_from(listpack)
    except (IndexError, struct.error):
        raise _damaged() from None
    return _HEADER.pack(_HEADER.size + len(body), entries) + body


def _shifted_entries(listpack: bytes, by: int) -> bytes:
    out = []
    at, number = _HEADER.size, 0
    while listpack[at] != _END:
        end = at + _entry_size(listpack, at)
        entry = listpack[at:end]
        if number % _PARTS == _PARTS - 1 and (expiry := _integer(entry)):
            entry = _INT64.pack(0xF4, shift(expiry, by), _INT64.size - 1)
        out.append(entry)
        at, number = end, number + 1
    if number % _PARTS or at != len(listpack) - 1:
        raise _damaged()
    return b"".join(out) + b"\xff"


def _entry_size(listpack: bytes, at: int) -> int:
    """Return the entry's size with the length at its end, by which a listpack is read backwards."""
    size = _SIZES[listpack[at]] or _size_of_long(listpack, at)
    return size + next(length for length in range(1, 6) if size < 1 << 7 * length)


def _size_of_long(listpack: bytes, at: int) -> int:
    first = listpack[at]
    if _LONG <= first < _LONGEST:
        return 2 + ((first & 0x0F) << 8 | listpack[at + 1])
    if first == _LONGEST:
        return 5 + int.from_bytes(listpack[at + 1 : at + 5], "little")
    raise _damaged()


def _integer(entry: bytes) -> int:
    first = entry[0]
    if first < _SMALL:
        return first
    if _13_BITS <= first < _LONG:
        value = (first & 0x1F) << 8 | entry[1]
        return value - (1 << 13) if value >> 12 else value
    if first not in _INTEGERS:
        raise _damaged()
    return int.from_bytes(entry[1 : 1 + _INTEGERS[first]], "little", signed=True)


def _damaged() -> RdbError:
    return RdbError(
        Reason.DAMAGED, "the RDB is damaged: a hash's listpack of fields and expiries cannot be read"
    )
