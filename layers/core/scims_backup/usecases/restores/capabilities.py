"""What not every engine can do at a target: asked for by type, and refused in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from scims_backup.domain.errors import UsageError
from scims_backup.ports import RestoresKeys, RestoresParts, RestoresTables, Swaps, Target


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


def restoring_keys(target: Target[Any]) -> RestoresKeys[Any]:
    """Return a target as one that restores chosen keys. Raise UsageError if its engine cannot."""
    if isinstance(target, RestoresKeys):
        return target
    raise UsageError(
        f"chosen keys cannot be restored to {target.name}: its engine has none",
        "restore the whole backup, without --keys, and copy what you need from it",
    )


def with_parts(target: Target[Any], names: Collection[str]) -> Target[Any]:
    """Return a target that restores parts of a backup which are left out otherwise.

    Raise UsageError if its engine leaves no such part out.
    """
    if not names:
        return target
    parts = target.parts if isinstance(target, RestoresParts) else {}
    unknown = sorted(set(names) - parts.keys())
    if unknown:
        known = "; ".join(f"--with {name}: {what}" for name, what in parts.items())
        raise UsageError(
            f"a restore to {target.name} leaves no {unknown[0]} out",
            f"it knows {known}" if known else "leave --with out: the whole backup is restored",
        )
    assert isinstance(target, RestoresParts)  # noqa: S101  it has parts
    return target.with_parts(names)
