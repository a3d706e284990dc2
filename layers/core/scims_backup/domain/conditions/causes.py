"""Which kinds of events have one cause, and which ones say that it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from scims_backup.domain.backup import is_source_name
from scims_backup.domain.events import Event, Kind, Severity

_SETTLED = timedelta(hours=2)
"""By then the prune after a backup has compared it with those before."""


class Cause(StrEnum):
    """What can be wrong for a while. The words are part of the catalog's keys, and what `ack` takes."""

    NO_NEW_BACKUP = "no-new-backup"
    UNUSUAL_SIZE = "unusual-size"
    UNUSUAL_CONTENT = "unusual-content"
    CONTENT_LOST = "content-lost"
    SLOW_BACKUP = "slow-backup"
    PRUNE_FAILS = "prune-fails"
    QUOTA_EXCEEDED = "quota-exceeded"
    QUOTA_NEAR = "quota-near"
    NOT_PROVEN = "not-proven"
    SANDBOX_LEFT = "sandbox-left"
    RESTORE_FAILS = "restore-fails"
    SUBSCRIPTION_UNCONFIRMED = "subscription-unconfirmed"
    NO_NEW_COPY = "no-new-copy"


@dataclass(frozen=True)
class Life:
    """How a condition begins and ends.

    opened_by: the kinds of events that have this cause; the first one opens the condition.
    ended_by: the kinds that end it, besides a `ConditionRecovered` that names it.
    settles: how long after such an event nothing else may follow from what it reports.
    """

    opened_by: tuple[Kind, ...]
    ended_by: tuple[Kind, ...] = ()
    settles: timedelta = timedelta()


LIVES: Mapping[Cause, Life] = {
    Cause.NO_NEW_BACKUP: Life((Kind.BACKUP_FAILED, Kind.BACKUP_OVERDUE), (Kind.BACKUP_COMPLETED,)),
    Cause.UNUSUAL_SIZE: Life(
        (Kind.BACKUP_SIZE_ANOMALY, Kind.STORED_SIZE_ANOMALY), (Kind.BACKUP_COMPLETED,), _SETTLED
    ),
    Cause.UNUSUAL_CONTENT: Life(
        (Kind.ROW_COUNT_ANOMALY, Kind.ROWS_FROZEN), (Kind.BACKUP_COMPLETED,), _SETTLED
    ),
    Cause.CONTENT_LOST: Life((Kind.ROWS_LOST,)),
    Cause.SLOW_BACKUP: Life((Kind.BACKUP_SLOW,), (Kind.BACKUP_COMPLETED,), _SETTLED),
    Cause.PRUNE_FAILS: Life((Kind.PRUNE_FAILED,), (Kind.BACKUPS_PRUNED,)),
    Cause.QUOTA_EXCEEDED: Life((Kind.STORAGE_QUOTA_EXCEEDED,)),
    Cause.QUOTA_NEAR: Life((Kind.STORAGE_QUOTA_NEAR,)),
    Cause.NOT_PROVEN: Life(
        (Kind.DRILL_FAILED, Kind.DRILL_INCONCLUSIVE, Kind.DRILL_OVERDUE), (Kind.DRILL_PASSED,)
    ),
    Cause.SANDBOX_LEFT: Life((Kind.SANDBOX_NOT_REMOVED,)),
    Cause.RESTORE_FAILS: Life((Kind.RESTORE_FAILED,), (Kind.RESTORE_COMPLETED,)),
    Cause.SUBSCRIPTION_UNCONFIRMED: Life((Kind.SUBSCRIPTION_UNCONFIRMED,)),
    Cause.NO_NEW_COPY: Life((Kind.COPY_FAILED, Kind.COPY_OVERDUE), (Kind.COPY_COMPLETED,)),
}
_CAUSES = {kind: cause for cause, life in LIVES.items() for kind in life.opened_by}
_NEEDS_NEWER = (
    *(Kind.BACKUP_OVERDUE, Kind.COPY_OVERDUE),
    *(Kind.BACKUP_SIZE_ANOMALY, Kind.STORED_SIZE_ANOMALY, Kind.ROW_COUNT_ANOMALY, Kind.ROWS_FROZEN),
    Kind.BACKUP_SLOW,
)
"""The backup that these name is itself what is wrong: only a newer one mends it."""
_NEEDS_NONE = (Kind.RESTORE_FAILED,)
"""Whichever backup was restored in the end, the database is there."""


def cause_of(event: Event) -> Cause | None:
    """The cause of an event; None if nothing lasts after it, or if its source cannot be part of a key."""
    if event.severity is Severity.INFO or not is_source_name(event.source):
        return None
    return _CAUSES.get(event.kind)


def causes_ended_by(event: Event) -> tuple[Cause, ...]:
    """The causes that an event may end, if it is later than their problems and about a backup that counts."""
    if not is_source_name(event.source):
        return ()
    if event.kind is Kind.CONDITION_RECOVERED:
        return tuple(cause for cause in Cause if cause == event.facts.get("condition"))
    return tuple(cause for cause, life in LIVES.items() if event.kind in life.ended_by)


def needed_backup(event: Event) -> str | None:
    """The oldest backup that an event must be about to end what this one reports; None for any."""
    return None if event.kind in _NEEDS_NONE else event.backup


def needs_newer(event: Event) -> bool:
    """Say whether only a newer backup than the needed one ends what the event reports, not that one again."""
    if event.kind is Kind.DRILL_OVERDUE:  # without a limit: this backup was proven with another after_restore
        return "hours_allowed" in event.facts
    return event.kind in _NEEDS_NEWER
