"""What use cases are made of: catalog, vault, secrets and engine, as the settings name them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from scims_backup.adapters.catalogs.folder import FolderCatalog
from scims_backup.adapters.s3.place import S3Place
from scims_backup.adapters.vaults.restic import ResticVault
from scims_backup.bootstrap.clock_and_ids import clock
from scims_backup.bootstrap.engines import OfEngine
from scims_backup.bootstrap.event_log import event_log
from scims_backup.bootstrap.protection import Protection
from scims_backup.bootstrap.secrets import Secrets
from scims_backup.domain.engine_names import Formats
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.retention import Policy
from scims_backup.engines.registry import ENGINES, Registry
from scims_backup.ports import (
    AnyEngine,
    Catalog,
    Progress,
    Vault,
)
from scims_backup.runtime.logs import Redactor
from scims_backup.settings.model import Settings
from scims_backup.usecases.alerts.event_log import EventLog

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from scims_backup.adapters.aws.access import Access


def _names(settings: Settings) -> Iterator[str]:
    """What the settings call things, which is shown wherever they are spoken of."""
    yield from (settings.source, settings.url, settings.target_url, str(settings.catalog))
    yield from (str(named) for named in (settings.vault, settings.application_role, settings.stack) if named)
    yield from (
        str(secret)
        for secret in (
            settings.secret,
            settings.vault_secret,
            settings.escrow_secret,
            settings.restore_secret,
            *(receiver.url for receiver in settings.receivers.values()),
        )
        if secret
    )


def catalog_at(place: Path | S3Place, client: Callable[[], S3Client]) -> Catalog:
    """Return the catalog at a place. client: makes what it needs to reach S3."""
    if isinstance(place, Path):
        return FolderCatalog(place)
    from scims_backup.adapters.catalogs.s3 import S3Catalog  # noqa: PLC0415  loads boto3, which is slow

    return S3Catalog(client(), place)


def s3_client(access: Access | None = None) -> S3Client:
    """Return a client of S3. access: how it is reached; None for as the environment says."""
    from scims_backup.adapters.s3.client import new_client  # noqa: PLC0415  as above

    return new_client(access) if access else new_client()


def retention_of(settings: Settings, engine: AnyEngine) -> Policy:
    """Return what the settings say, though that is to remove nothing; else what the engine proposes."""
    return settings.retention if settings.retention is not None else engine.retention or Policy()


class Components:
    """Made from the settings when they are needed.

    environment: where secrets named `env:NAME` are read, at the moment they are needed.
    access: how S3 is reached; None for as the environment says.
    engines: the kinds of sources that there are.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        progress: Progress,
        redactor: Redactor,
        access: Access | None = None,
        engines: Registry = ENGINES,
    ) -> None:
        self.access = access
        self._engines = engines
        self._settings = settings
        self._environment = environment
        self._progress = progress
        self._redactor = redactor
        redactor.know_names(_names(settings))

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog that the settings name."""
        return catalog_at(self._settings.catalog, lambda: self._s3)

    @cached_property
    def vault(self) -> Vault:
        """The vault that the settings name.

        Raise UsageError if they name none, or SecretError if its password cannot be read.
        """
        place = self._settings.vault
        if isinstance(place, S3Place):
            return self._s3_vault(place)
        return ResticVault(
            place or "",
            self._settings.source,
            self.catalog,
            self._secrets.for_restic(self._settings.vault_secret),
            clock=clock,
            sleep=time.sleep,
            escrow=self._secrets.escrow(self._settings.escrow_secret, self._settings.escrow_by),
        )

    def _s3_vault(self, place: S3Place) -> Vault:
        from scims_backup.adapters.vaults.s3 import S3Vault  # noqa: PLC0415  as above

        settings = self._settings
        return S3Vault(
            self._s3,
            place,
            settings.source,
            self.catalog,
            clock=clock,
            encryption_key=settings.encryption_key,
            lock=settings.object_lock and replace(settings.object_lock, policy=self._retention),
        )

    @cached_property
    def _s3(self) -> S3Client:
        return s3_client(self.access)

    @cached_property
    def _secrets(self) -> Secrets:
        return Secrets(self._environment, self._redactor)

    @cached_property
    def _events(self) -> EventLog:
        return event_log(self._settings.source, self.catalog, self._progress)

    @property
    def _formats(self) -> Formats:
        """The formats of the engines that there are."""
        return self._engines.formats()

    @property
    def _retention(self) -> Policy:
        """What the settings say, though that is to remove nothing; else the engine's own."""
        return retention_of(self._settings, self._engine_of_source)

    @property
    def _engine_of_source(self) -> AnyEngine:
        return self._engines.of_source(self._settings.engine, self._settings.url)

    @property
    def _of_source(self) -> OfEngine:
        return self._of(self._engine_of_source)

    def _made_by(self, manifest: Manifest) -> OfEngine:
        return self._of(self._engines.of(manifest))

    def _at(self, url: str) -> OfEngine:
        return self._of(self._engines.of_address(url))

    def _of(self, engine: AnyEngine) -> OfEngine:
        self._progress.words = engine.words
        return OfEngine(engine, self._settings, self._environment, self._secrets)

    @property
    def _protection(self) -> Protection:
        return Protection(self._settings, self.catalog, self.vault, lambda: self._s3, self._retention)

    def _note_missing_catalog(self) -> None:
        place = self._settings.catalog
        if isinstance(place, Path) and not place.is_dir():
            self._progress.note(f"there is no catalog at {place} yet: is its disk mounted?")

    def _note_missing_copy(self) -> None:
        if self._settings.copy is None:
            source = self._settings.source
            self._progress.note(f"no second copy of {source} is configured ([sources.{source}.copy])")
