"""Where adapters are chosen, and clock, timer and ids come from; nothing else knows which there are."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property, partial
from uuid import uuid4

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.postgres.address import Address
from scims_backup.adapters.postgres.provable import PostgresDatabase
from scims_backup.adapters.postgres.source import PostgresSource
from scims_backup.adapters.sandboxes.local_cluster import LocalSandboxes
from scims_backup.adapters.vaults.restic import ResticVault
from scims_backup.domain.manifest import Manifest
from scims_backup.observability import Redactor
from scims_backup.ports import Catalog, Progress, ProvableDatabase, Vault
from scims_backup.settings.model import Settings
from scims_backup.usecases.compare_database import CompareDatabase
from scims_backup.usecases.list_backups import ListBackups
from scims_backup.usecases.run_drill import RunDrill
from scims_backup.usecases.take_backup import TakeBackup
from scims_backup.usecases.verify_backup import VerifyBackup


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid4().hex


class Application:
    """The use cases, ready to run on what the settings name.

    environment: where secrets named `env:NAME` are read, at the moment they are needed.
    """

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], progress: Progress, redactor: Redactor
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._progress = progress
        self._redactor = redactor

    def take_backup(self) -> TakeBackup:
        """Ready to back the source up. Raise UsageError if its secret cannot be read."""
        return TakeBackup(
            source_name=self._settings.source,
            source=PostgresSource(self._source_address(), self._settings.postgresql_bin),
            vault=self._vault,
            catalog=self._catalog,
            clock=_now,
            new_id=_new_id,
            progress=self._progress,
        )

    def list_backups(self) -> ListBackups:
        """Ready to list and choose."""
        if not self._settings.catalog.is_dir():
            self._progress.note(f"there is no catalog at {self._settings.catalog} yet: is its disk mounted?")
        return ListBackups(self._catalog)

    def chosen(self) -> Manifest:
        """The backup that the command is about. Raise NothingToWorkOnError if there is none."""
        return self.list_backups().choose(self._settings.source, self._settings.selector)

    def run_drill(self) -> RunDrill:
        """Ready to drill."""
        sandboxes = LocalSandboxes(
            database=partial(PostgresDatabase, ours=True),
            root=self._settings.sandbox_dir,
            programs=self._settings.postgresql_bin,
        )
        return RunDrill(
            vault=self._vault,
            catalog=self._catalog,
            sandboxes=sandboxes,
            clock=_now,
            timer=time.monotonic,
            new_id=_new_id,
            progress=self._progress,
        )

    def compare_database(self) -> CompareDatabase:
        """Ready to compare."""
        return CompareDatabase(self._catalog, time.monotonic, self._progress)

    def target(self) -> ProvableDatabase:
        """The database that is compared."""
        return PostgresDatabase(Address.parse(self._settings.target_url))

    def target_name(self) -> str:
        """How the database that is compared is called, without secrets."""
        return str(Address.parse(self._settings.target_url))

    def verify_backup(self) -> VerifyBackup:
        """Ready to verify."""
        return VerifyBackup(self._vault, self._catalog, self._progress)

    def _source_address(self) -> Address:
        secret = self._settings.secret
        password = None if secret is None else secret.read(self._environment)
        self._redactor.learn(password or "")
        return Address.parse(self._settings.url, password)

    @cached_property
    def _catalog(self) -> Catalog:
        return FolderCatalog(self._settings.catalog)

    @cached_property
    def _vault(self) -> Vault:
        settings = self._settings
        return ResticVault(
            settings.repository,
            settings.source,
            self._catalog,
            self._environment,
            clock=_now,
            sleep=time.sleep,
        )
