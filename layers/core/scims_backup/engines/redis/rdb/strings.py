"""Lengths and strings, as rdb.c writes them (rdbSaveLen, rdbSaveRawString)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scims_backup.engines.redis.rdb.lzf import decompressed
from scims_backup.engines.redis.rdb.rdb_error import RdbError, Reason
from scims_backup.engines.redis.rdb.window import Steps, Window

_14_BITS: Final = 0x40
_32_BITS: Final = 0x80
_64_BITS: Final = 0x81
_ENCODED: Final = 0xC0
_INTEGERS: Final = {0xC0: 1, 0xC1: 2, 0xC2: 4}
_COMPRESSED: Final = 0xC3
_SENSIBLE: Final = 1 << 40
"""No string has a terabyte, and no key a million million parts."""
_HELD: Final = 1 << 29
"""512 MB, a server's limit for a string (`proto-max-bulk-len`): what is held in memory may not have more."""

SIZES: Final = bytes([*range(1, 65), *[0] * 128, 2, 3, 5, *[0] * 61])
"""First byte of a string → its size with that byte, where the byte alone says it; else 0."""


def length_at(data: bytearray, at: int) -> tuple[int, int]:
    """Return how many bytes the length takes, and the length. Raise IndexError if some are not at hand."""
    first = data[at]
    if first < _14_BITS:
        return 1, first
    if first < _32_BITS:
        return 2, (first & 0x3F) << 8 | data[at + 1]
    size = {_32_BITS: 5, _64_BITS: 9}.get(first)
    if size is None:
        raise RdbError(Reason.DAMAGED, f"the RDB is damaged: no length begins with the byte {first}")
    if at + size > len(data):
        raise IndexError
    return size, int.from_bytes(data[at + 1 : at + size])


def string_size(data: bytearray, at: int) -> int:
    """Return the size of a string with its length. Raise IndexError if that length is not at hand."""
    first = data[at]
    if first < _ENCODED:
        head, length = length_at(data, at)
        return head + sensible(length)
    if first in _INTEGERS:
        return 1 + _INTEGERS[first]
    if first != _COMPRESSED:
        raise RdbError(Reason.DAMAGED, f"the RDB is damaged: no string begins with the byte {first}")
    head, packed = length_at(data, at + 1)
    more, _ = length_at(data, at + 1 + head)
    return 1 + head + more + sensible(packed)


def string_at(data: bytearray, at: int) -> bytes:
    """Return the string that begins there, unpacked; it is wholly at hand."""
    first = data[at]
    if first < _ENCODED:
        head, length = length_at(data, at)
        return bytes(data[at + head : at + head + length])
    if first in _INTEGERS:
        return b"%d" % int.from_bytes(data[at + 1 : at + 1 + _INTEGERS[first]], "little", signed=True)
    head, packed = length_at(data, at + 1)
    more, length = length_at(data, at + 1 + head)
    start = at + 1 + head + more
    return decompressed(bytes(data[start : start + packed]), sensible(length, _HELD))


def sensible(length: int, limit: int = _SENSIBLE) -> int:
    """Return the length of a string, or the number of a key's parts. Raise RdbError if no server has that."""
    if length > limit:
        raise RdbError(Reason.DAMAGED, f"the RDB is damaged: a length of {length} is beyond sense")
    return length


def length(window: Window) -> Steps[int]:
    """Read a length, or another number that is written as one."""
    _, value = yield from _length(window)
    return value


def change_length(window: Window, change: Callable[[int], int]) -> Steps[None]:
    """Pass on another number in place of the one that follows."""
    size, value = yield from _length(window)
    window.replace(size, written_length(change(value)))


def count(window: Window) -> Steps[int]:
    """Read how many parts follow. Raise RdbError if that is beyond sense."""
    return sensible((yield from length(window)))


def string(window: Window) -> Steps[bytes]:
    """Read a string, which is held in memory."""
    _, value = yield from _string(window)
    return value


def change_string(window: Window, change: Callable[[bytes], bytes]) -> Steps[None]:
    """Pass on another string, not compressed, in place of the one that follows. Both are held in memory."""
    size, value = yield from _string(window)
    new = change(value)
    window.replace(size, written_length(len(new)) + new)


def written_length(value: int) -> bytes:
    """Return the number as a length, in one of the two forms that are not the shortest for small numbers."""
    if value < 1 << 32:
        return bytes([_32_BITS]) + value.to_bytes(4)
    return bytes([_64_BITS]) + value.to_bytes(8)


def skip_strings(window: Window, number: int, tail: int = 0) -> Steps[None]:
    """Skip strings, each of them with `tail` bytes of something else after it."""
    while number := _skip_at_hand(window, number, tail):
        size = yield from _size(window)
        yield from window.skip(size + tail)
        number -= 1


def _skip_at_hand(window: Window, number: int, tail: int) -> int:
    """Skip those that are wholly at hand; return how many are left."""
    data, at, sizes = window.data, window.at, SIZES
    end = len(data)
    try:
        while number:
            after = at + (sizes[data[at]] or string_size(data, at)) + tail
            if after > end:
                break
            at = after
            number -= 1
    except IndexError:
        pass  # the next one's length is not at hand
    window.at = at
    return number


def _length(window: Window) -> Steps[tuple[int, int]]:
    """Read a length; return how many bytes it takes, too."""
    while True:
        try:
            size, value = length_at(window.data, window.at)
        except IndexError:
            yield
        else:
            window.at += size
            return size, value


def _size(window: Window) -> Steps[int]:
    while True:
        try:
            return string_size(window.data, window.at)
        except IndexError:
            yield


def _string(window: Window) -> Steps[tuple[int, bytes]]:
    size = yield from _size(window)
    yield from window.need(sensible(size, _HELD))
    value = string_at(window.data, window.at)
    window.at += size
    return size, value
