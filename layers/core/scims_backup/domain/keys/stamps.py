"""What keys with a stamp have in common."""

from __future__ import annotations

import re

from scims_backup.domain.backup import is_stamp


def has_stamp(match: re.Match[str] | None) -> bool:
    """Say whether a key matched, and the first part that was looked for is a stamp."""
    return match is not None and is_stamp(match[1])
