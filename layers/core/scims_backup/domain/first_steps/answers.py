"""The answers to the questions of `init`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from scims_backup.domain.first_steps.times import Daily, Weekly

BACKUP, DRILL = "02:00", "Sun 04:00"
"""When backup and drill run by default."""


class Secrets(StrEnum):
    """What `init` keeps in files of their own beside the document; the value is the file's name."""

    DATABASE = "database-password"
    VAULT = "vault-password"
    NOTIFY = "notify-url"
    PING_BACKUP = "ping-url-backup"
    PING_DRILL = "ping-url-drill"


class Scheduler(StrEnum):
    """What starts the commands at their times."""

    SYSTEMD = "systemd"
    CRON = "cron"
    NONE = "none"


@dataclass(frozen=True)
class Answers:
    """All answers; before a question was asked, its default.

    source: its name; url: its address, without a password
    catalog, vault: addresses, as in the settings document
    retention: how many to keep, by period; empty keeps all
    secrets: where the document finds each secret, e.g. `file:vault-password`; those that there are
    backup, drill: when they run
    """

    source: str = ""
    url: str = ""
    catalog: str = ""
    vault: str = ""
    retention: Mapping[str, int] = field(default_factory=dict)
    secrets: Mapping[Secrets, str] = field(default_factory=dict)
    backup: Daily = field(default_factory=lambda: Daily.parse(BACKUP))
    drill: Weekly = field(default_factory=lambda: Weekly.parse(DRILL))
    scheduler: Scheduler = Scheduler.NONE

    def with_secret(self, secret: Secrets, place: str) -> Answers:
        """Return the same with one more secret."""
        return replace(self, secrets={**self.secrets, secret: place})
