"""PostgreSQL as an engine: where its parts are; what loads psycopg is loaded when it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scims_backup.domain.checklist import Look
from scims_backup.domain.credentials import Credentials
from scims_backup.domain.retention import Policy
from scims_backup.domain.words import ROWS_OF_TABLES
from scims_backup.engines.postgresql.connect.libpq_environment import variables_in
from scims_backup.engines.postgresql.rules.image import refuse_other_image
from scims_backup.engines.postgresql.rules.looks import LOOKS
from scims_backup.engines.postgresql.rules.proof import MADE_BY, Proof
from scims_backup.engines.postgresql.settings import PostgresqlKeys
from scims_backup.ports.engines import EngineSettings
from scims_backup.ports.settings_keys import Keys

if TYPE_CHECKING:
    from scims_backup.engines.postgresql.connect.address import Address
    from scims_backup.engines.postgresql.doctor import SourceExamination
    from scims_backup.engines.postgresql.dumping.source import PostgresSource
    from scims_backup.engines.postgresql.proving.provable import PostgresDatabase
    from scims_backup.engines.postgresql.sandbox.local_cluster import LocalSandboxes
    from scims_backup.engines.postgresql.sandbox.managed_server import ManagedSandboxes
    from scims_backup.engines.postgresql.targets.target import PostgresTarget


class PostgresqlEngine:
    """PostgreSQL 14 to 18; implements ports.Engine."""

    name = MADE_BY.engine
    title = "PostgreSQL"
    format = MADE_BY.format
    schemes: Sequence[str] = ("postgresql", "postgres")
    words = ROWS_OF_TABLES
    retention: Policy | None = None
    looks: Sequence[Look] = LOOKS
    runs_after_restore = True
    keys: type[Keys] = PostgresqlKeys

    def check_address(self, url: str) -> None:
        """Raise UsageError unless a URL is libpq's, without a secret in it."""
        from scims_backup.engines.postgresql.connect.address import Address  # noqa: PLC0415  loads psycopg

        Address.parse(url)

    def address(self, url: str, credentials: Credentials | None, environment: Mapping[str, str]) -> Address:
        """Return where a source is."""
        from scims_backup.engines.postgresql.connect.log_in import address_of  # noqa: PLC0415  loads psycopg

        return address_of(url, credentials, environment)

    def administrator(self, url: str, credentials: Credentials, environment: Mapping[str, str]) -> Address:
        """Return how to log in where is restored to."""
        from scims_backup.engines.postgresql.connect.log_in import (  # noqa: PLC0415  loads psycopg
            administrator_of,
        )

        return administrator_of(url, credentials, environment)

    def keep_apart(self, environment: Mapping[str, str]) -> Sequence[str]:
        """Return libpq's variables."""
        return variables_in(environment)

    def without_values(self, text: str) -> str:
        """Return a message without DETAIL, CONTEXT and the values in it."""
        from scims_backup.engines.postgresql.connect.postgres_errors import (  # noqa: PLC0415  loads psycopg
            scrubbed,
        )

        return scrubbed(text)

    def check_image(self, environment: Mapping[str, str]) -> None:
        """Raise ToolMissingError in an image with the programs of another major version."""
        refuse_other_image(environment)

    def read_proof(self, data: bytes, name: str) -> Proof:
        """Read a proof back."""
        return Proof.from_bytes(data, name)

    def source(self, address: Address, settings: EngineSettings) -> PostgresSource:
        """Return a database to dump."""
        from scims_backup.engines.postgresql.dumping.source import (  # noqa: PLC0415  loads psycopg
            PostgresSource,
        )

        programs = _programs(settings)
        return PostgresSource(address, programs, has_after_restore=settings.has_after_restore)

    def database(self, address: Address, settings: EngineSettings) -> PostgresDatabase:  # noqa: ARG002  none needed
        """Return a database to hold against a proof."""
        from scims_backup.engines.postgresql.proving.provable import (  # noqa: PLC0415  loads psycopg
            PostgresDatabase,
        )

        return PostgresDatabase(address)

    def target(self, address: Address, settings: EngineSettings, jobs: int | None) -> PostgresTarget:
        """Return a server to restore to."""
        from scims_backup.engines.postgresql.targets.target import (  # noqa: PLC0415  loads psycopg
            PostgresTarget,
        )

        return PostgresTarget(address, _programs(settings), jobs, after_restore=settings.after_restore)

    def sandboxes(self, settings: EngineSettings) -> LocalSandboxes:
        """Return disposable clusters on this machine."""
        from scims_backup.engines.postgresql.sandbox.local_cluster import (  # noqa: PLC0415  loads psycopg
            LocalSandboxes,
        )

        return LocalSandboxes(settings.sandbox_dir, _programs(settings), settings.after_restore)

    def server_sandboxes(
        self, host: str, port: int, credentials: Credentials, settings: EngineSettings
    ) -> ManagedSandboxes:
        """Return the sandbox on a server that was made for one drill; TLS or nothing."""
        from scims_backup.engines.postgresql.connect.address import Address  # noqa: PLC0415  loads psycopg
        from scims_backup.engines.postgresql.sandbox.managed_server import (  # noqa: PLC0415  loads psycopg
            ManagedSandboxes,
        )

        place = {"host": host, "port": str(port), "user": str(credentials.entries["username"])}
        server = Address({**place, "sslmode": "require"}, credentials.password, filled={})
        return ManagedSandboxes(server, _programs(settings), settings.after_restore)

    def examination(
        self,
        source: str,
        address: Callable[[], Address],
        settings: EngineSettings,
        clock: Callable[[], datetime],
    ) -> SourceExamination:
        """Return what `doctor` looks at."""
        from scims_backup.engines.postgresql.doctor import SourceExamination  # noqa: PLC0415  loads psycopg

        return SourceExamination(source, address, _programs(settings), clock)


def _programs(settings: EngineSettings) -> Path | None:
    return settings.own.programs if isinstance(settings.own, PostgresqlKeys) else None
