"""What restoring takes: PostgreSQL's programs, and how they are run on the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scims_backup.adapters.processes.watched import Child
from scims_backup.domain.errors import ToolMissingError
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.targets.restore_refusals import (
    MANAGED,
    OF_RDS,
    SANDBOX,
    TARGET,
    Receiver,
    refusal,
)
from scims_backup.engines.postgresql.targets.restore_session import restore_session
from scims_backup.engines.postgresql.targets.server import TargetServer
from scims_backup.engines.postgresql.targets.target_errors import RIGHTS

_SESSION = {
    # what is restored is proven before it is used: a crash meanwhile costs a new restore, and nothing else
    "synchronous_commit": "off",
    "maintenance_work_mem": "256MB",
}


@dataclass(frozen=True)
class Tools:
    """What restoring takes.

    folder: for our files
    superuser: whether the role is one
    in_english: whether it may have the server's messages in English, by which a refusal is understood
    evaluated: the source's settings by which its definitions are evaluated
    """

    server: TargetServer
    programs: ClientPrograms
    folder: Path
    superuser: bool
    in_english: bool
    evaluated: Mapping[str, str] = field(default_factory=dict)

    @property
    def major(self) -> int:
        """The programs' major version, which is the server's."""
        return int(self.programs.version.split(".")[0])

    def environment(self) -> dict[str, str]:
        """The environment of PostgreSQL's programs."""
        if self.server.own is not None:
            return self.programs.bare_environment()
        return {**self.programs.environment(), **self.server.address.environment()}

    def dsn(self, database: str) -> str:
        """Where one of the server's databases is, and its session's settings, for a program's argument."""
        return self.server.at(database).with_parameters(options=self._options()).dsn()

    def _options(self) -> str:
        given = self.server.address.parameters.get("options", "")
        session = restore_session(
            self.major,
            superuser=self.superuser,
            in_english=self.in_english,
            more={**_SESSION, **self.evaluated},
        )
        return f"{given} {session}".strip()

    def restore(
        self,
        database: str,
        arguments: Sequence[str],
        *,
        fed: bool = False,
        told: Callable[[str], None] | None = None,
    ) -> Child:
        """Start pg_restore on one of the server's databases.

        told: gets each line of its standard error.

        Raise ToolMissingError if it does not start.
        """
        program = self.programs.program("pg_restore")
        to = f"--dbname={self.dsn(database)}"
        command = [program, "--exit-on-error", "--no-tablespaces", "--no-password", to, *arguments]
        try:
            return Child(command, self.environment(), fed=fed, told=told)
        except OSError as error:
            raise ToolMissingError(f"{program} cannot be started: {error.strerror}") from error

    def finish(self, child: Child) -> None:
        """Wait for pg_restore's end. Raise RestoreFailedError, TargetError or SandboxError if it failed."""
        code = child.wait()
        if code != 0:
            own = self.server.own
            state_of = own.state_of if own is not None else _unknown
            raise refusal(child.errors(), code, self.major, self._receiver, state_of)

    @property
    def _receiver(self) -> Receiver:
        if self.server.own is not None:
            return SANDBOX
        if self.server.managed:
            return replace(MANAGED, rights=OF_RDS)
        return TARGET if self.superuser else replace(TARGET, rights=RIGHTS)


def _unknown(_message: str) -> None:
    """The log of somebody's server is not ours to read."""
