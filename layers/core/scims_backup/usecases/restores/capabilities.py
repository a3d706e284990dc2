"""What not every engine can do at a target: asked for by type, and refused in words."""

from __future__ import annotations

from typing import Any

from scims_backup.domain.errors import UsageError
from scims_backup.ports import RestoresTables, Swaps, Target


def can_swap(target: Target[Any]) -> bool:
    """Say whether a target's engine can put what it restored in the live one's place."""
    return isinstance(target, Swaps)


def swapping(target: Target[Any]) -> Swaps:
    """Return a target as one that swaps. Raise UsageError if its engine cannot."""
    if isinstance(target, Swaps):
        return target
    raise UsageError(
        f"a restored backup cannot take the place of {target.name}: its engine does not swap",
        "restore it alongside the live one, without --swap, and replace the live one by hand",
    )


def restoring_tables(target: Target[Any]) -> RestoresTables[Any]:
    """Return a target as one that restores chosen tables. Raise UsageError if its engine cannot."""
    if isinstance(target, RestoresTables):
        return target
    raise UsageError(
        f"chosen tables cannot be restored to {target.name}: its engine restores whole backups only",
        "restore the whole backup, without --table, and copy what you need from it",
    )
