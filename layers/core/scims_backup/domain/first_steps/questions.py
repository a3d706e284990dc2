"""What `init` asks. Every question is an option too, so that a script can answer it."""

from __future__ import annotations

from dataclasses import dataclass

from scims_backup.domain.first_steps.answers import BACKUP, DRILL, Scheduler
from scims_backup.domain.first_steps.keeping import DEFAULT


@dataclass(frozen=True)
class Question:
    """One question.

    option: gives its answer on the command line; for a secret, the file that contains it
    text: how a person is asked
    default: None if it depends on other answers, or there is none
    secret: whether the answer must not be shown
    """

    option: str
    text: str
    default: str | None = None
    secret: bool = False


URL = Question(
    "--source-url", "Address of the database, without a password (postgresql://USER@HOST/DATABASE)"
)
SOURCE = Question("--source", "A name for it, which the backups will have")
PASSWORD = Question(
    "--password-file", "Password (empty: none is needed, or it is in ~/.pgpass)", default="", secret=True
)
PLACE = Question("--place", "Where to put the backups: a folder, or s3://BUCKET/PREFIX")
VAULT_KIND = Question(
    "--vault-kind", "In S3, encrypt with restic, or store plain objects (restic, s3)", "restic"
)
VAULT_PASSWORD = Question(
    "--vault-password-file", "Password of the vault that is there", default="", secret=True
)
RETENTION = Question("--retention", "How many backups to keep", DEFAULT)
NOTIFY = Question(
    "--notify-file",
    "URL to notify, e.g. mailtos://… or ntfy://… (docs/notify.md; empty: nobody)",
    default="",
    secret=True,
)
PING_BACKUP = Question(
    "--ping-backup-file",
    "URL that each backup pings, e.g. https://hc-ping.com/… (empty: none)",
    "",
    secret=True,
)
PING_DRILL = Question("--ping-drill-file", "URL that each drill pings (empty: none)", "", secret=True)
BACKUP_AT = Question("--backup-at", "When to back up every night", BACKUP)
DRILL_AT = Question("--drill-at", "When to drill every week", DRILL)
SCHEDULER = Question("--scheduler", f"What starts them ({', '.join(Scheduler)})")

ALL = (
    URL, SOURCE, PASSWORD, PLACE, VAULT_KIND, VAULT_PASSWORD, RETENTION, NOTIFY, PING_BACKUP, PING_DRILL,
    BACKUP_AT, DRILL_AT, SCHEDULER,
)  # fmt: skip
