"""Sizes as people write them."""

from __future__ import annotations

import re

from scims_backup.domain.errors import UsageError

_SIZE = re.compile(r"(?P<number>\d{1,15}(?:\.\d{1,9})?) ?(?P<unit>[kKMGTP]i?)?B")
_POWERS = {unit: power for power, unit in enumerate(("", "K", "M", "G", "T", "P"))}


def size_of(text: str, named: str) -> int:
    """Return the bytes of a size such as `500MB`, `1.5 TB` or `200GiB`. Raise UsageError if it is none.

    named: where it was set, for the message.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise UsageError(f"{named}: {text!r} is not a size", "write a number and B, kB, MB, GB, TB or GiB …")
    unit = match["unit"] or ""
    base = 1024 if unit.endswith("i") else 1000
    return int(float(match["number"]) * base ** _POWERS[unit.removesuffix("i").upper()])
