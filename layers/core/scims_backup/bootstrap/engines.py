"""The engine of what is worked on, and what it makes of the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scims_backup.adapters.shell_probe import ShellProbe
from scims_backup.bootstrap.secrets import Secrets
from scims_backup.domain.after_restore import AfterRestore
from scims_backup.domain.errors import UsageError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.sandbox_server import ServerAddress
from scims_backup.engines.registry import ENGINES, Registry
from scims_backup.ports import (
    Address,
    AnyEngine,
    DelayedSource,
    EngineSettings,
    Examination,
    ProvableDatabase,
    Sandboxes,
    Source,
    Target,
)
from scims_backup.ports.engines import HasServerSandboxes
from scims_backup.settings.model import Secret, Settings

__all__ = ["ENGINES", "OfEngine", "Registry", "keep_apart", "refuse_other_engine"]


def keep_apart(process: MutableMapping[str, str], engines: Registry) -> None:
    """Take out of a process's environment what no connection or program may find there."""
    for engine in engines.all():
        for name in engine.keep_apart(process):
            del process[name]


@dataclass(frozen=True)
class OfEngine:
    """What one engine makes of the settings.

    environment: of this run, engines' own variables in it.
    """

    engine: AnyEngine
    settings: Settings
    environment: Mapping[str, str]
    secrets: Secrets

    def source(self) -> Source[Any] | DelayedSource[Any]:
        """Return the source. Raise UsageError or SecretError if its address cannot be known."""
        return self.engine.source(self.source_address(), self._settings)

    def sandboxes(self) -> Sandboxes[Any]:
        """Return where drills restore to."""
        return self.engine.sandboxes(self._settings)

    def server_sandboxes(self, server: ServerAddress) -> Sandboxes[Any]:
        """Return the sandbox on a server that was made for this drill.

        Raise UsageError if the engine has no such sandboxes, SecretError if the secret cannot be read.
        """
        if not isinstance(self.engine, HasServerSandboxes):
            raise UsageError(
                f"{self.engine.title} has no sandboxes on servers", "drill with SandboxKind=fargate"
            )
        credentials = self.secrets.credentials(Secret("aws", server.secret))
        return self.engine.server_sandboxes(server.host, server.port, credentials, self._settings)

    def target(self, jobs: int | None = None) -> Target[Any]:
        """Return the server that is restored to: the target URL's, else the secret's, else the source's.

        jobs: how much at once; None leaves that to the engine. Raise UsageError or SecretError.
        """
        return self.engine.target(self._restore_address(), self._settings, jobs)

    def database(self, *, show_names: bool) -> ProvableDatabase[Any]:
        """Return the database that is compared. show_names: in findings, though they may be secrets."""
        return self.engine.database(self.target_address(), replace(self._settings, show_names=show_names))

    @property
    def after_restore(self) -> AfterRestore:
        """The operator's script, if the engine runs one."""
        return self.settings.after_restore if self.engine.runs_after_restore else AfterRestore()

    def probe(self) -> ShellProbe | None:
        """Return the application's own check, if the settings name one."""
        command = self.settings.probe
        return ShellProbe(command, self.engine.without_values) if command else None

    def examination(self, clock: Callable[[], datetime]) -> Examination:
        """Return the engine's part of `doctor`."""
        return self.engine.examination(self.settings.source, self.source_address, self._settings, clock)

    def source_address(self) -> Address:
        """Return where the source is. Raise UsageError or SecretError."""
        return self.secrets.address(self.engine, self.settings.secret, self.settings.url)

    def target_address(self) -> Address:
        """Return where the database is that a URL names. Raise UsageError."""
        address: Address = self.engine.address(self.settings.target_url, None, self.environment)
        return address

    def _restore_address(self) -> Address:
        settings = self.settings
        if settings.target_url:
            return self.target_address()
        if settings.restore_secret is not None:
            return self.secrets.administrator(self.engine, settings.restore_secret, settings.url)
        return self.source_address()

    @property
    def _settings(self) -> EngineSettings:
        return EngineSettings(
            environment=self.environment,
            sandbox_dir=self.settings.sandbox_dir,
            after_restore=self.after_restore.script,
            has_after_restore=self.settings.has_after_restore,
            own=self.settings.own,
        )


def refuse_other_engine(manifest: Manifest, url: str, engines: Registry) -> None:
    """Raise UsageError if a URL is of another engine than the one that made a backup."""
    made_by, of_url = engines.of(manifest), engines.of_address(url)
    if url and of_url is not made_by:
        raise UsageError(
            f"{manifest.backup} is a backup of {made_by.title}, and the URL is one of {of_url.title}",
            f"give a URL that begins with {made_by.schemes[0]}://",
        )
