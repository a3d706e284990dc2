"""How large the parts of an upload are."""

from __future__ import annotations

from scims_backup.domain.errors import VaultError

MOST_PARTS = 10_000
SMALLEST = 5 << 20
LARGEST = 5 << 30
"""S3's limits: parts of an upload; bytes of a part but for the last, which may be smaller."""

FIRST = 16 << 20
_GROWTH = 1 + 1 / 1900


def part_bytes(number: int) -> int:
    """Return the size in bytes of an upload's part, counted from 1. Raise VaultError beyond the last.

    The size of an archive is not known before, so the parts grow, each by 1/1900: small archives need
    little memory, and yet 10,000 parts hold 16 MiB x (g^10,000 - 1) / (g - 1) = 5.56 TiB, more than the
    5 TiB of an object. At 100 GiB a part has 70 MiB, at 1 TiB 0.6 GiB, and the last of all 3.0 GiB.
    """
    if number > MOST_PARTS:
        raise VaultError(
            f"the archive is larger than an S3 upload of {MOST_PARTS} parts can hold, which is 5.5 TiB",
            "use a vault of another kind for this source, e.g. restic",
        )
    return int(FIRST * _GROWTH ** (number - 1))
