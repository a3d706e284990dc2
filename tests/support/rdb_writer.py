"""Writes RDBs by hand: every form of a length, a string and a value that servers of any version write."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Self

import anycrc  # type: ignore[import-untyped]

from tests.support.listpacks import listpack

CRC64 = anycrc.Model("CRC64-REDIS")
SHORTEST, BITS_14, BITS_32, BITS_64 = "shortest", "14 bits", "32 bits", "64 bits"
LENGTH_FORMS = (SHORTEST, BITS_14, BITS_32, BITS_64)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TIME = 1_795_000_000_000


def length(value: int, form: str = SHORTEST) -> bytes:
    """Write a length, in one of LENGTH_FORMS."""
    if form == SHORTEST:
        form = BITS_14 if value < 1 << 14 else BITS_32 if value < 1 << 32 else BITS_64
        if value < 1 << 6:
            return bytes([value])
    if form == BITS_14:
        return bytes([0x40 | value >> 8, value & 0xFF])
    return b"\x80" + value.to_bytes(4) if form == BITS_32 else b"\x81" + value.to_bytes(8)


def string(data: bytes, form: str = SHORTEST) -> bytes:
    """Write a string as it is."""
    return length(len(data), form) + data


def integer(value: int) -> bytes:
    """Write a string that is a number, in 8, 16 or 32 bits."""
    mark, size = next(
        (mark, size)
        for mark, size in ((0xC0, 1), (0xC1, 2), (0xC2, 4))
        if -(1 << 8 * size - 1) <= value < 1 << 8 * size - 1
    )
    return bytes([mark]) + value.to_bytes(size, "little", signed=True)


def compressed(data: bytes, form: str = SHORTEST) -> bytes:
    """Write a string in LZF."""
    packed = lzf(data)
    return b"\xc3" + length(len(packed), form) + length(len(data), form) + packed


def lzf(data: bytes) -> bytes:
    """Pack with single literal bytes, and references back for a byte that comes three times and more."""
    out, at = b"", 0
    while at < len(data):
        run = _run(data, at)
        if run >= 3:
            size = run - 2
            out += bytes([size << 5, 0]) if size < 7 else bytes([7 << 5, size - 7, 0])
        else:
            run = 1
            out += b"\x00" + data[at : at + 1]
        at += run
    return out


def _run(data: bytes, at: int) -> int:
    """Return how often the byte before comes again, 264 times at most."""
    before = data[at - 1 : at]
    rest = data[at : at + 264]
    return len(rest) - len(rest.lstrip(before)) if before else 0


def milliseconds(value: int) -> bytes:
    """Write a time."""
    return struct.pack("<q", value)


def module_value(*parts: tuple[int, Any]) -> bytes:
    """Write numbers (1 and 2), a float (3), a double (4), a string (5), and the end mark."""
    write: dict[int, Callable[[Any], bytes]] = {1: length, 2: length, 3: _float, 4: _double, 5: string}
    return b"".join(length(kind) + write[kind](value) for kind, value in parts) + length(0)


def _float(value: float) -> bytes:
    return struct.pack("<f", value)


def _double(value: float) -> bytes:
    return struct.pack("<d", value)


def module_number(name: str, version: int = 1) -> int:
    """Return the number of a module's data type (nine letters), or of its metadata (four)."""
    number = 0
    for letter in name:
        number = number << 6 | _LETTERS.index(letter)
    return number << (10 if len(name) == 9 else 8) | version


def stream(version: int, groups: int = 1) -> bytes:
    """Write a stream of two listpacks; a group has two pending entries and two consumers. version: 1 to 5."""
    pack = string(b"i" * 16) + string(listpack(1, 0, 1, b"field", b"value"))
    out = length(2) + pack + pack + length(2) + length(_TIME) + length(0)
    if version >= 2:
        out += length(1) + length(0) + length(0) + length(0) + length(2)
    out += length(groups) + groups * _group(version)
    if version >= 4:
        messages = 2 * (string(b"message") + length(_TIME) + length(1))
        out += length(100) + length(1000) + length(1) + string(b"producer") + length(2) + messages
        out += length(5) + length(0)
    return out


def _group(version: int) -> bytes:
    out = string(b"group") + length(_TIME) + length(1) + (length(2) if version >= 2 else b"")
    out += length(2) + 2 * (b"p" * 16 + milliseconds(_TIME) + length(3)) + length(2)
    times = milliseconds(1) * (2 if version >= 3 else 1)
    out += string(b"one") + times + length(2) + b"p" * 32 + string(b"two") + times + length(0)
    return out + (length(1) + b"p" * 16 if version >= 5 else b"")


class RdbWriter:
    """An RDB, record by record."""

    def __init__(self, start: bytes = b"REDIS0010") -> None:
        self.out = start

    def raw(self, data: bytes) -> Self:
        """Append these bytes."""
        self.out += data
        return self

    def aux(self, name: bytes, value: bytes) -> Self:
        """Append what the server says of itself."""
        return self.raw(b"\xfa" + string(name) + string(value))

    def select(self, database: int) -> Self:
        """Say which database the next keys are in."""
        return self.raw(b"\xfe" + length(database))

    def resize(self, keys: int, expiring: int) -> Self:
        """Say how many keys the database has."""
        return self.raw(b"\xfb" + length(keys) + length(expiring))

    def function(self, code: bytes) -> Self:
        """Append a library."""
        return self.raw(b"\xf5" + string(code))

    def key(
        self,
        name: bytes | tuple[bytes] = b"name",
        number: int = 0,
        value: bytes = b"\x05value",
        expiry: int | None = None,
        before: bytes = b"",
    ) -> Self:
        """Append a key.

        name: as it is, or the string that is written for it, in a tuple.
        number: of the value's type.
        before: what stands between expiry and type.
        """
        written = name[0] if isinstance(name, tuple) else string(name)
        at = b"" if expiry is None else b"\xfc" + milliseconds(expiry)
        return self.raw(at + before + bytes([number]) + written + value)

    def end(self, *, checksum: bool = True) -> bytes:
        """Return the RDB; eight zeros stand for a checksum that was switched off."""
        whole = self.out + b"\xff"
        return whole + (CRC64.calc(whole) if checksum else 0).to_bytes(8, "little")
