"""What a mail says about each kind of event."""

from __future__ import annotations

from scims_backup.domain.alert.counted_wordings import COUNTED, frozen, lost, unusual_count, words_of
from scims_backup.domain.alert.wording import LIST, SHOW, SHOW_PROVEN, Wording
from scims_backup.domain.events import Event, Kind
from scims_backup.domain.words import ROWS_OF_TABLES

WORDINGS = {
    Kind.BACKUP_COMPLETED: Wording(
        "backup completed with warnings",
        "The backup is complete and usable, but it raised warnings.",
        "Read the warnings. The next drill shows whether the backup restores.",
        (SHOW,),
    ),
    Kind.BACKUP_HANDED_OVER: Wording(
        "backup handed over",
        "The dump is too long for a function. A task takes the backup instead.",
        "No action is needed.",
        (LIST,),
    ),
    Kind.BACKUP_FAILED: Wording(
        "backup failed",
        "There is no new backup: if the database fails now, everything entered since the last one is lost. "
        "Older backups are unaffected.",
        "Fix the cause, then take a backup right away: invoke the dump function again, or run the second "
        "command.",
        (LIST, "scims-backup backup --source {source}"),
    ),
    Kind.BACKUP_OVERDUE: Wording(
        "backup overdue",
        "The newest backup is too old. If the database fails now, everything entered since that backup is "
        "lost.",
        "Find out why runs failed or did not start: check earlier mails, the dump function's log and its "
        "schedule.",
        (LIST, "scims-backup backup --source {source}"),
        "none since {newest}, limit {hours_allowed} hours",
    ),
    Kind.BACKUP_SIZE_ANOMALY: Wording(
        "unusual backup size",
        "The backup is complete, but much larger or smaller than the ones before it. Data may have been "
        "deleted or loaded by mistake.",
        "Find out whether data was deleted or loaded on purpose. If not, hold the last good backup (hold "
        "--until) so that pruning does not remove it.",
        (SHOW, LIST),
        "{bytes}, usually {expected_bytes}",
    ),
    Kind.ROW_COUNT_ANOMALY: unusual_count(ROWS_OF_TABLES),
    Kind.ROWS_LOST: lost(ROWS_OF_TABLES),
    Kind.ROWS_FROZEN: frozen(ROWS_OF_TABLES),
    Kind.BACKUP_SLOW: Wording(
        "backup unusually slow",
        "The backup is complete, but took far longer than the ones before it. At that pace it may not end "
        "in time, and the source is under load meanwhile.",
        "Find out what else ran at that time: a long query, a lock, a full disk or a slow network. The "
        "command examines source and vault.",
        ("scims-backup doctor --source {source}", SHOW),
        "{seconds} seconds, usually {expected_seconds}",
    ),
    Kind.STORED_SIZE_ANOMALY: Wording(
        "unusual growth of the vault",
        "For four nights the vault has stored far more for each backup than it usually does. It may no "
        "longer recognise what it has already, and will then fill up quickly. The backups are complete.",
        "Find out whether the source rewrites all of its data each night, e.g. by a job that loads a table "
        "again, or whether the data are encrypted or compressed where they were not before. The second "
        "command shows how much is stored.",
        (SHOW, "scims-backup storage --source {source}"),
        "{stored_bytes} added, usually {expected_stored_bytes}",
    ),
    Kind.STORAGE_QUOTA_NEAR: Wording(
        "storage quota nearly reached",
        "At the pace of the last 30 nights the archives will take more than the quota within a week. Backups "
        "continue, and nothing is removed to make room.",
        "Keep fewer backups (the retention policy), free the space of removed backups (reclaim), or raise "
        "the quota.",
        ("scims-backup storage --source {source}",),
        "{source_bytes} stored, quota {quota_bytes} on {day}",
    ),
    Kind.BACKUPS_PRUNED: Wording(
        "backups pruned",
        "Backups that the retention policy no longer keeps were removed.",
        "No action is needed.",
        (LIST,),
    ),
    Kind.PRUNE_FAILED: Wording(
        "prune failed",
        "Something that should have been removed is still there, or could not be checked. No backup is lost, "
        "but storage may run short.",
        "Fix the cause. The next prune tries again; the command shows what it would remove.",
        ("scims-backup prune --dry-run --source {source}",),
    ),
    Kind.STORAGE_QUOTA_EXCEEDED: Wording(
        "storage quota exceeded",
        "The archives take more space than the quota allows. Backups continue, and nothing is removed to "
        "make room.",
        "Keep fewer backups (the retention policy), free the space of removed backups (reclaim), or raise "
        "the quota. Older object versions (noncurrent_bytes) expire by the bucket's lifecycle rule.",
        ("scims-backup storage --source {source}",),
        "{source_bytes} stored, quota {quota_bytes}",
    ),
    Kind.DRILL_STARTED: Wording(
        "drill started",
        "A backup is being restored to prove that it works.",
        "No action is needed.",
        (SHOW,),
    ),
    Kind.DRILL_PASSED: Wording(
        "drill passed",
        "The backup was restored and matches the source.",
        "No action is needed.",
        (SHOW,),
    ),
    Kind.DRILL_FAILED: Wording(
        "drill failed",
        "The backup does not restore, or the restored data does not match the source. Do not rely on it.",
        "Find the newest proven backup and hold it (hold --until) so that pruning does not remove it. Then "
        "find the cause, take a new backup and drill it.",
        (SHOW, SHOW_PROVEN),
    ),
    Kind.DRILL_INCONCLUSIVE: Wording(
        "drill inconclusive",
        "The drill could not finish its checks. This says nothing about the backup, which stays unproven.",
        "Fix the cause, then run the drill again.",
        (SHOW, "scims-backup drill {backup}"),
    ),
    Kind.DRILL_OVERDUE: Wording(
        "drill overdue",
        "No backup has been proven within the time limit. The backups may be fine, but nobody knows.",
        "Find out why drills do not start or do not finish: check earlier mails and the logs of the drill "
        "tasks.",
        (LIST, SHOW_PROVEN),
        "none proven since {newest}, limit {hours_allowed} hours",
    ),
    Kind.SANDBOX_NOT_REMOVED: Wording(
        "drill's server not removed",
        "A drill made this in your AWS account. It is no longer needed, cannot be deleted, and costs money "
        "until it is; a server still holds a copy of your data. The source and its backups are unaffected.",
        "Delete it by hand: in RDS without a final snapshot, in Secrets Manager without a recovery window. "
        "The hourly check keeps trying.",
        (LIST,),
        "{object}",
    ),
    Kind.ROOM_RUNS_SHORT: Wording(
        "room runs short",
        "The data still fitted. When it has grown a little more, it will not, and drills or backups fail.",
        "Give it more room before that: in AWS, set the parameter and deploy again.",
        (LIST,),
    ),
    Kind.RESTORE_COMPLETED: Wording(
        "restore completed",
        "A backup was restored and proven. If it was also swapped in, the application now uses it.",
        "If the swap was a mistake, the second command restores the previous database.",
        (SHOW, "scims-backup restore --undo --source {source}"),
        "restored as {database}",
    ),
    Kind.RESTORE_FAILED: Wording(
        "restore failed",
        "A backup was not restored, or the restored data does not match its proof. The live database is "
        "unchanged.",
        "Read the error above. Another backup may work: the commands show which ones are proven.",
        (LIST, SHOW_PROVEN),
    ),
    Kind.SUBSCRIPTION_UNCONFIRMED: Wording(
        "alert subscription not confirmed",
        "At least one subscriber does not receive these mails. If no subscription is confirmed, nobody does. "
        "Backups continue, but a problem with the data would stay unnoticed.",
        "Each subscriber must follow the link in the mail 'AWS Notification - Subscription Confirmation'. "
        "If that mail is lost or has expired, subscribe again.",
        ("aws sns list-subscriptions-by-topic --topic-arn {topic}",),
        "{unconfirmed} unconfirmed, {confirmed} confirmed",
    ),
    Kind.COPY_COMPLETED: Wording(
        "backup copied",
        "The second copy of the backup is complete: the same bytes, verified by SHA-256.",
        "No action is needed.",
        (SHOW,),
    ),
    Kind.COPY_FAILED: Wording(
        "copy failed",
        "This backup has no second copy. The backup itself and earlier copies are unaffected.",
        "Fix the cause, then copy the backup again.",
        ("scims-backup copy {backup}", "scims-backup doctor --source {source}"),
    ),
    Kind.COPY_OVERDUE: Wording(
        "copy overdue",
        "The newest copied backup is too old. If this site is lost, everything entered since that backup is "
        "lost too.",
        "Find out why copies failed or did not start: check earlier mails, the copy function's log and its "
        "schedule.",
        ("scims-backup copy --source {source}", "scims-backup doctor --source {source}"),
        "none since {newest}, limit {hours_allowed} hours",
    ),
    Kind.CONDITION_RECOVERED: Wording(
        "condition recovered",
        "What was wrong is over. The data is as safe as before.",
        "No action is needed.",
        (LIST,),
    ),
}
"""Every kind has one, although most events do not send a mail."""

_UNDONE = Wording(
    "swap undone",
    "The database that was live before the last swap is live again. The one that had replaced it was set "
    "aside. Nothing was restored or proven.",
    "Data written since the swap exists only in the database that was set aside. Drop that database once "
    "nobody needs it. If undoing the swap was the mistake, run the same command again to swap back.",
    (LIST,),
    "{database} is as it was before the swap",
)

_MUCH_AT_ONCE = Wording(
    "prune refused",
    "This prune would remove an unusual amount at once, or its plan is not the one that was confirmed. "
    "Nothing was removed, and every prune is refused until a person confirms the plan. Backups and drills "
    "continue.",
    "The first command shows what would be removed and why the rest stays; the second removes exactly that. "
    "Confirm only what you can explain: a shorter policy or days without a prune are harmless causes; a "
    "forged document is not (docs/security.md, 'What a forged document can do').",
    (
        "scims-backup prune --dry-run --source {source}",
        "scims-backup prune --confirm {digest} --source {source}",
    ),
    is_brief=True,
)


def wording_of(event: Event) -> Wording:
    """The words for an event.

    An undone swap, a prune that requires confirmation, and counts in an engine's own words have their own.
    """
    if event.kind in COUNTED and (words := words_of(event)):
        return COUNTED[event.kind](words)
    if event.kind is Kind.PRUNE_FAILED and "digest" in event.facts:
        return _MUCH_AT_ONCE
    if event.kind is Kind.RESTORE_COMPLETED and event.facts.get("undone") is True:
        return _UNDONE
    return WORDINGS[event.kind]
