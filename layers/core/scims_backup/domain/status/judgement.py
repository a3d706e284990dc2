"""The one judgement of a source, in the words in which doctor, status, checklist and page give it."""

from __future__ import annotations

from collections.abc import Iterator

from scims_backup.domain.alert.texts import size
from scims_backup.domain.anomalies.quota import NEAR
from scims_backup.domain.health_rules import named, span
from scims_backup.domain.run_record import RunResult
from scims_backup.domain.status.source_status import SourceStatus
from scims_backup.domain.status.standing import Judged, Standing, Topic

OTHERWISE = "was proven with a different after_restore than the current setting"

_FINE, _WARNING, _CRITICAL = Standing.FINE, Standing.WARNING, Standing.CRITICAL
_SCHEDULE = (
    "check why the schedule has taken none since (its log, and BackupFailed under events/ in the catalog)"
)


def judged(status: SourceStatus) -> tuple[Judged, ...]:
    """Judge a source, one topic after another; a topic that does not apply is left out."""
    return tuple(_all(status))


def _all(status: SourceStatus) -> Iterator[Judged]:
    yield newest(status)
    yield from _runs(status)
    yield proven(status)
    yield verdict(status)
    yield from _restore_time(status)
    yield from _documents(status)
    yield from _quota(status)
    yield from _copy(status)
    yield from _alerts(status)


def newest(status: SourceStatus) -> Judged:
    """Judge the age of the newest backup. Before the first one nothing is wrong yet."""
    seen, allowed = status.newest, status.promised.backup_age
    if seen is None:
        return _unknown(Topic.NEWEST, "there is no backup yet", "take the first one: scims-backup backup")
    age = status.at - seen.taken
    if age <= allowed:
        return Judged(Topic.NEWEST, _FINE, f"{seen.backup} is {span(age)} old")
    return Judged(
        Topic.NEWEST,
        _CRITICAL,
        f"overdue: the newest backup, {seen.backup}, is {span(age)} old, limit {span(allowed)}",
        f"{_SCHEDULE}, then take one: scims-backup backup",
    )


def proven(status: SourceStatus) -> Judged:
    """Judge the age of the newest proven backup, and whether what is set now proved it."""
    age = proof_age(status)
    if status.proven is None or not status.proven_otherwise or age.standing is not _FINE:
        return age
    cure = "run a drill again: scims-backup drill"
    return Judged(Topic.PROVEN, _CRITICAL, f"{status.proven.backup} {OTHERWISE}", cure)


def proof_age(status: SourceStatus) -> Judged:
    """Judge the age of the newest proven backup, or, before the first proof, since when one is due."""
    seen, allowed = status.proven, status.promised.proof_age
    since = seen.taken if seen else status.proofs_since
    if since is None:
        return _unknown(Topic.PROVEN, "there is no backup yet", "after the first one: scims-backup drill")
    which = f"the newest proven backup, {seen.backup}," if seen else "no backup is proven; the first one"
    age = f"{which} is {span(status.at - since)} old"
    if status.at - since > allowed:
        return Judged(
            Topic.PROVEN,
            _CRITICAL,
            f"overdue: {age}, limit {span(allowed)}",
            "see the last drill's report (scims-backup show), then run a drill: scims-backup drill",
        )
    if seen is None:
        return _unknown(Topic.PROVEN, f"no drill was due yet: {age}", "scims-backup drill")
    return Judged(Topic.PROVEN, _FINE, age)


def verdict(status: SourceStatus) -> Judged:
    """Judge the verdict of the newest backup that was drilled."""
    drill = status.verdict
    if drill is None or drill.backup is None:
        return _unknown(Topic.VERDICT, "no drill has ended yet", "scims-backup drill")
    if drill.result is RunResult.PASSED:
        return Judged(Topic.VERDICT, _FINE, f"{drill.backup}: its drill passed")
    why = f": {drill.reason}" if drill.reason else ""
    if drill.result is RunResult.INCONCLUSIVE:
        return Judged(
            Topic.VERDICT,
            _WARNING,
            f"{drill.backup}: its drill was inconclusive, so it is not proven{why}",
            f"fix the cause, then run the drill again: scims-backup drill {drill.backup}",
            is_known=False,
        )
    return Judged(
        Topic.VERDICT,
        _CRITICAL,
        f"{drill.backup}: its drill FAILED{why}",
        f"see what differs (scims-backup show {drill.backup}), hold the newest proven backup (scims-backup "
        "hold newest-proven --until …), fix the cause, then back up and drill again",
    )


def _runs(status: SourceStatus) -> Iterator[Judged]:
    """A run that failed matters until a later one succeeds."""
    failed, seen = status.last_failure, status.newest
    if failed is None or (seen is not None and failed.ended <= seen.ended):
        if seen is not None:
            yield Judged(Topic.RUNS, _FINE, "no run has failed since the newest backup")
        return
    why = f": {failed.reason}" if failed.reason else ""
    yield Judged(
        Topic.RUNS,
        _WARNING,
        f"a run failed {span(status.at - failed.ended)} ago{why}",
        "fix the cause, then take a backup: scims-backup backup",
    )


def _documents(status: SourceStatus) -> Iterator[Judged]:
    """What cannot be read may say otherwise than the rest."""
    if status.unreadable:
        message = f"manifests that cannot be read: {named(status.unreadable)}"
    elif status.damaged:
        message = f"records that cannot be read: {named(status.damaged)}"
    else:
        return
    cure = "see why: scims-backup doctor; restore them from the catalog's older versions"
    yield Judged(Topic.DOCUMENTS, _WARNING, message, cure)


def _restore_time(status: SourceStatus) -> Iterator[Judged]:
    """RTO, judged by the last drill that restored the whole backup."""
    allowed, took = status.promised.restore_time, status.restore_time
    if allowed is None or status.newest is None:
        return
    if took is None:
        yield _unknown(
            Topic.RESTORE_TIME, f"no drill has shown it yet, limit {span(allowed)}", "scims-backup drill"
        )
    elif took <= allowed:
        yield Judged(
            Topic.RESTORE_TIME, _FINE, f"the last drill restored in {span(took)}, limit {span(allowed)}"
        )
    else:
        yield Judged(
            Topic.RESTORE_TIME,
            _WARNING,
            f"the last drill took {span(took)} to restore, limit {span(allowed)}",
            "see where the time went (scims-backup show), then use a faster machine or more jobs, or raise "
            "objectives.rto_minutes",
        )


def _quota(status: SourceStatus) -> Iterator[Judged]:
    quota, stored, day = status.promised.quota, status.stored_in_all, status.quota_day
    if quota is None or (stored is None and day is None):
        return
    cure = "keep fewer (the retention policy), free the space of removed ones (scims-backup reclaim), or "
    cure += "raise the quota"
    if stored is not None and stored > quota:
        yield Judged(Topic.QUOTA, _WARNING, f"{size(stored)} are stored, quota {size(quota)}", cure)
    elif day is not None and day <= (status.at + NEAR).date():
        yield Judged(Topic.QUOTA, _WARNING, f"the quota of {size(quota)} will be reached on {day}", cure)
    else:
        used = f"{size(stored)} of {size(quota)}" if stored is not None else f"quota {size(quota)}"
        yield Judged(Topic.QUOTA, _FINE, used if day is None else f"{used}, reached on {day}")


def _copy(status: SourceStatus) -> Iterator[Judged]:
    if status.copies and (status.copied or status.oldest):
        yield copy(status)


def copy(status: SourceStatus) -> Judged:
    """Judge the age of the newest copy, or, before the first one, since when one is due."""
    since = status.copied.taken if status.copied else status.oldest
    if since is None:
        return _unknown(Topic.COPY, "there is no backup yet", "after the first one: scims-backup copy")
    newest_copy = f"the newest copy, of {status.copied.backup}," if status.copied else ""
    what = newest_copy or "there is no copy; the first backup"
    age, allowed = status.at - since, status.promised.copy_age
    if age > allowed:
        return Judged(
            Topic.COPY,
            _CRITICAL,
            f"overdue: {what} is {span(age)} old, limit {span(allowed)}",
            "check why none has been made since (the schedule, its log, and CopyFailed under events/ in the "
            "catalog), then make one: scims-backup copy",
        )
    if status.copied is None:
        return _unknown(Topic.COPY, f"no copy was due yet: {what} is {span(age)} old", "scims-backup copy")
    return Judged(Topic.COPY, _FINE, f"{what} is {span(age)} old")


def _alerts(status: SourceStatus) -> Iterator[Judged]:
    """What was reported and has not ended; what somebody acknowledged is no news any more."""
    said = [f"{one.kind} since {one.since:%Y-%m-%d %H:%M}" for one in status.alerts if not one.acknowledged]
    if said:
        cure = "do what their mails say; scims-backup ack silences the reminders"
        yield Judged(Topic.ALERTS, _WARNING, f"open: {named(said)}", cure)
    elif status.alerts:
        known = named([one.kind for one in status.alerts])
        yield Judged(Topic.ALERTS, _FINE, f"open, and acknowledged: {known}")


def _unknown(topic: Topic, message: str, cure: str) -> Judged:
    return Judged(topic, _FINE, message, cure, is_known=False)
