"""Listpacks, written and read as servers do (listpack.c)."""

from __future__ import annotations

import struct

Entry = bytes | int


def listpack(*values: Entry) -> bytes:
    """Write bytes and numbers, each in its shortest form."""
    body = b"".join(_with_length(_written(value)) for value in values)
    return struct.pack("<IH", 7 + len(body), len(values)) + body + b"\xff"


def entries(pack: bytes) -> list[Entry]:
    """Return what a listpack holds; fail where a server would call it damaged."""
    assert struct.unpack_from("<I", pack)[0] == len(pack)
    values, at = [], 6
    while pack[at] != 0xFF:
        value, size = _read(pack[at:])
        whole = _with_length(pack[at : at + size])
        assert pack[at : at + len(whole)] == whole
        values.append(value)
        at += len(whole)
    assert at == len(pack) - 1
    assert struct.unpack_from("<H", pack, 4)[0] == len(values)
    return values


def _with_length(body: bytes) -> bytes:
    """Append the length, seven bits in each byte, which is read from the end on."""
    back = next(size for size in range(1, 6) if len(body) < 1 << 7 * size)
    lengths = [len(body) >> 7 * place & 0x7F | (0x80 if place < back - 1 else 0) for place in range(back)]
    return body + bytes(reversed(lengths))


def _written(value: Entry) -> bytes:
    if isinstance(value, bytes):
        if len(value) < 1 << 6:
            return bytes([0x80 | len(value)]) + value
        if len(value) < 1 << 12:
            return bytes([0xE0 | len(value) >> 8, len(value) & 0xFF]) + value
        return b"\xf0" + struct.pack("<I", len(value)) + value
    if 0 <= value < 128:
        return bytes([value])
    if -(1 << 12) <= value < 1 << 12:
        return bytes([0xC0 | (value & 0x1FFF) >> 8, value & 0xFF])
    size = next(size for size in (2, 3, 4, 8) if -(1 << 8 * size - 1) <= value < 1 << 8 * size - 1)
    return bytes([{2: 0xF1, 3: 0xF2, 4: 0xF3, 8: 0xF4}[size]]) + value.to_bytes(size, "little", signed=True)


def _read(rest: bytes) -> tuple[Entry, int]:
    """Return the first entry, and its size without the length at its end."""
    first = rest[0]
    if first < 0x80:
        return first, 1
    if first < 0xC0:
        return rest[1 : 1 + (first & 0x3F)], 1 + (first & 0x3F)
    if first < 0xE0:
        value = (first & 0x1F) << 8 | rest[1]
        return (value - (1 << 13) if value >> 12 else value), 2
    if first < 0xF0:
        size = (first & 0x0F) << 8 | rest[1]
        return rest[2 : 2 + size], 2 + size
    if first == 0xF0:
        size = struct.unpack_from("<I", rest, 1)[0]
        return rest[5 : 5 + size], 5 + size
    size = {0xF1: 2, 0xF2: 3, 0xF3: 4, 0xF4: 8}[first]
    return int.from_bytes(rest[1 : 1 + size], "little", signed=True), 1 + size
