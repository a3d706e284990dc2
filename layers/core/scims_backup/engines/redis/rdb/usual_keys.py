"""The keys that nearly every RDB is full of, found by a regular expression: thrice as fast as one by one.

What it does not know, or what is not wholly at hand, it leaves to the parser, which knows everything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from operator import itemgetter
from typing import Final

from scims_backup.engines.redis.rdb.expiries import MILLISECONDS
from scims_backup.engines.redis.rdb.frame import Tally
from scims_backup.engines.redis.rdb.layout import (
    EXPIRY_MS,
    FREQUENCY,
    IDLE,
    KINDS,
    LIST_QUICKLIST,
    LIST_QUICKLIST_2,
    SET,
)
from scims_backup.engines.redis.rdb.shifting import is_ambiguous, shift
from scims_backup.engines.redis.rdb.strings import string_size
from scims_backup.engines.redis.rdb.values import ONE_STRING
from scims_backup.engines.redis.rdb.window import Window
from scims_backup.engines.redis.rules.kinds import Kind
from scims_backup.engines.redis.rules.prefixes import LONGEST

OnKeys = Callable[[int, Kind, bytes, int, int], None]
"""Called for keys whose names begin alike: database, type, that beginning (see rules.prefixes), how many keys
these are, and how many of them have an expiry. It is called several times for the same beginning."""

_SHORT: Final = 64
"""A string of fewer bytes says its length in one."""
_STRINGS: Final = 8
"""A list or set of more strings is left to the parser."""
_UNCOUNTED: Final = 4096
"""Different keys that are held before they are counted."""
_UNCHANGING: Final = 5
"""Low bytes of an expiry that its being shifted, and its being ambiguous, do not depend on."""


def _byte(*values: int) -> bytes:
    return b"[" + b"".join(b"\\x%02x" % value for value in values) + b"]"


def _short(between: bytes = b"") -> bytes:
    """Match a length, what comes between, and as many bytes."""
    return b"|".join(b"\\x%02x%s.{%d}" % (size, between, size) for size in range(_SHORT))


_LENGTH: Final = rb"(?:[\x00-\x3f]|[\x40-\x7f].|\x80.{4})"
_INTEGER: Final = rb"\xc0.|\xc1..|\xc2.{4}"
_STRING: Final = rb"(?:" + _short() + b"|" + _INTEGER + rb"|\xc3(?:" + _short(_LENGTH) + b"))"
_STRING_OR_LONG: Final = rb"(?:" + _STRING + rb"|(?=([\x40-\x81\xc3])))"
"""A long one matches nothing, in a group: its size has to be computed."""
_EXPIRY: Final = rb"(?:%s(?!\xff{8}).{%d}(...))?" % (_byte(EXPIRY_MS), _UNCHANGING)
"""-1 is none, and left to the parser."""
_IDLE: Final = rb"(?:%s%s|%s.)?" % (_byte(IDLE), _LENGTH, _byte(FREQUENCY))
_TYPE_AND_LENGTH: Final = rb"(?=(..)([^:]{0,%d}:)?)" % LONGEST
_NAME: Final = rb"(?:" + _short() + b"|" + _INTEGER + b")"
_ONE: Final = _byte(*sorted(ONE_STRING)) + _NAME
_NODE: Final = _byte(LIST_QUICKLIST_2) + _NAME + rb"\x01[\x01\x02]"
_SEVERAL: Final = b"|".join(rb"\x%02x%s{%d}" % (count, _STRING, count) for count in range(1, _STRINGS + 1))
_VALUE: Final = rb"(?:(?:%s|%s)%s|%s%s(?:%s))" % (
    *(_ONE, _NODE, _STRING_OR_LONG),
    *(_byte(SET, LIST_QUICKLIST), _NAME, _SEVERAL),
)
_KEY: Final = re.compile(rb"(?s)(%s%s%s%s)(?(5).+)|.+" % (_EXPIRY, _IDLE, _TYPE_AND_LENGTH, _VALUE))
"""Groups: the key; the high bytes of its expiry; its type, and the first byte of its name, which is the
length if that is short; what follows up to a ':', perhaps beyond the name; whether a long string follows.

All that follows the last such key matches at once: no search goes on in it."""
_Found = tuple[bytes, bytes, bytes, bytes, bytes]
_WHOLE: Final = itemgetter(0)
_SAID: Final = itemgetter(1, 2, 3)


class UsualKeys:
    """Passes keys on, and counts them.

    by: milliseconds by which every expiry is shifted.
    """

    def __init__(self, window: Window, tally: Tally, by: int, on_keys: OnKeys | None) -> None:
        self._window, self._tally = window, tally
        self._by, self._on_keys = by, on_keys
        self._said: Counter[tuple[bytes, bytes, bytes]] = Counter()

    def read(self) -> None:
        """Pass on the keys with plain values that are wholly at hand; stop at everything else."""
        window = self._window
        while True:
            found, after = _next_keys(window.data, window.at)
            if not found:
                break
            if self._by:
                _shift(window.data, window.at, found, self._by)
            self._said.update(map(_SAID, found))
            window.at = after
        if len(self._said) > _UNCOUNTED:
            self.count()

    def count(self) -> None:
        """Count what was read since the last time, which is of one database."""
        tally = self._tally
        for (high, (number, size), beginning), keys in self._said.items():
            expiring = keys if high else 0
            tally.counts[number] += keys
            tally.expiring[tally.database] += expiring
            tally.ambiguous += expiring and expiring * _is_ambiguous(high)
            if self._on_keys is not None:
                is_of_name = len(beginning) <= size < _SHORT
                name = beginning if is_of_name else b""
                self._on_keys(tally.database, KINDS[number], name, keys, expiring)
        self._said.clear()


def _next_keys(data: bytearray, at: int) -> tuple[list[_Found], int]:
    """Return keys that follow one another, and where they end; the last one's value may be a long string."""
    found: list[_Found] = _KEY.findall(data, at)
    if found and not found[-1][0]:
        found.pop()
    end = at + sum(map(len, map(_WHOLE, found)))
    if found and found[-1][-1]:
        try:
            after = end + string_size(data, end)
        except IndexError:
            after = len(data) + 1
        if after <= len(data):
            return found, after
        end -= len(found.pop()[0])
    return found, end


def _shift(data: bytearray, at: int, found: list[_Found], by: int) -> None:
    for key, high, *_ in found:
        if high:
            (expiry,) = MILLISECONDS.unpack_from(data, at + 1)
            MILLISECONDS.pack_into(data, at + 1, shift(expiry, by))
        at += len(key)


def _is_ambiguous(high: bytes) -> bool:
    return is_ambiguous(int.from_bytes(bytes(_UNCHANGING) + high, "little", signed=True))
