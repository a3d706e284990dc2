"""What a command works with, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.errors import UsageError
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.second_copy import LONGEST_COPY
from scims_backup.ports.settings_keys import Keys, NoKeys
from scims_backup.settings.copying import CopySettings
from scims_backup.settings.flags import Flags, Needs
from scims_backup.settings.notifying import Receiver
from scims_backup.settings.objectives import Objectives
from scims_backup.settings.outside import MachineKeys
from scims_backup.settings.places import Secret
from scims_backup.settings.source_keys import SourceKeys

__all__ = ["CopySettings", "Flags", "Needs", "Objectives", "Secret", "Settings", "no_copy"]


@dataclass(frozen=True)
class Settings(SourceKeys, MachineKeys):
    """Everything one command works with; what it did not need may be empty.

    catalog: a folder, or a place in S3
    own: the keys of the source's engine, as they are written
    selector: a backup id, `newest` or `newest-proven`
    url: of the source, without a password; empty where the secret holds the address too
    vault: restic's name for a repository, or a place in S3
    target_url: as url, of the database that is compared or restored beside
    probe: a shell's command
    after_restore: the operator's SQL, as far as it was needed
    has_after_restore: whether there is some
    labels: of the backup that is taken
    receivers: who is notified, by the names that the operator gave them
    """

    source: str
    catalog: Path | S3Place
    selector: str = "newest"
    url: str = ""
    vault: str | S3Place | None = None
    target_url: str = ""
    application_role: str | None = None
    expectations: tuple[Expectation, ...] = ()
    probe: str | None = None
    after_restore: AfterRestore = field(default_factory=AfterRestore)
    has_after_restore: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    own: Keys = field(default_factory=NoKeys)

    @property
    def second(self) -> CopySettings:
        """Where the second copy is stored. Raise UsageError if none is configured."""
        if self.copy is None:
            raise UsageError(*no_copy(self.source))
        return self.copy

    @property
    def longest_copy(self) -> timedelta:
        """How long a copy may take: no less than a run that is copied."""
        return max(LONGEST_COPY, self.longest_run)

    @property
    def of_copy(self) -> Settings:
        """The settings of the other side, for copying to it. Raise UsageError if there is none."""
        return Settings(
            source=self.source,
            catalog=self.second.catalog,
            vault=self.second.vault,
            vault_secret=self.second.vault_secret,
            encryption_key=self.second.encryption_key,
            object_lock=self.second.object_lock,
            longest_run=self.longest_copy,
            objectives=self.objectives,
        )


def no_copy(source: str) -> tuple[str, str]:
    """Say that the settings name no place for a second copy, and the cure."""
    return (
        f"the settings define no second copy of {source}",
        f"add [sources.{source}.copy] with catalog and vault to the settings document (docs/cli.md)",
    )
