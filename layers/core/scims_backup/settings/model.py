"""What can be set, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from scims_backup.adapters.s3.place import Place
from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.backup import LONGEST_RUN
from scims_backup.domain.copying import COPY_AGE, LONGEST_COPY
from scims_backup.domain.errors import UsageError
from scims_backup.domain.expectations import Expectation
from scims_backup.domain.health_rules import BACKUP_AGE, PROOF_AGE
from scims_backup.domain.object_lock import ObjectLock
from scims_backup.domain.retention import Policy


@dataclass(frozen=True)
class Flags:
    """What the user typed after the command; None where nothing was typed.

    selector: a backup id, `newest` or `newest-proven`; expect: a file of expectations; probe: a command;
    stack: the AWS stack's name; after_restore: a file of SQL.
    """

    source: str | None = None
    source_url: str | None = None
    catalog: str | None = None
    vault: str | None = None
    config: str | None = None
    selector: str | None = None
    expect: str | None = None
    probe: str | None = None
    target_url: str | None = None
    stack: str | None = None
    after_restore: str | None = None


@dataclass(frozen=True)
class Needs:
    """What a command needs besides the source's name and the catalog.

    url: the source's address; target: another one, typed; restore: that of the server that is restored to;
    after_restore: the text of the SQL, not only whether there is some; vault_if_named: the vault, but only
    where one is named; copy: the other side's place.
    """

    url: bool = False
    vault: bool = False
    expectations: bool = False
    target: bool = False
    restore: bool = False
    after_restore: bool = False
    copy: bool = False
    vault_if_named: bool = False


@dataclass(frozen=True)
class Secret:
    """Where a password is, never the password itself: `env:NAME`, `file:PATH` or `aws:NAME-OR-ARN`."""

    kind: str
    where: str

    @property
    def is_remote(self) -> bool:
        """Whether it is in AWS Secrets Manager, which this class does not read."""
        return self.kind == "aws"

    def read(self, environment: Mapping[str, str]) -> str:
        """Return what is in a variable or a file. Raise UsageError that says where nothing was found."""
        value = environment.get(self.where, "") if self.kind == "env" else self._file()
        if not value:
            raise UsageError(f"the secret {self} is empty or not set", "put the password there")
        return value

    def _file(self) -> str:
        try:
            return Path(self.where).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise UsageError(
                f"the secret {self} cannot be read: {reason}", "check the path and its permissions"
            ) from None

    def __str__(self) -> str:
        return f"{self.kind}:{self.where}"


@dataclass(frozen=True)
class Objectives:
    """What the deployment promises itself; None where it promises nothing."""

    rpo_hours: float | None = None
    proof_age_days: float | None = None
    rto_minutes: float | None = None
    copy_age_days: float | None = None

    @property
    def backup_age(self) -> timedelta:
        """How old the newest backup may be."""
        return timedelta(hours=self.rpo_hours) if self.rpo_hours else BACKUP_AGE

    @property
    def proof_age(self) -> timedelta:
        """How long ago a backup may last have been proven."""
        return timedelta(days=self.proof_age_days) if self.proof_age_days else PROOF_AGE

    @property
    def copy_age(self) -> timedelta:
        """How old the newest copied backup may be."""
        return timedelta(days=self.copy_age_days) if self.copy_age_days else COPY_AGE


@dataclass(frozen=True)
class CopySettings:
    """The `[sources.NAME.copy]` of a settings document: where a second copy of the source's backups lies.

    catalog, vault: as in Settings; vault_secret, encryption_key, object_lock: as in SourceSettings;
    which: what is copied where no backup is named; endpoint, region, profile, role, external_id: how the
    other side's S3 is reached, None where as this side's; credentials: of an access key, as JSON;
    environment: variables of restic's on the other side.
    """

    catalog: Path | Place
    vault: str | Place
    vault_secret: Secret | None = None
    encryption_key: str | None = None
    object_lock: ObjectLock | None = None
    which: str = "newest"
    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    role: str | None = None
    external_id: str | None = None
    credentials: Secret | None = None
    environment: Mapping[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceSettings:
    """One `[sources.NAME]` of a settings document.

    secret: of the database's password, and of its address too where `url` is None;
    vault_secret: of the restic repository's password; escrow_secret: of one more that opens it;
    encryption_key: the KMS key for archives in S3, None for the bucket's default; quota: bytes;
    longest_run: a backup's run that takes longer counts as dead;
    restore_secret: of the role that restores, and of its server's address if it tells one;
    expectations_file, after_restore_file: read only by commands that need them; probe: a shell's command;
    copy: where a second copy lies, None if there is to be none.
    """

    url: str | None = None
    secret: Secret | None = None
    vault: str | None = None
    vault_secret: Secret | None = None
    escrow_secret: Secret | None = None
    restore_secret: Secret | None = None
    encryption_key: str | None = None
    object_lock: ObjectLock | None = None
    retention: Policy = field(default_factory=Policy)
    quota: int | None = None
    longest_run: timedelta | None = None
    objectives: Objectives = field(default_factory=Objectives)
    application_role: str | None = None
    expectations: tuple[Expectation, ...] = ()
    expectations_file: Path | None = None
    probe: str | None = None
    after_restore_file: Path | None = None
    after_restore_sql: str | None = None
    copy: CopySettings | None = None


@dataclass(frozen=True)
class Document:
    """A settings document. path: where it was read, a file or a variable; quota: bytes, of all sources."""

    path: str = ""
    catalog: str | None = None
    quota: int | None = None
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """Everything one command works with; what it did not need may be empty.

    url: libpq's, without a password, empty where the secret holds the address too; catalog: a folder, or a
    place in S3; vault: restic's name for a repository, or a place in S3;
    secret, vault_secret, escrow_secret, restore_secret: as in SourceSettings; escrow_by: the function that
    adds the escrow password, empty if a backup does;
    quota: bytes that the source's archives may take;
    longest_run: a backup's run that takes longer counts as dead; probe: as in SourceSettings;
    selector: a backup id, `newest` or `newest-proven`; stack: the AWS stack's name, None if none was given;
    after_restore: the operator's SQL, as far as it was needed; has_after_restore: whether there is some;
    copy: where a second copy lies, None if there is to be none.
    """

    source: str
    catalog: Path | Place
    selector: str = "newest"
    url: str = ""
    secret: Secret | None = None
    vault: str | Place | None = None
    vault_secret: Secret | None = None
    escrow_secret: Secret | None = None
    escrow_by: str = ""
    restore_secret: Secret | None = None
    encryption_key: str | None = None
    object_lock: ObjectLock | None = None
    target_url: str = ""
    application_role: str | None = None
    expectations: tuple[Expectation, ...] = ()
    probe: str | None = None
    retention: Policy = field(default_factory=Policy)
    quota: int | None = None
    longest_run: timedelta = LONGEST_RUN
    objectives: Objectives = field(default_factory=Objectives)
    sandbox_dir: Path | None = None
    stack: str | None = None
    after_restore: AfterRestore = field(default_factory=AfterRestore)
    has_after_restore: bool = False
    copy: CopySettings | None = None

    @property
    def second(self) -> CopySettings:
        """Where a second copy lies. Raise UsageError if there is to be none."""
        if self.copy is None:
            raise UsageError(*no_copy(self.source))
        return self.copy

    @property
    def longest_copy(self) -> timedelta:
        """How long a copy may take: no less than a run that is copied."""
        return max(LONGEST_COPY, self.longest_run)

    @property
    def of_copy(self) -> Settings:
        """The settings of the other side, for whoever copies to it. Raise UsageError if there is none."""
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
        f"the settings name no place for a second copy of {source}",
        f"add [sources.{source}.copy] with catalog and vault to the settings document (docs/cli.md)",
    )
