"""What a mail says for each kind of event: what it means, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from scims_backup.domain.events import Event, Kind


@dataclass(frozen=True)
class Wording:
    """The words for one kind.

    title: what happened, for subjects; meaning: what that means; advice: what to do about it;
    commands: what to look further with, where `{backup}`, `{source}`, `{topic}` and `{digest}` stand for the
    event's; headline: facts worth being in the subject, where no text is among them that says more;
    is_brief: whether the first sentence of what is said is enough for the subject.
    """

    title: str
    meaning: str
    advice: str
    commands: tuple[str, ...]
    headline: str = ""
    is_brief: bool = False


_SHOW = "scims-backup show {backup}"
_SHOW_PROVEN = "scims-backup show newest-proven --source {source}"
_LIST = "scims-backup list --source {source}"

WORDINGS = {
    Kind.BACKUP_COMPLETED: Wording(
        "backup completed with warnings",
        "The backup is complete and counts, but something about it should be known.",
        "Read the warnings. The next drill tells whether the backup restores.",
        (_SHOW,),
    ),
    Kind.BACKUP_FAILED: Wording(
        "backup failed",
        "There is no new backup. The older ones are as they were.",
        "Remove the cause, then take a backup at once: run the dump function again, or the second command.",
        (_LIST, "scims-backup backup --source {source}"),
    ),
    Kind.BACKUP_OVERDUE: Wording(
        "backup overdue",
        "The newest backup is older than it may be: what was entered since would be lost with the database.",
        "Look why runs failed or did not happen: earlier mails, the dump function's log, its schedule.",
        (_LIST, "scims-backup backup --source {source}"),
        "the newest is {newest}, {hours_allowed} hours are allowed",
    ),
    Kind.BACKUP_SIZE_ANOMALY: Wording(
        "backup of unusual size",
        "The backup is complete, but much larger or smaller than those before it.",
        "Ask whether data was removed or loaded on purpose. If not, hold the last good backup "
        "(hold --until), so that no prune removes it.",
        (_SHOW, _LIST),
        "{bytes}, {expected_bytes} are usual",
    ),
    Kind.ROW_COUNT_ANOMALY: Wording(
        "unusual number of rows",
        "The backup is complete, but tables have far more or fewer rows than in those before it.",
        "Ask whether rows were removed or loaded on purpose. If not, hold the last good backup "
        "(hold --until), so that no prune removes it.",
        (_SHOW, _LIST),
        "{rows} in all, {expected_rows} in the backup before",
    ),
    Kind.BACKUPS_PRUNED: Wording(
        "backups pruned",
        "Backups that the retention policy does not keep were removed.",
        "Nothing needs to be done.",
        (_LIST,),
    ),
    Kind.PRUNE_FAILED: Wording(
        "prune failed",
        "Something that was to be removed is still there, or could not be looked at. Space may run short.",
        "Remove the cause. The next prune tries again; the command says what it would remove.",
        ("scims-backup prune --dry-run --source {source}",),
    ),
    Kind.STORAGE_QUOTA_EXCEEDED: Wording(
        "storage quota exceeded",
        "The archives take more than they may. Backups go on, and nothing is removed for it.",
        "Keep fewer backups (the retention policy), free the space of removed ones (reclaim), or raise "
        "the quota. Older versions (noncurrent_bytes) go by themselves, as the bucket's lifecycle says.",
        ("scims-backup storage --source {source}",),
        "{source_bytes} stored, {quota_bytes} allowed",
    ),
    Kind.DRILL_STARTED: Wording(
        "drill started",
        "A backup is being restored, to prove it.",
        "Nothing needs to be done.",
        (_SHOW,),
    ),
    Kind.DRILL_PASSED: Wording(
        "drill passed",
        "The backup was restored, and is what was in the source.",
        "Nothing needs to be done.",
        (_SHOW,),
    ),
    Kind.DRILL_FAILED: Wording(
        "drill failed",
        "The backup cannot be restored, or does not give back what was in the source. Do not rely on it.",
        "Find the newest proven backup and hold it (hold --until), so that no prune removes it. Then look "
        "for the cause, and drill a new backup.",
        (_SHOW, _SHOW_PROVEN),
    ),
    Kind.DRILL_INCONCLUSIVE: Wording(
        "drill inconclusive",
        "The drill could not look. This says nothing about the backup, which stays unproven.",
        "Remove the cause and drill again.",
        (_SHOW, "scims-backup drill {backup}"),
    ),
    Kind.DRILL_OVERDUE: Wording(
        "drill overdue",
        "No backup was proven for longer than allowed. They may be fine; nobody knows.",
        "Look why drills do not run or do not end: earlier mails, the log of the drills' tasks.",
        (_LIST, _SHOW_PROVEN),
        "none since {newest}, {hours_allowed} hours are allowed",
    ),
    Kind.RESTORE_COMPLETED: Wording(
        "restore completed",
        "A backup was restored and proven. If it was swapped, the application works on it now.",
        "If it was swapped and that was a mistake, the second command brings the database before back.",
        (_SHOW, "scims-backup restore --undo --source {source}"),
        "restored as {database}",
    ),
    Kind.RESTORE_FAILED: Wording(
        "restore failed",
        "A backup was not restored, or differs from its proof. The live database is as it was.",
        "Read what went wrong. Another backup may do: see which are proven.",
        (_LIST, _SHOW_PROVEN),
    ),
    Kind.SUBSCRIPTION_UNCONFIRMED: Wording(
        "alert subscription not confirmed",
        "Somebody who is to get these mails does not get them, or nobody does.",
        "Whoever subscribed must follow the link in the mail 'AWS Notification - Subscription "
        "Confirmation'. If it is lost or expired, subscribe again.",
        ("aws sns list-subscriptions-by-topic --topic-arn {topic}",),
        "{unconfirmed} not confirmed, {confirmed} confirmed",
    ),
    Kind.COPY_COMPLETED: Wording(
        "backup copied",
        "The second copy of the backup is complete: the same bytes, checked by SHA-256.",
        "Nothing needs to be done.",
        (_SHOW,),
    ),
    Kind.COPY_FAILED: Wording(
        "copy failed",
        "There is no second copy of this backup. The backup itself is as it was, and so are earlier copies.",
        "Remove the cause, then copy it again.",
        ("scims-backup copy {backup}", "scims-backup doctor --source {source}"),
    ),
    Kind.COPY_OVERDUE: Wording(
        "copy overdue",
        "The newest backup that was copied elsewhere is older than it may be. If this place is lost, so is "
        "all that was entered since.",
        "Look why copies failed or did not happen: earlier mails, the copy function's log, its schedule.",
        ("scims-backup copy --source {source}", "scims-backup doctor --source {source}"),
        "the newest is {newest}, {hours_allowed} hours are allowed",
    ),
}
"""Every kind has one, though a mail is sent only about what calls for it."""

_UNDONE = Wording(
    "swap undone",
    "The database that was live before the last swap is live again. The one that had taken its place is "
    "put aside: nothing was restored, and nothing proven.",
    "What was written since the swap is only in the database that is put aside now. When nobody needs it "
    "any more, drop it. If undoing was the mistake, the same command swaps again.",
    (_LIST,),
    "{database} is as before the swap",
)

_MUCH_AT_ONCE = Wording(
    "prune refused",
    "Much would go at once, or something else than was confirmed. Nothing was removed, and each prune is "
    "refused until a person has looked. Backups and drills go on.",
    "The first command shows what would go, and why the rest stays; the second removes exactly that. Confirm "
    "nothing that you cannot explain: a shorter policy, or days without a prune, explain it; a forged "
    "document would, too (docs/security.md, 'What a forged document can do').",
    (
        "scims-backup prune --dry-run --source {source}",
        "scims-backup prune --confirm {digest} --source {source}",
    ),
    is_brief=True,
)


def wording_of(event: Event) -> Wording:
    """The words for an event; an undone swap, and a prune that waits for a person, have their own."""
    if event.kind is Kind.PRUNE_FAILED and "digest" in event.facts:
        return _MUCH_AT_ONCE
    if event.kind is Kind.RESTORE_COMPLETED and event.facts.get("undone") is True:
        return _UNDONE
    return WORDINGS[event.kind]
