"""Whether a server has memory for a second copy, beside live keys that it must not evict for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scims_backup.ports import Surveyed

_GROWTH = 1.1
"""Another version or allocator lays out the same keys wider, and a hash table doubles before it fills."""
_MOST_OF_A_MACHINE = 0.9


@dataclass(frozen=True)
class Room:
    """The memory of a server, in bytes.

    used: by its data, as maxmemory counts it.
    limit: that a restore keeps below; None if it cannot be seen.
    of: what sets the limit, in words.
    policy: what the server does above maxmemory.
    """

    used: int
    limit: int | None
    of: str
    policy: str

    @property
    def left(self) -> int | None:
        """Return what may still be filled; None if that cannot be seen."""
        return None if self.limit is None else self.limit - self.used


def room_in(memory: Mapping[str, Any]) -> Room:
    """Return a server's room. memory: its INFO memory."""
    used = int(memory["used_memory"]) - int(memory.get("mem_not_counted_for_evict", 0))
    most, policy = int(memory.get("maxmemory", 0)), str(memory.get("maxmemory_policy", "noeviction"))
    if most:
        return Room(used, most, "maxmemory", policy)
    machine = int(memory.get("total_system_memory", 0))
    if machine:
        resident = max(used, int(memory.get("used_memory_rss", 0)))
        return Room(resident, int(machine * _MOST_OF_A_MACHINE), "90 % of its machine's memory", policy)
    return Room(used, None, "", policy)


def needed(data: int) -> int:
    """Return the bytes that a copy takes. data: what its keys took in the source."""
    return int(data * _GROWTH)


def seen(room: Room, need: int) -> Surveyed:
    """Say whether a copy has room."""
    required = f"about {size(need)} required for a second copy"
    if room.left is None:
        return Surveyed("memory", None, f"{required}; the server does not report how much it has")
    text = f"{required}, {size(max(room.left, 0))} left of {room.of} ({size(room.limit or 0)})"
    if need <= room.left:
        return Surveyed("memory", True, text)
    fate = (
        "writes of the application would fail"
        if room.policy == "noeviction"
        else f"the policy {room.policy} would evict live keys"
    )
    return Surveyed("memory", False, f"{text}: {fate if room.of == 'maxmemory' else 'it could be killed'}")


def size(count: int) -> str:
    """Write bytes for people."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"  # noqa: PLR2004
