"""A retention policy as a person types it: `7 daily, 4 weekly, 3 monthly`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scims_backup.domain.errors import UsageError
from scims_backup.domain.periods import PERIODS

DEFAULT = "7 daily, 4 weekly, 3 monthly"
_ALL = "all"
_KNOWN = ("last", *PERIODS)
_PART = re.compile(r"(\d{1,4}) ?([a-z]+)", re.ASCII)


def retention_in(text: str) -> Mapping[str, int]:
    """Read how many backups to keep, by period; empty for `all`. Raise UsageError if it says neither."""
    if text.strip() == _ALL:
        return {}
    parts = [_PART.fullmatch(part.strip().lower()) for part in text.split(",")]
    kept = {part[2]: int(part[1]) for part in parts if part and part[2] in _KNOWN}
    if len(kept) != len(parts) or not any(kept.values()):
        raise UsageError(
            f"{text!r} does not say which backups to keep",
            f"write e.g. '{DEFAULT}', with {', '.join(_KNOWN)}, each once; or 'all'",
        )
    return kept
