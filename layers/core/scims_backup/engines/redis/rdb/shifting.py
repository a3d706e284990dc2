"""Expiries moved so far into the future that a server which loads them hides no key, and the way back."""

from __future__ import annotations

SHIFT_MS = 1 << 45
"""1,115 years. A hash's field may have 2^46 - 1 by command and 2^48 - 1 in an RDB (t_hash.c, ebuckets.h)."""
BORDER_MS = (1 << 53) - 2 * SHIFT_MS
"""Expiries from here on (the year 285,166) stay as they are. Shifted ones stay below 2^53, up to which Lua is
exact; what some take for 'never' (2^53 - 1 in JavaScript, 2^63 - 1) is above them, and stays."""


def shift(expiry: int, by: int = SHIFT_MS) -> int:
    """Return a later expiry that `unshift` takes back, if it is not ambiguous.

    Unix time in milliseconds, and so is `by`.
    """
    return expiry + by if expiry < BORDER_MS else expiry


def is_ambiguous(expiry: int, by: int = SHIFT_MS) -> bool:
    """Say whether an expiry is one of the 1,115 years after the border, which a shifted one could be, too."""
    return BORDER_MS <= expiry < BORDER_MS + by


def unshift(expiry: int, by: int = SHIFT_MS) -> int:
    """Return the expiry that was shifted. Unix time in milliseconds, and so is `by`."""
    return expiry - by if expiry < BORDER_MS + by else expiry
