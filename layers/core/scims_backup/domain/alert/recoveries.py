"""What a mail says when a condition is over: what that means for the data, and what to look further with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scims_backup.domain.conditions import Cause

_LIST = "scims-backup list --source {source}"
_DOCTOR = "scims-backup doctor --source {source}"


@dataclass(frozen=True)
class Recovery:
    """The words for the end of one cause. command: `{source}` stands for the condition's."""

    meaning: str
    command: str = _LIST


RECOVERIES: Mapping[Cause, Recovery] = {
    Cause.NO_NEW_BACKUP: Recovery(
        "There is a new backup again. What was entered meanwhile is in it; the next drill shows whether it "
        "restores."
    ),
    Cause.UNUSUAL_SIZE: Recovery(
        "The newest backup has a usual size again. If data was lost meanwhile, this does not restore it."
    ),
    Cause.UNUSUAL_CONTENT: Recovery(
        "The newest backup contains about as much as the one before. If data was lost meanwhile, this does "
        "not restore it."
    ),
    Cause.CONTENT_LOST: Recovery(
        "Somebody acknowledged the loss: the backup from before it is no longer held. Nothing was restored.",
        "scims-backup prune --dry-run --source {source}",
    ),
    Cause.SLOW_BACKUP: Recovery("The newest backup took about as long as usual. No backup was affected."),
    Cause.PRUNE_FAILS: Recovery(
        "A prune ended without problems: what the policy keeps is there, and the rest is removed."
    ),
    Cause.QUOTA_EXCEEDED: Recovery(
        "The archives take no more space than the quota allows. No backup is affected.",
        "scims-backup storage --source {source}",
    ),
    Cause.QUOTA_NEAR: Recovery(
        "At the pace of the last nights, the archives no longer reach the quota within a week.",
        "scims-backup storage --source {source}",
    ),
    Cause.NOT_PROVEN: Recovery(
        "A drill has passed: the backup was restored and matches the source.",
        "scims-backup show newest-proven --source {source}",
    ),
    Cause.SANDBOX_LEFT: Recovery(
        "Nothing that drills made is left past its expiry: no copy of your data, and no costs."
    ),
    Cause.RESTORE_FAILS: Recovery(
        "A restore has ended well. Read its report for what is in the database now."
    ),
    Cause.SUBSCRIPTION_UNCONFIRMED: Recovery(
        "Every subscriber receives these mails. Problems with the data will be noticed.", _DOCTOR
    ),
    Cause.NO_NEW_COPY: Recovery(
        "There is a new second copy. If this site is lost, everything up to the copied backup survives.",
        _DOCTOR,
    ),
}
