"""What an engine is: everything about one kind of source, in one folder below engines/.

Nothing outside that folder knows more of it than this. `bootstrap` alone takes engines from the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from scims_backup.domain.checklist import Look
from scims_backup.domain.credentials import Credentials
from scims_backup.domain.engine_names import Formats
from scims_backup.domain.health import Check
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.retention import Policy
from scims_backup.domain.words import Words
from scims_backup.ports.provable import P, ProvableDatabase
from scims_backup.ports.restores import Target
from scims_backup.ports.sandboxes import Sandboxes
from scims_backup.ports.settings_keys import Keys, NoKeys
from scims_backup.ports.sources import DelayedSource, Source


class Address(Protocol):
    """Where a source or target is, with its password apart; as a text it has no secrets."""

    def __str__(self) -> str:
        """Return what people read: server, database, role."""

    def names(self) -> Iterable[str]:
        """Return the names in it, which may be shown though a secret holds them."""


A = TypeVar("A", bound=Address)


@dataclass(frozen=True)
class EngineSettings:
    """What the settings say that engines need.

    environment: where an engine reads the variables of its own.
    sandbox_dir: where sandboxes are made; None for the system's own directory.
    after_restore: the operator's script, which a restore runs when all of an archive is there; '' for none.
    has_after_restore: whether there is such a script, though it is not needed here.
    show_names: whether findings show names that may be secrets.
    own: the engine's own keys, if it has some.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    sandbox_dir: Path | None = None
    after_restore: str = ""
    has_after_restore: bool = False
    show_names: bool = False
    own: Keys = field(default_factory=NoKeys)


@runtime_checkable
class HasKeys(Protocol):
    """An engine that has settings of its own, beside those of every source.

    keys: a dataclass of them; EngineSettings.own is an instance of it.
    """

    keys: type[Keys]


@runtime_checkable
class HasServerSandboxes(Protocol):
    """An engine whose drills can restore to a server that was made for one of them in the cloud."""

    def server_sandboxes(
        self, host: str, port: int, credentials: Credentials, settings: EngineSettings
    ) -> Sandboxes[Any]:
        """Return the sandbox on that server. credentials: its administrator's, with `username`."""


class Examination(Protocol):
    """An engine's part of `doctor`."""

    def checks(self) -> Sequence[Check]:
        """Return the checks of source, programs and sandbox; the first of them is called `connection`."""

    def bytes(self) -> int:
        """Return the size of the source, as a restore of it needs room on disk. Raise SourceError."""


class Engine(Protocol[P, A]):
    """One kind of source.

    name: in documents and settings, e.g. `postgresql`; it never changes.
    title: as people write it, e.g. `PostgreSQL`.
    format: of its archives, e.g. `custom`.
    schemes: of the URLs of its sources.
    words: what it calls the things that its proofs count.
    retention: what its backups are kept for where the settings say nothing; None: nothing is removed then.
    looks: the lines of the checklist about a restored database.
    runs_after_restore: whether its restores run the operator's script; no report names one that is not run.
    """

    name: str
    title: str
    format: str
    schemes: Sequence[str]
    words: Words
    retention: Policy | None
    looks: Sequence[Look]
    runs_after_restore: bool

    def check_address(self, url: str) -> None:
        """Raise UsageError unless a URL is an address of this engine without a secret in it."""

    def address(self, url: str, credentials: Credentials | None, environment: Mapping[str, str]) -> A:
        """Return where a source is.

        url: wins over an address in the credentials; '' if there is only that.
        credentials: None leaves the password to what the environment names.
        Raise UsageError if the environment leads elsewhere, SecretError if the credentials do not say enough.
        """

    def administrator(self, url: str, credentials: Credentials, environment: Mapping[str, str]) -> A:
        """Return how to log in where is restored to. url: the source's, '' if there is none.

        Raise as `address` does.
        """

    def keep_apart(self, environment: Mapping[str, str]) -> Sequence[str]:
        """Return the variables that no connection or program may find in the process's environment."""

    def without_values(self, text: str) -> str:
        """Return a message of the server or its programs without the data that it may quote."""

    def check_image(self, environment: Mapping[str, str]) -> None:
        """Raise ToolMissingError in a container image that was built for other servers than these."""

    def read_proof(self, data: bytes, name: str) -> P:
        """Read a proof back, stored under `name`. Raise DocumentError if damaged or of a newer version."""

    def source(self, address: A, settings: EngineSettings) -> Source[P] | DelayedSource[P]:
        """Return what is backed up; nothing is connected to yet."""

    def database(self, address: A, settings: EngineSettings) -> ProvableDatabase[P]:
        """Return a database anywhere, to be held against a proof."""

    def target(self, address: A, settings: EngineSettings, jobs: int | None) -> Target[P]:
        """Return the server that a backup is restored to. jobs: how much at once; None leaves that to it."""

    def sandboxes(self, settings: EngineSettings) -> Sandboxes[P]:
        """Return where drills restore to on this machine."""

    def examination(
        self,
        source: str,
        address: Callable[[], A],
        settings: EngineSettings,
        clock: Callable[[], datetime],
    ) -> Examination:
        """Return what `doctor` checks.

        source: its name.
        address: may fail.
        """


AnyEngine = Engine[Any, Any]
"""An engine, whatever its proofs and addresses are."""


class Engines(Protocol):
    """The engines that there are."""

    def of(self, manifest: Manifest) -> AnyEngine:
        """Return the engine that made a backup. Raise UnknownEngineError if this program does not have it."""

    def of_address(self, url: str) -> AnyEngine:
        """Return the engine of a URL's scheme; PostgreSQL for what has none."""

    def formats(self) -> Formats:
        """Return the format of each engine's archives, by the engine's name."""
