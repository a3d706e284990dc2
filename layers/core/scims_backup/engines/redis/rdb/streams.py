"""Streams: their listpacks, last and first entries, consumer groups and pending entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from scims_backup.engines.redis.rdb.strings import count, length, skip_strings
from scims_backup.engines.redis.rdb.window import Steps, Window

_ID: Final = 16
_TIME: Final = 8
_OFFSETS: Final = 2
"""The version that has first and greatest deleted entry, and groups' offsets (7.0)."""
_ACTIVE_TIME: Final = 3
_PRODUCERS: Final = 4
"""The version that remembers producers' messages, so that none is added twice (8.6)."""
_REFUSED: Final = 5
"""The version whose groups keep entries that consumers handed back (8.8)."""


def stream(version: int) -> Callable[[Window, int], Steps[None]]:
    """Return what skips a stream. version: 1 to 5, of RDB_TYPE_STREAM_LISTPACKS."""
    return partial(_stream, version)


def _stream(version: int, window: Window, _by: int) -> Steps[None]:
    yield from skip_strings(window, 2 * (yield from count(window)))
    yield from _lengths(window, 8 if version >= _OFFSETS else 3)
    for _ in range((yield from count(window))):
        yield from _group(version, window)
    if version >= _PRODUCERS:
        yield from _producers(window)


def _group(version: int, window: Window) -> Steps[None]:
    yield from skip_strings(window, 1)
    yield from _lengths(window, 3 if version >= _OFFSETS else 2)
    for _ in range((yield from count(window))):
        yield from window.skip(_ID + _TIME)
        yield from length(window)
    for _ in range((yield from count(window))):
        yield from skip_strings(window, 1)
        yield from window.skip(2 * _TIME if version >= _ACTIVE_TIME else _TIME)
        yield from window.skip(_ID * (yield from count(window)))
    if version >= _REFUSED:
        yield from window.skip(_ID * (yield from count(window)))


def _producers(window: Window) -> Steps[None]:
    """How long and how many are remembered; of each producer its messages; two counters."""
    yield from _lengths(window, 2)
    for _ in range((yield from count(window))):
        yield from skip_strings(window, 1)
        for _ in range((yield from count(window))):
            yield from skip_strings(window, 1)
            yield from _lengths(window, 2)
    yield from _lengths(window, 2)


def _lengths(window: Window, number: int) -> Steps[None]:
    for _ in range(number):
        yield from length(window)
