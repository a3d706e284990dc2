"""Which keys of a catalog or a vault are brought back for a source, by which rule; others are left alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from scims_backup.domain.recovery import Rule

_LOGS = frozenset({"events", "alerted", "notified"})
"""Of all sources together, and never removed: what a thief adds there is evidence."""
_STAYING = frozenset({"holds", "history", "conditions"})
"""A hold only keeps a backup: one that the operator put since must not go. The others are evidence."""
_REPOSITORY = frozenset({"config", "data", "index", "keys", "snapshots"})
_LOCKS = "locks"
"""Of a restic repository: a lock from then would keep its next run waiting."""
_LOCATION = "vaults/location-"


def rule_in_catalog(key: str, sources: Collection[str]) -> Rule | None:
    """Return how a key of the catalog is treated, None for one that is not these sources'."""
    family, *rest = key.split("/")
    if family in _LOGS:
        return Rule.NOTHING_HIDDEN
    if not any(_owner(part) in sources for part in (rest[:1] if family != "vaults" else rest)):
        return None
    return Rule.NOTHING_HIDDEN if family in _STAYING else Rule.AS_IT_WAS


def rule_in_archives(name: str, source: str) -> Rule | None:
    """Return how an object of a vault in plain S3 is treated; its marker may be another source's too."""
    if name == "vault.json":
        return Rule.NOTHING_HIDDEN
    return Rule.AS_IT_WAS if name.startswith(f"archives/{source}/") else None


def rule_in_repository(name: str) -> Rule | None:
    """Return how a file of a restic repository is treated."""
    folder = name.partition("/")[0]
    if folder == _LOCKS:
        return Rule.EMPTIED
    return Rule.AS_IT_WAS if folder in _REPOSITORY else None


def sources_beside(source: str, keys: Iterable[str]) -> frozenset[str]:
    """Return the source and those that were registered in a vault with it. keys: all that the catalog had."""
    together: dict[str, set[str]] = {}
    for key in keys:
        if key.startswith(_LOCATION):
            place, _, name = key.rpartition("/")
            together.setdefault(place, set()).add(_owner(name))
    return frozenset({source}).union(*(found for found in together.values() if source in found))


def _owner(part: str) -> str:
    """Return the source that a part of a key names: `NAME`, `NAME.json` or `NAME~….json`."""
    return part.partition("~")[0].removesuffix(".json") if part.endswith(".json") else part
