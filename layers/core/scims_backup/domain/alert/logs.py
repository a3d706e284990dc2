"""Where the logs of what an event reports are."""

from __future__ import annotations

from scims_backup.domain.events import Kind

_COMPONENTS = {
    "dump": (
        Kind.BACKUP_COMPLETED,
        Kind.BACKUP_FAILED,
        Kind.BACKUP_HANDED_OVER,
        Kind.BACKUP_OVERDUE,
    ),
    "prune": (
        Kind.BACKUP_SIZE_ANOMALY,
        Kind.STORED_SIZE_ANOMALY,
        Kind.ROW_COUNT_ANOMALY,
        Kind.ROWS_LOST,
        Kind.ROWS_FROZEN,
        Kind.BACKUP_SLOW,
        Kind.BACKUPS_PRUNED,
        Kind.PRUNE_FAILED,
        Kind.STORAGE_QUOTA_EXCEEDED,
        Kind.STORAGE_QUOTA_NEAR,
    ),
    "drill": (
        Kind.DRILL_STARTED,
        Kind.DRILL_PASSED,
        Kind.DRILL_FAILED,
        Kind.DRILL_INCONCLUSIVE,
        Kind.DRILL_OVERDUE,
        Kind.SANDBOX_NOT_REMOVED,
        Kind.ROOM_RUNS_SHORT,
    ),
    "restore": (Kind.RESTORE_COMPLETED, Kind.RESTORE_FAILED),
    "copy": (Kind.COPY_COMPLETED, Kind.COPY_FAILED, Kind.COPY_OVERDUE),
    "alert": (Kind.SUBSCRIPTION_UNCONFIRMED, Kind.CONDITION_RECOVERED),
}
_OF_KIND = {kind: component for component, kinds in _COMPONENTS.items() for kind in kinds}
_WITH_TASK = ("dump", "drill", "restore", "copy")
_FUNCTIONS = {"drill": "drill-orchestrate"}
_OF_COMMAND = (
    "standard error of the command that ran (systemd: journalctl -u 'scims-*'; cron: the job's mail)"
)


def logs_of(kind: Kind, stack: str) -> tuple[str, ...]:
    """Return where to read the logs.

    stack: the name of the AWS stack whose log groups are meant; empty without AWS.
    """
    if not stack:
        return (_OF_COMMAND,)
    component = _OF_KIND[kind]
    function = f"/aws/lambda/{stack}-{_FUNCTIONS.get(component, component)}"
    return (function, f"/scims-backup/{stack}/{component}") if component in _WITH_TASK else (function,)
