"""The checks of `doctor`: which there are for what the settings name, and which need which."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.restic import ResticVault
from scims_backup.adapters.vaults.restic.restic_errors import redacted
from scims_backup.adapters.vaults.restic.s3_place import S3Repository
from scims_backup.bootstrap.clock_and_ids import clock
from scims_backup.bootstrap.engines import OfEngine
from scims_backup.bootstrap.secrets import Secrets
from scims_backup.bootstrap.watching import watched
from scims_backup.domain.engine_names import OF_OLD_DOCUMENTS, Formats
from scims_backup.domain.errors import SandboxError, ScimsBackupError
from scims_backup.domain.health import Check, NotCheckedError, Observed, fine, problem
from scims_backup.domain.health_rules import locks_seen, room_for_drill
from scims_backup.domain.status import Topic
from scims_backup.ports import Catalog, Vault
from scims_backup.ports import Examination as EngineExamination
from scims_backup.settings.model import Settings
from scims_backup.usecases.reports.examine_backups import ExamineBackups
from scims_backup.usecases.reports.examine_copy import ExamineCopy

_TOPICS = (
    Topic.NEWEST,
    Topic.RUNS,
    Topic.PROVEN,
    Topic.VERDICT,
    Topic.RESTORE_TIME,
    Topic.QUOTA,
    Topic.ALERTS,
)
"""What is judged of backups; the check `copy` looks at the other side itself."""


class Places(Protocol):
    """Where catalog and vault come from; asking for one may fail."""

    @property
    def catalog(self) -> Catalog:
        """The catalog that the settings name."""

    @property
    def vault(self) -> Vault:
        """The vault that the settings name."""

    @property
    def elsewhere(self) -> Places:
        """The other side, where second copies are."""

    def reach_elsewhere(self) -> None:
        """Assume the copier's rights. Raise VaultAccessError if the current user may not."""


@dataclass(frozen=True)
class Examination:
    """The checks that apply to what the settings name; making them looks at nothing yet.

    formats: of the engines that there are.
    """

    settings: Settings
    secrets: Secrets
    places: Places
    of_source: OfEngine
    formats: Formats = field(default_factory=lambda: OF_OLD_DOCUMENTS)

    def checks(self) -> list[Check]:
        """Return the checks in the order in which they are to run: what others need comes first."""
        return [
            *self._of_secrets(),
            *self._of_source(),
            Check("catalog", str(self.settings.catalog), self._catalog),
            *self._of_vault(),
            *self._of_backups(),
            *self._of_copy(),
            *self._on_aws(),
        ]

    def source_checks(self) -> Sequence[Check]:
        """Return the checks of the source and of the programs that read it."""
        return self._source.checks()

    def place_checks(self) -> list[Check]:
        """Return the checks of the places that backups go to; a folder that is not there is created later."""
        place = self.settings.catalog
        in_s3 = [] if isinstance(place, Path) else [Check("catalog", str(place), self._catalog)]
        return [*in_s3, *self._of_vault()]

    def _on_aws(self) -> Iterator[Check]:
        used = (self.settings.catalog, self.settings.vault)
        in_s3 = any(isinstance(place, S3Place) for place in used) or S3Repository.of(self._vault)
        if self.settings.stack or in_s3:
            from scims_backup.bootstrap.examination_aws import checks_on_aws  # noqa: PLC0415  loads boto3

            yield from checks_on_aws(self.settings)

    def _of_secrets(self) -> Iterator[Check]:
        settings = self.settings
        if settings.secret:
            yield Check("secret", str(settings.secret), partial(_readable, self.of_source.source_address))
        for name, secret in (
            ("vault-secret", settings.vault_secret),
            ("escrow-secret", settings.escrow_secret),
        ):
            if secret:
                yield Check(name, str(secret), partial(_readable, partial(self.secrets.password, secret)))

    def _of_source(self) -> Iterator[Check]:
        yield from self._source.checks()

    def _of_vault(self) -> Iterator[Check]:
        is_restic = not isinstance(self.settings.vault, S3Place)
        if is_restic:
            yield Check("restic-version", "this machine", self._restic, needs=("vault-secret",))
        yield Check(
            "vault", self._vault, self._backups.look_at_vault, needs=("vault-secret", "restic-version")
        )
        if is_restic:
            yield Check("vault-locks", self._vault, self._locks, needs=("vault",))
        if is_restic and self.settings.escrow_secret:
            yield Check("vault-escrow", self._vault, self._escrow, needs=("vault", "escrow-secret"))

    def _of_backups(self) -> Iterator[Check]:
        backups, name = self._backups, self.settings.source
        yield Check("catalog-and-vault", name, backups.look_at_agreement, needs=("catalog", "vault"))
        for topic in _TOPICS:
            yield Check(topic, name, partial(backups.look_at, topic), needs=("catalog",))
        yield Check("disk-space", str(self._sandboxes), self._room, needs=("connection", "catalog"))

    def _of_copy(self) -> Iterator[Check]:
        settings = self.settings
        if settings.copy is None:
            return
        looking = ExamineCopy(
            settings.source,
            here=lambda: self.places.catalog,
            reach=lambda: self.places.reach_elsewhere(),  # noqa: PLW0108  making the list looks at nothing
            catalog=lambda: self.places.elsewhere.catalog,
            vault=lambda: self.places.elsewhere.vault,
            clock=clock,
        )
        look = partial(looking.look, str(settings.copy.catalog), settings.objectives.copy_age)
        yield Check("copy", str(settings.copy.catalog), look)

    @cached_property
    def _source(self) -> EngineExamination:
        return self.of_source.examination(clock)

    @cached_property
    def _backups(self) -> ExamineBackups:
        settings = self.settings
        return ExamineBackups(
            watched=watched(settings, self.of_source.after_restore.sha256),
            catalog=lambda: self.places.catalog,
            vault=lambda: self.places.vault,
            clock=clock,
            longest=settings.longest_run,
            formats=self.formats,
        )

    def _catalog(self) -> Iterator[Observed]:
        place = self.settings.catalog
        if not isinstance(place, Path) or place.is_dir():
            yield from self._backups.look_at_catalog()
        elif self._is_new():
            raise NotCheckedError(
                "does not exist, and no backup is known that should be in it: the first backup creates it",
                "take the first one: scims-backup backup. If there were backups, mount its disk",
            )
        else:
            yield problem("is not there", "mount its disk; the vault has archives that it should know")

    def _is_new(self) -> bool:
        """Whether nothing was ever backed up; not if the vault cannot say, which its own check reports."""
        try:
            return self._backups.is_new()
        except ScimsBackupError:
            return False

    def _restic(self) -> Iterator[Observed]:
        yield fine(f"restic {self.places.vault.tools()['restic']}")

    def _locks(self) -> list[Observed]:
        vault = self.places.vault
        if not isinstance(vault, ResticVault):
            raise NotCheckedError("this vault has no locks")
        return locks_seen(vault.locks(), clock())

    def _escrow(self) -> Iterator[Observed]:
        vault = self.places.vault
        if not isinstance(vault, ResticVault):
            raise NotCheckedError("this vault has one password")
        seen = vault.look_at_escrow()
        if seen.opens:
            yield fine("the escrow password opens the vault")
        elif seen.marked:
            yield problem(
                "the catalog records that the escrow password was added, but it does not open the vault",
                f"remove {seen.marker} from the catalog; the next backup, or on AWS the function "
                "STACK-enrol, then adds the password again; find out who removed the key or who put the "
                "object there",
            )
        else:
            raise NotCheckedError(
                "the escrow password has not been added yet",
                "the next backup adds it; on AWS, the function STACK-enrol does",
            )

    def _room(self) -> Iterator[Observed]:
        try:
            free = shutil.disk_usage(self._sandboxes).free
        except OSError as error:
            raise SandboxError(
                f"no sandbox can be created in {self._sandboxes}: {error.strerror}",
                "create it, or set SCIMS_SANDBOX_DIR to another directory",
            ) from None
        database = self._source.bytes()
        archive = self._backups.newest_archive_bytes()
        # uncompressed, as archives are, and without indexes: the first is hardly larger than the database
        yield room_for_drill(free, database if archive is None else archive, database)

    @property
    def _sandboxes(self) -> Path:
        return self.settings.sandbox_dir or Path(tempfile.gettempdir())

    @property
    def _vault(self) -> str:
        place = self.settings.vault
        return str(place) if isinstance(place, S3Place) else redacted(place or "")


def _readable(read: Callable[[], object]) -> Iterator[Observed]:
    read()
    yield fine("can be read")
