"""The keys of runs that take a backup, from the claim to what a dead one left."""

from __future__ import annotations

import re

from scims_backup.domain.backup import BackupId
from scims_backup.domain.keys.stamps import has_stamp

_ORDER = "order.json"
_TASK_ASKED, _TASK_LEFT = "task-asked.json", "task-left.json"
_OF_RUN = re.compile(r"runs/[^/]+/([^/.]+)/[^/]+")


def runs(source: str) -> str:
    """The prefix of everything about the runs of a source."""
    return f"runs/{source}/"


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


def is_of_run(key: str) -> bool:
    """Say whether a key is of something about a run."""
    return has_stamp(_OF_RUN.fullmatch(key))


def backup_of_run(key: str) -> BackupId:
    """The backup that the run was to take, by any key about it."""
    _, source, stamp, _ = key.split("/")
    return BackupId(source, stamp)


def prune_lease(source: str) -> str:
    """The key whose holder alone removes backups of a source."""
    return f"{runs(source)}prune.json"
