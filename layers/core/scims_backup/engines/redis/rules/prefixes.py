"""The prefixes of names that a proof counts by: what a name has before its first ':'."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST = 256
"""How many prefixes a proof has at most; the keys of all others are counted together, under ''."""
LONGEST = 32
"""In bytes: a longer one is rather a value than a word."""
_MOST_NUMBERS = 1 << 16
"""A record has two bytes for the number of its prefix."""
_PRINTABLE = re.compile(rb"[ -~]*")
_RANDOM = re.compile(rb"(?=[0-9A-Za-z]*\d)(?:[0-9a-fA-F]{8}|[0-9A-Za-z]{16}|\d{6})")
"""A token, a UUID or a number instead of a word: it may be a secret, and it groups nothing."""


def beginning(name: bytes) -> bytes:
    """Return what decides on a name's prefix: what it has up to its first ':', or nothing."""
    return name[: name.find(b":", 0, LONGEST + 1) + 1]


def prefix_of(name: bytes) -> bytes:
    """Return what a name has before its first ':' if that may be shown, else b''."""
    end = name.find(b":", 0, LONGEST + 1)
    prefix = name[:end] if end > 0 else b""
    return prefix if _may_be_shown(prefix) else b""


def _may_be_shown(prefix: bytes) -> bool:
    return _PRINTABLE.fullmatch(prefix) is not None and not _RANDOM.search(prefix)


class Prefixes:
    """Numbers the prefixes of names as they come.

    known: those of the proof that this one will be compared with: all others are '' then.
    """

    def __init__(self, known: Sequence[str] | None = None) -> None:
        self._known = known or None
        self._numbers = {text.encode(): number for number, text in enumerate(known or ("",))}
        self._keys = [0] * len(self._numbers)
        self._seen: dict[bytes, int] = {}

    def number(self, name: bytes, keys: int = 1) -> int:
        """Count keys whose names begin alike, and return the number that their prefix has until `settled`.

        name: of one of them, or its beginning.
        """
        raw = name[: name.find(b":", 0, LONGEST + 1) + 1]  # as `beginning`: a call would take longer
        number = self._seen.get(raw)
        if number is None:
            number = self._number_of(prefix_of(raw))
            if len(self._seen) < _MOST_NUMBERS:
                self._seen[raw] = number
        self._keys[number] += keys
        return number

    def _number_of(self, prefix: bytes) -> int:
        number = self._numbers.get(prefix)
        if number is not None:
            return number
        if self._known is not None or len(self._numbers) == _MOST_NUMBERS:
            return 0
        self._keys.append(0)
        return self._numbers.setdefault(prefix, len(self._numbers))

    def settled(self) -> tuple[Sequence[str], Sequence[int]]:
        """Return the prefixes that the proof has, and for each number until now the one in the proof.

        Those that most keys have are kept. Their order does not depend on that of the keys.
        """
        if self._known is not None:
            return self._known, range(len(self._known))
        words = [prefix for prefix in self._numbers if prefix]
        words.sort(key=lambda prefix: (-self._keys[self._numbers[prefix]], prefix))
        kept = [b"", *sorted(words[: MOST - 1])]
        places = {prefix: place for place, prefix in enumerate(kept)}
        return [prefix.decode() for prefix in kept], [places.get(prefix, 0) for prefix in self._numbers]
