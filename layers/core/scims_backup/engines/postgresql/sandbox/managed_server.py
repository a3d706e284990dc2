"""Sandboxes on a server that was made in RDS for one drill, where nobody of ours is superuser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scims_backup.domain.errors import OperationFailedError, SandboxError, SourceAccessError, TargetError
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.postgres_errors import GRANT
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.targets.restore_refusals import OF_RDS
from scims_backup.engines.postgresql.targets.target import PostgresTarget
from scims_backup.engines.postgresql.targets.target_errors import RIGHTS

UNSEEN = (
    "the master user of RDS may not read that, e.g. past the policies of a table with FORCE ROW LEVEL "
    "SECURITY: drill with SandboxKind=fargate"
)


@dataclass(frozen=True)
class ManagedSandboxes:
    """Where such a sandbox comes from; implements ports.Sandboxes.

    server: its address, in which the database does not matter.
    programs: the directory of PostgreSQL's programs that the settings name.
    after_restore: the operator's SQL, which a restore runs at its end.
    """

    server: Address
    programs: Path | None = None
    after_restore: str = ""

    @contextmanager
    def open(self) -> Iterator[ManagedSandbox]:
        """Open it. Whoever had the server made deletes it."""
        yield ManagedSandbox(self.server, self.programs, self.after_restore)


@dataclass(frozen=True)
class ManagedSandbox:
    """The server; implements ports.Sandbox."""

    server: Address
    programs: Path | None
    after_restore: str

    def start(self, like: Proof) -> PostgresTarget:
        """Return it, with the source's name for the database."""
        address = self.server.with_parameters(dbname=like.server.database)
        return PostgresTarget(address, self.programs, managed=True, after_restore=self.after_restore)

    def explained(self, error: OperationFailedError) -> OperationFailedError:
        """Return what a failure came from: what the server does not take is no fault of the backup's."""
        if isinstance(error, SourceAccessError) and error.cure == GRANT:
            return SandboxError(error.message, UNSEEN)
        if not isinstance(error, TargetError):
            return error
        return SandboxError(error.message, OF_RDS if error.cure == RIGHTS else error.cure)
