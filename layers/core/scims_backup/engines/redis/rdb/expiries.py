"""Expiries in the stream, shifted as they pass."""

from __future__ import annotations

import struct
from functools import partial
from typing import Final

from scims_backup.engines.redis.rdb.layout import EXPIRY_MS
from scims_backup.engines.redis.rdb.shifting import shift
from scims_backup.engines.redis.rdb.strings import change_length, length
from scims_backup.engines.redis.rdb.window import Steps, Window

NO_EXPIRY: Final = -1
"""What a key has whose expiry is written although it has none, and Valkey's fields (expire.h)."""
MILLISECONDS: Final = struct.Struct("<q")
_OPCODE_AND_SECONDS: Final = struct.Struct("<Bi")
_OPCODE_AND_MILLISECONDS: Final = struct.Struct("<Bq")


def key_expiry(window: Window, by: int) -> Steps[int]:
    """Read an expiry in milliseconds, and return it as it was."""
    return (yield from _shifted(window, by, never=NO_EXPIRY))


def key_expiry_in_seconds(window: Window, by: int) -> Steps[int]:
    """Read an expiry of 32 bits, which has no room for the shift: one in milliseconds is passed on for it."""
    window.at -= 1  # back to its opcode, which was read in this step, and is not passed on yet
    _, seconds = _OPCODE_AND_SECONDS.unpack((yield from window.exactly(_OPCODE_AND_SECONDS.size)))
    expiry: int = seconds * 1000
    if by:
        window.replace(_OPCODE_AND_SECONDS.size, _OPCODE_AND_MILLISECONDS.pack(EXPIRY_MS, shift(expiry, by)))
    return expiry


def field_expiry(window: Window, by: int) -> Steps[None]:
    """Pass on what follows a field of Valkey."""
    yield from _shifted(window, by, never=NO_EXPIRY)


def first_field_expiry(window: Window, by: int) -> Steps[None]:
    """Pass on what begins a hash of Redis: 0 if no field has an expiry."""
    yield from _shifted(window, by, never=0)


def field_expiry_as_length(window: Window, by: int) -> Steps[None]:
    """Pass on what precedes a field of Redis 7.4's release candidates: 0 for none."""
    if by:
        yield from change_length(window, partial(_shifted_unless_zero, by=by))
    else:
        yield from length(window)


def _shifted(window: Window, by: int, never: int) -> Steps[int]:
    (expiry,) = MILLISECONDS.unpack((yield from window.exactly(MILLISECONDS.size)))
    if by and expiry != never:
        window.replace(MILLISECONDS.size, MILLISECONDS.pack(shift(expiry, by)))
    return int(expiry)


def _shifted_unless_zero(expiry: int, by: int) -> int:
    return shift(expiry, by) if expiry else expiry
