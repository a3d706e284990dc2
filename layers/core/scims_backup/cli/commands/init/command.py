"""`scims-backup init`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from scims_backup.cli.answer import Answer
from scims_backup.cli.commands.init import options
from scims_backup.cli.request import Request

if TYPE_CHECKING:
    from scims_backup.cli.session import Session


def init(  # noqa: PLR0913  an argument for each question
    *,
    password_file: options.PasswordFile = None,
    place: options.Place = None,
    vault_kind: options.VaultKind = None,
    vault_password_file: options.VaultPasswordFile = None,
    retention: options.Retention = None,
    notify_file: options.NotifyFile = None,
    ping_backup_file: options.PingBackupFile = None,
    ping_drill_file: options.PingDrillFile = None,
    backup_at: options.BackupAt = None,
    drill_at: options.DrillAt = None,
    scheduler: options.Scheduler = None,
    schedule_dir: options.ScheduleDir = None,
    yes: options.Yes = False,
    force: options.Force = False,
) -> Request:
    """Read the options of `init`."""
    answers = {
        "--password-file": password_file,
        "--place": place,
        "--vault-kind": vault_kind,
        "--vault-password-file": vault_password_file,
        "--retention": retention,
        "--notify-file": notify_file,
        "--ping-backup-file": ping_backup_file,
        "--ping-drill-file": ping_drill_file,
        "--backup-at": backup_at,
        "--drill-at": drill_at,
        "--scheduler": scheduler,
    }
    typed = {option: text for option, text in answers.items() if text is not None}
    return Request(partial(_run, typed=typed, schedule_dir=schedule_dir, yes=yes, force=force))


def _run(session: Session, **how: Any) -> Answer:  # noqa: ANN401
    from scims_backup.cli.commands.init.beginning import begin  # noqa: PLC0415  not to show the help

    return begin(session, **how)
