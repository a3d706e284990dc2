"""When a requirement of the nightly runs is not met: clock, space, ages and locks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scims_backup.domain.alert.texts import size
from scims_backup.domain.health import Observed, fine, problem

MOST_APART = timedelta(seconds=60)
"""Two clocks synchronized by NTP never differ by this much, however slow the network between them."""
STALE_LOCK = timedelta(minutes=30)
"""restic renews a lock every five minutes, and considers one older than this abandoned."""
BACKUP_AGE, PROOF_AGE = timedelta(hours=26), timedelta(days=8)
"""Greatest ages of the newest backup and the newest proven one where the settings set none."""

_NAMED = 5


@dataclass(frozen=True)
class Lock:
    """A lock in a vault.

    holder: who made it
    renewed: when it was last
    is_dead: its process is known to be gone
    """

    holder: str
    renewed: datetime
    is_dead: bool


def span(time: timedelta) -> str:
    """Write a duration in a suitable unit, e.g. `90 min` or `27 h`."""
    for unit, name in (("days", "days"), ("hours", "h"), ("minutes", "min")):
        count = abs(time) / timedelta(**{unit: 1})
        if count >= (3 if unit == "days" else 2):
            return f"{count:.0f} {name}"
    return f"{abs(time).total_seconds():.0f} s"


def named(things: Sequence[object]) -> str:
    """Name some things, the first few if there are many."""
    more = f" and {len(things) - _NAMED} more" if len(things) > _NAMED else ""
    return ", ".join(map(str, things[:_NAMED])) + more


def clock_beside(ours: datetime, theirs: datetime, whose: str) -> Observed:
    """Judge this machine's clock by another's. whose: e.g. `the database server's`."""
    apart = ours - theirs
    if abs(apart) <= MOST_APART:
        return fine(f"{span(apart)} apart from {whose}")
    way = "ahead of" if apart > timedelta(0) else "behind"
    return problem(
        f"{span(apart)} {way} {whose}",
        "synchronize the wrong clock by NTP (`timedatectl set-ntp true`): stamps, claims, ages and S3 "
        "signatures depend on it",
    )


def room_for_drill(free: int, archive: int, database: int) -> Observed:
    """Judge the sandbox directory's free bytes by what a drill puts there.

    That is the database, and where there is room the archive too, so that tables load side by side.
    """
    free_there = f"{size(free)} free"
    if free >= archive + database:
        return fine(
            f"a drill needs about {size(database)}, or {size(archive + database)} at once; {free_there}"
        )
    if free >= database:
        return fine(f"a drill needs about {size(database)}; {free_there}: tables load one at a time")
    return problem(
        f"too small for a drill, which needs about {size(database)}; {free_there}",
        "free space there, or set SCIMS_SANDBOX_DIR to a larger directory",
    )


def locks_seen(locks: Iterable[Lock], now: datetime) -> list[Observed]:
    """Judge the locks of a vault: a stale one keeps `prune` from removing anything until it is gone."""
    return [_lock_seen(lock, now) for lock in locks] or [fine("there are none")]


def _lock_seen(lock: Lock, now: datetime) -> Observed:
    age = now - lock.renewed
    if not lock.is_dead and age <= STALE_LOCK:
        return fine(f"{lock.holder} has held one for {span(age)} and is still running")
    why = "whose process is gone" if lock.is_dead else "which is no longer renewed"
    return problem(
        f"a stale lock of {lock.holder}, {why}: {span(age)} old",
        "`restic unlock` removes stale locks only; never use --remove-all",
    )
