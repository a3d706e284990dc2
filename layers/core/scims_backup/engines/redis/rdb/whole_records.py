"""The keys that nearly every RDB is full of, read in one loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scims_backup.engines.redis.rdb.expiries import MILLISECONDS, NO_EXPIRY
from scims_backup.engines.redis.rdb.frame import Tally
from scims_backup.engines.redis.rdb.layout import EXPIRY_MS, FREQUENCY, IDLE, KINDS, LIST_QUICKLIST_2
from scims_backup.engines.redis.rdb.shifting import BORDER_MS, is_ambiguous, shift
from scims_backup.engines.redis.rdb.strings import SIZES, length_at, string_at, string_size
from scims_backup.engines.redis.rdb.values import ONE_STRING
from scims_backup.engines.redis.rdb.window import Window
from scims_backup.engines.redis.rules.kinds import Kind

OnKey = Callable[[int, Kind, bytes, int | None], None]
"""Called for each key: database, type, name, its expiry in the source (Unix time in milliseconds)."""

_STRING, _NODES = 1, 2
_SHAPES: Final = bytes(
    _NODES if number == LIST_QUICKLIST_2 else _STRING if number in ONE_STRING else 0 for number in range(256)
)
"""Number of a type → whether the value is one string, or strings that follow their kinds; else 0."""


def read_whole_records(window: Window, tally: Tally, by: int, on_key: OnKey | None) -> None:  # noqa: C901, PLR0912, PLR0915
    """Pass on the keys with plain values that are wholly at hand; stop at everything else.

    It is one long function, since a call for each key would take longer than all else that is done for it.
    """
    data, at, counts, sizes, shapes = window.data, window.at, tally.counts, SIZES, _SHAPES
    end, expiring, unpack = len(data), 0, MILLISECONDS.unpack_from
    try:
        while True:
            place, expiry = 0, None
            kind = data[at]
            if kind == EXPIRY_MS:
                place = at + 1
                at += 9
                kind = data[at]
            if kind in (IDLE, FREQUENCY):
                at += 2 if kind == FREQUENCY else 1 + length_at(data, at + 1)[0]
                kind = data[at]
            shape = shapes[kind]
            if not shape:
                break
            name = at + 1
            at = name + (sizes[data[name]] or string_size(data, name))
            if shape == _NODES:
                if data[at] != 1:
                    break
                at += 2
            at += sizes[data[at]] or string_size(data, at)
            if at > end:
                break
            if place:
                (expiry,) = unpack(data, place)
                if expiry == NO_EXPIRY:
                    expiry = None
            if on_key is not None:
                on_key(tally.database, KINDS[kind], string_at(data, name), expiry)
            if expiry is not None:
                expiring += 1
                if expiry >= BORDER_MS:
                    tally.ambiguous += is_ambiguous(expiry)
                if by:
                    MILLISECONDS.pack_into(data, place, shift(expiry, by))
            counts[kind] += 1
            window.at = at
    except IndexError:
        pass  # the rest of this record is not at hand
    tally.expiring[tally.database] += expiring
