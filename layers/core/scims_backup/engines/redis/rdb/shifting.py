"""Expiries moved so far into the future that a server which loads them hides no key, and the way back."""

from __future__ import annotations

from scims_backup.engines.redis.rdb.rdb_error import RdbError, Reason

SHIFT_MS = 1 << 45
"""1,115 years. A hash field's expiry may be 2^46 - 1 by command and 2^48 - 1 in an RDB (Redis, ebuckets.h)."""
BORDER_MS = (1 << 53) - 2 * SHIFT_MS
"""Expiries from here on (the year 285,204) stay as they are. What is shifted stays below 2^53, the last integer
that Lua counts exactly, and so does 2^53 - 1, which JavaScript's programs take for 'never'."""


def shift(expiry: int, by: int = SHIFT_MS) -> int:
    """Return a later expiry that `unshift` takes back. Unix time in milliseconds, and so is `by`.

    Raise RdbError if it is one of the 1,115 years after the border, which a shifted one could be, too.
    """
    if expiry < BORDER_MS:
        return expiry + by
    if expiry < BORDER_MS + by:
        raise RdbError(
            Reason.EXPIRY_TOO_FAR,
            f"a key or field expires at {expiry} ms, about the year 286,000: such an expiry cannot be proven; "
            "set an earlier one, or none",
        )
    return expiry


def unshift(expiry: int, by: int = SHIFT_MS) -> int:
    """Return the expiry that was shifted. Unix time in milliseconds, and so is `by`."""
    return expiry - by if expiry < BORDER_MS + by else expiry
