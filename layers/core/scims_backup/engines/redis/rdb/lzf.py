"""LZF, with which a server compresses strings (liblzf, lzf_d.c)."""

from __future__ import annotations

from scims_backup.engines.redis.rdb.rdb_error import RdbError, Reason


def decompressed(packed: bytes, length: int) -> bytes:
    """Return `length` bytes. Raise RdbError if the packed bytes give another number of them."""
    out = bytearray()
    at = 0
    try:
        while at < len(packed) and len(out) <= length:
            control = packed[at]
            at += 1
            if control < 32:  # noqa: PLR2004  a run of literal bytes
                out += packed[at : at + control + 1]
                at += control + 1
                continue
            size = control >> 5
            if size == 7:  # noqa: PLR2004  longer: one more byte says by how much
                size += packed[at]
                at += 1
            start = len(out) - ((control & 31) << 8 | packed[at]) - 1
            at += 1
            _repeat(out, start, size + 2)
    except IndexError:
        raise _damaged() from None
    if at != len(packed) or len(out) != length:
        raise _damaged()
    return bytes(out)


def _repeat(out: bytearray, start: int, size: int) -> None:
    """Append `size` bytes from `start` on, which may be among those that are appended."""
    if start < 0:
        raise _damaged()
    pattern = bytes(out[start : start + size])
    out += (pattern * (size // len(pattern) + 1))[:size]


def _damaged() -> RdbError:
    return RdbError(Reason.DAMAGED, "the RDB is damaged: a compressed string cannot be unpacked")
