"""The catalog's keys: a contract that other programs rely on (docs/architecture.md lists them)."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

from scims_backup.domain.backup import BackupId, is_stamp, moment_of, stamp_of
from scims_backup.domain.holds import UNREADABLE, Hold

_HOLD = re.compile(r"holds/[^/]+/([^/.]+)/[^/]+\.json")
_TOMBSTONE = re.compile(r"tombstones/[^/]+/([^/.]+)\.json")
_ORDER = "order.json"
_TASK_ASKED, _TASK_LEFT = "task-asked.json", "task-left.json"
_OF_RUN = re.compile(r"runs/[^/]+/([^/.]+)/[^/]+")
_OF_DRILL = re.compile(r"drills/(?P<source>[^/]+)/(?P<stamp>[^/]+)/(?P<drill>[^/]+)/[^/]+")
_EVENT = re.compile(r"events/\d{4}/\d\d/\d\d/([^/-]+)-[A-Za-z]+-[^/]+\.json", re.ASCII)
_MANIFEST = re.compile(r"manifests/[^/]+/([^/.]+)\.json")
_RECORD = re.compile(r"history/[^/]+/\d{4}/\d\d/([^/-]+)-([a-z]+)-[^/]+\.json", re.ASCII)
_SENT = re.compile(r"(alerted|notified)/\d{4}/\d\d/\d\d/[^/]+/(?:[^/]+/)?sent\.json", re.ASCII)
_CONDITION = re.compile(r"conditions/([^/]+)/([^/]+)/([0-9]{4,})/([^/]+)\.json")
_COPY = re.compile(r"copies/(?P<source>[^/]+)/(?P<stamp>[^/]+)/(?P<place>[0-9a-f]{16})\.json")


def manifests(source: str) -> str:
    """The prefix of every manifest of a source."""
    return f"manifests/{source}/"


def manifest(backup: BackupId) -> str:
    """The key whose presence says that the backup exists."""
    return f"{manifests(backup.source)}{backup.stamp}.json"


def is_manifest(key: str) -> bool:
    """Say whether a key is that of a manifest: something else may lie beside them."""
    return _has_stamp(_MANIFEST.fullmatch(key))


def backup_of(key: str) -> BackupId:
    """The backup that the key of a manifest or a tombstone names."""
    _, source, file = key.split("/")
    return BackupId(source, file.removesuffix(".json"))


def proofs(source: str) -> str:
    """The prefix of every proof of a source."""
    return f"proofs/{source}/"


def proofs_of(backup: BackupId) -> str:
    """The prefix of every proof of one backup."""
    return f"{proofs(backup.source)}{backup.stamp}"


def proof(backup: BackupId, attempt: int = 1) -> str:
    """The key of the backup's proof; a later attempt finds the first one's taken if that run died."""
    return f"{proofs_of(backup)}{'' if attempt == 1 else f'~{attempt}'}.json.zst"


def run_of(backup: BackupId) -> str:
    """The prefix of everything about the run that takes a backup."""
    return f"{runs(backup.source)}{backup.stamp}/"


def claim(backup: BackupId) -> str:
    """The key by which a run reserves its stamp."""
    return f"{run_of(backup)}claim.json"


def order(backup: BackupId) -> str:
    """The key of what was ordered for a backup whose archive is delivered to a later run."""
    return f"{run_of(backup)}{_ORDER}"


def is_order(key: str) -> bool:
    """Say whether a key is that of an order."""
    return is_of_run(key) and key.endswith(f"/{_ORDER}")


def failed_run(backup: BackupId, run: str) -> str:
    """The key that says that a run failed, and that its claim was given back."""
    return f"{run_of(backup)}failed-{run}.json"


def is_failed_run(key: str) -> bool:
    """Say whether a key says that a run failed."""
    return key.rpartition("/")[2].startswith("failed-")


def task_asked(backup: BackupId) -> str:
    """The key by which a run that does not fit where it runs asks for a task that takes the backup."""
    return f"{run_of(backup)}{_TASK_ASKED}"


def is_task_asked(key: str) -> bool:
    """Say whether a key asks for a task that takes a backup."""
    return is_of_run(key) and key.endswith(f"/{_TASK_ASKED}")


def task_left(backup: BackupId) -> str:
    """The key that says that a function takes a backup for which no task could be started."""
    return f"{run_of(backup)}{_TASK_LEFT}"


def is_task_left(key: str) -> bool:
    """Say whether a key leaves a backup to a function."""
    return is_of_run(key) and key.endswith(f"/{_TASK_LEFT}")


def run_attempt(backup: BackupId, word: str, attempt: int) -> str:
    """The key of what became of an attempt to start the task of a run. word: what is said, as of a drill."""
    return f"{run_of(backup)}task-{word}-{attempt}.json"


def condemned_run(backup: BackupId) -> str:
    """The key that says that what the runs of a backup left is being removed."""
    return f"{run_of(backup)}condemned.json"


def stored_by_run(backup: BackupId, run: str) -> str:
    """The key of the record of what a run stored."""
    return f"{run_of(backup)}stored-{run}.json"


def is_stored_record(key: str) -> bool:
    """Say whether a key is that of a record of what a run stored."""
    return key.rpartition("/")[2].startswith("stored-")


def runs(source: str) -> str:
    """The prefix of everything about the runs of a source."""
    return f"runs/{source}/"


def is_of_run(key: str) -> bool:
    """Say whether a key is of something about a run."""
    return _has_stamp(_OF_RUN.fullmatch(key))


def backup_of_run(key: str) -> BackupId:
    """The backup that the run was to take, by any key about it."""
    _, source, stamp, _ = key.split("/")
    return BackupId(source, stamp)


def prune_lease(source: str) -> str:
    """The key whose holder alone removes backups of a source."""
    return f"{runs(source)}prune.json"


def holds(source: str) -> str:
    """The prefix of every hold on a backup of a source."""
    return f"holds/{source}/"


def holds_of(backup: BackupId) -> str:
    """The prefix of every hold on one backup."""
    return f"{holds(backup.source)}{backup.stamp}/"


def hold(backup: BackupId, hold: Hold) -> str:
    """The key of a hold, whose name alone shows who holds until when, so that listing is enough."""
    return f"{holds_of(backup)}{hold.name}.json"


def is_hold(key: str) -> bool:
    """Say whether a key is that of a hold."""
    return _has_stamp(_HOLD.fullmatch(key))


def hold_of_key(key: str) -> tuple[BackupId, Hold]:
    """The backup that a hold's key names, and the hold; one whose name is not understood holds for ever."""
    _, source, stamp, file = key.split("/")
    name = file.removesuffix(".json")
    return BackupId(source, stamp), Hold.named(name) or UNREADABLE


def tombstones(source: str) -> str:
    """The prefix of every tombstone of a source."""
    return f"tombstones/{source}/"


def tombstone(backup: BackupId) -> str:
    """The key that says that the backup is being removed."""
    return f"{tombstones(backup.source)}{backup.stamp}.json"


def is_tombstone(key: str) -> bool:
    """Say whether a key is that of a tombstone."""
    return _has_stamp(_TOMBSTONE.fullmatch(key))


def drills(source: str) -> str:
    """The prefix of every drill of a source."""
    return f"drills/{source}/"


def drills_since(source: str) -> str:
    """The key that says since when the drills of a source are watched."""
    return f"{drills(source)}since.json"


def drills_of(backup: BackupId) -> str:
    """The prefix of every drill of one backup."""
    return f"{drills(backup.source)}{backup.stamp}/"


def drill_request(backup: BackupId, drill: str) -> str:
    """The key by which a drill reserves its name."""
    return f"{drills_of(backup)}{drill}/request.json"


def drill_of_key(key: str) -> tuple[BackupId, str] | None:
    """The backup and the name of the drill that a key is about; None if it is about none."""
    match = _OF_DRILL.fullmatch(key)
    if match is None or not is_stamp(match["stamp"]):
        return None
    return BackupId(match["source"], match["stamp"]), match["drill"]


def drill(backup: BackupId, drill: str) -> str:
    """The prefix of everything about one drill."""
    return f"{drills_of(backup)}{drill}/"


def drill_attempt(backup: BackupId, drill: str, word: str, attempt: int) -> str:
    """The key of what became of an attempt to start a drill's task.

    word: `started` reserves it, `task` says which it started, `refused` why it started none.
    """
    return f"{drills_of(backup)}{drill}/{word}-{attempt}.json"


def drill_report(backup: BackupId, drill: str) -> str:
    """The key of a drill's report."""
    return f"{drills_of(backup)}{drill}/report.json"


def drill_verdict(backup: BackupId, drill: str, verdict: str) -> str:
    """The key whose name alone tells a drill's verdict, so that listing suffices."""
    return f"{drills_of(backup)}{drill}/verdict.{verdict}.json"


def is_verdict(key: str) -> bool:
    """Say whether a key is that of a drill's verdict."""
    return key.rpartition("/")[2].startswith("verdict.") and drill_of_key(key) is not None


def drill_signed_off(backup: BackupId, drill: str) -> str:
    """The key that says that somebody answers for a drill in full, by hand."""
    return f"{drills_of(backup)}{drill}/signed-off.json"


def is_signed_off(key: str) -> bool:
    """Say whether a key is that of a signed drill."""
    return key.endswith("/signed-off.json") and drill_of_key(key) is not None


def copies(source: str) -> str:
    """The prefix of every record of a copy of a source's backups."""
    return f"copies/{source}/"


def copy_of(backup: BackupId, place: str) -> str:
    """The key that says that a backup was copied. place: the word for where, see domain.second_copy."""
    return f"{copies(backup.source)}{backup.stamp}/{place}.json"


def copy_of_key(key: str) -> tuple[BackupId, str] | None:
    """The backup that the key of a copy's record names, and the word for where; None if it is none."""
    match = _COPY.fullmatch(key)
    if match is None or not is_stamp(match["stamp"]):
        return None
    return BackupId(match["source"], match["stamp"]), match["place"]


def restored_word(database: str) -> str:
    """The word for a restored database, which may be called anything."""
    return hashlib.sha256(database.encode()).hexdigest()[:16]


def restores_of(backup: BackupId, database: str) -> str:
    """The prefix of every request to restore a backup as this database by a task."""
    return f"restores/{backup.source}/{backup.stamp}/{restored_word(database)}/"


def restore_attempt(backup: BackupId, database: str, word: str, number: int) -> str:
    """The key of a request, and of the task that does it. word: `asked` or `task`."""
    return f"{restores_of(backup, database)}{word}-{number}.json"


def vault_marker(source: str) -> str:
    """The key whose holder alone may initialise the source's vault."""
    return f"vaults/{source}.json"


def events_of(day: datetime) -> str:
    """The prefix of the events of a day, in UTC."""
    return f"events/{day.astimezone(UTC):%Y/%m/%d}/"


def event(moment: datetime, kind: str, event_id: str) -> str:
    """The key of an event, under the day it happened."""
    return f"{events_of(moment)}{stamp_of(moment)}-{kind}-{event_id}.json"


def is_event(key: str) -> bool:
    """Say whether a key is that of an event."""
    return _has_stamp(_EVENT.fullmatch(key))


def moment_of_event(key: str) -> datetime:
    """When the event of a key happened."""
    return moment_of(key.rpartition("/")[2].split("-")[0])


def kind_of_event(key: str) -> str:
    """The kind of the event of a key."""
    return key.rpartition("/")[2].split("-")[1]


def alerts_of(day: datetime) -> str:
    """The prefix of what was sent about the events of a day, in UTC."""
    return events_of(day).replace("events/", "alerted/", 1)


def alert_lease(event: str) -> str:
    """The key whose holder alone sends the mail about an event. event: its key."""
    return f"{_alert(event)}lease.json"


def alert_sent(event: str) -> str:
    """The key that says that the mail about an event was sent. event: its key."""
    return f"{_alert(event)}sent.json"


def notices_of(day: datetime) -> str:
    """The prefix of what receivers of `[notify]` got about the events of a day, in UTC."""
    return events_of(day).replace("events/", "notified/", 1)


def is_sent(key: str) -> bool:
    """Say whether a key says that a mail or a notification about an event was sent."""
    return _SENT.fullmatch(key) is not None


def event_of_sent(key: str) -> str:
    """The key of the event that a mail or a notification was sent about."""
    return "events/" + "/".join(key.split("/")[1:5]) + ".json"


def notice_lease(event: str, receiver: str) -> str:
    """The key whose holder alone notifies a receiver of an event. event: its key."""
    return f"{_notice(event)}{receiver}/lease.json"


def notice_sent(event: str, receiver: str) -> str:
    """The key that says that a receiver was notified of an event. event: its key."""
    return f"{_notice(event)}{receiver}/sent.json"


def needs_no_notice(event: str) -> str:
    """The key that says that nobody needs to be notified of an event. event: its key."""
    return f"{_notice(event)}none.json"


def history(source: str) -> str:
    """The prefix of the records of a source's runs."""
    return f"history/{source}/"


def history_of_month(source: str, month: datetime) -> str:
    """The prefix of the records of the runs that began in the month of a moment, in UTC."""
    return f"{history(source)}{month.astimezone(UTC):%Y/%m}/"


def run_record(source: str, began: datetime, kind: str, name: str) -> str:
    """The key of the record of a run. name: unique among those of its kind that began at the moment."""
    return f"{history_of_month(source, began)}{stamp_of(began)}-{kind}-{name}.json"


def summaries(source: str) -> str:
    """The prefix of the summaries of a source, at most one of which is of the keys that there are now."""
    return f"summaries/{source}/"


def summary(source: str, digest: str) -> str:
    """The key of the summary of a source's documents. digest: of the keys that were listed for it."""
    return f"{summaries(source)}{digest}.json"


def is_run_record(key: str) -> bool:
    """Say whether a key is that of the record of a run."""
    return _has_stamp(_RECORD.fullmatch(key))


def source_of_record(key: str) -> str:
    """The source that a record's key names."""
    return key.split("/")[1]


def began_of_record(key: str) -> datetime:
    """When the run began that a record's key names, in whole seconds."""
    return moment_of(key.rpartition("/")[2].split("-")[0])


def kind_of_record(key: str) -> str:
    """The kind of run that a record's key names."""
    return key.rpartition("/")[2].split("-")[1]


def name_of_record(key: str) -> str:
    """The name of the run that a record's key names; the stamp of a completed backup."""
    return key.rpartition("/")[2].removesuffix(".json").split("-", 2)[2]


PAGES = "page"
"""What the keys of the status page begin with; nothing reads them but a browser."""


def conditions(source: str = "", cause: str = "") -> str:
    """The prefix of what is known of conditions: of a cause, of a source, or all."""
    return "".join(f"{part}/" for part in ("conditions", source, cause) if part)


def condition_lease(source: str, cause: str) -> str:
    """The key whose holder alone may change the condition of a source and send mails about it."""
    return f"{conditions(source, cause)}lease.json"


def condition_record(source: str, cause: str, number: int, record: str) -> str:
    """The key of a record about a condition. record: its name, e.g. `opened`."""
    return f"{conditions(source, cause)}{number:04}/{record}.json"


def condition_of_key(key: str) -> tuple[str, str, int, str] | None:
    """The source, cause, number and record that a condition's key names; None if it is none."""
    match = _CONDITION.fullmatch(key)
    return (match[1], match[2], int(match[3]), match[4]) if match else None


def _alert(event: str) -> str:
    return f"alerted/{_of_event(event)}"


def _notice(event: str) -> str:
    return f"notified/{_of_event(event)}"


def _of_event(event: str) -> str:
    return f"{event.removeprefix('events/').removesuffix('.json')}/"


def _has_stamp(match: re.Match[str] | None) -> bool:
    return match is not None and is_stamp(match[1])
