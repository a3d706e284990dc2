"""The options of `init`: one for each question, and how to write."""

from __future__ import annotations

from typing import Annotated

import typer

from scims_backup.domain.first_steps import questions
from scims_backup.domain.first_steps.questions import Question


def _answer(question: Question, metavar: str) -> object:
    return typer.Option(
        question.option,
        metavar=metavar,
        help=f"{question.text}.",
        rich_help_panel="Answers",
        show_default=False,
    )


def _secret(question: Question, what: str) -> object:
    """An option that names a file: a secret on the command line could be read by other users."""
    return typer.Option(
        question.option, metavar="FILE", help=f"File that contains {what}.", rich_help_panel="Answers"
    )


PasswordFile = Annotated[str | None, _secret(questions.PASSWORD, "the database's password")]
Place = Annotated[str | None, _answer(questions.PLACE, "PLACE")]
VaultKind = Annotated[str | None, _answer(questions.VAULT_KIND, "KIND")]
VaultPasswordFile = Annotated[
    str | None, _secret(questions.VAULT_PASSWORD, "the vault's password; without it a new one is made")
]
Retention = Annotated[str | None, _answer(questions.RETENTION, "COUNTS")]
NotifyFile = Annotated[str | None, _secret(questions.NOTIFY, "the URL to notify")]
PingBackupFile = Annotated[str | None, _secret(questions.PING_BACKUP, "the URL that each backup pings")]
PingDrillFile = Annotated[str | None, _secret(questions.PING_DRILL, "the URL that each drill pings")]
BackupAt = Annotated[str | None, _answer(questions.BACKUP_AT, "HH:MM")]
DrillAt = Annotated[str | None, _answer(questions.DRILL_AT, "'DAY HH:MM'")]
Scheduler = Annotated[str | None, _answer(questions.SCHEDULER, "WHAT")]
ScheduleDir = Annotated[
    str | None,
    typer.Option(
        metavar="DIR", help="Where to write the units or cron lines; by default where they are read."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing: take the options, and defaults for the rest.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite settings and schedule that are there.")]
