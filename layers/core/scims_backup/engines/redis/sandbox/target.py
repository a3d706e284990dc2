"""A sandbox's server as what one archive is restored to; implements ports.Target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import TargetError, UsageError
from scims_backup.domain.verdict import Finding
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.sandbox.archive_intake import ArchiveIntake
from scims_backup.engines.redis.sandbox.database import SandboxDatabase
from scims_backup.engines.redis.sandbox.loading import Loading
from scims_backup.engines.redis.sandbox.server import RunningServer
from scims_backup.ports import Building, Progress, Surveyed

_NAME = "sandbox"


class SandboxTarget:
    """The whole server is for one archive, whose databases keep their numbers."""

    live = _NAME

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._restored = SandboxDatabase(server)

    @property
    def name(self) -> str:
        """What runs in the sandbox."""
        return f"{_NAME} with {self._server.program.title}"

    def restored_name(self, backup: BackupId) -> str:  # noqa: ARG002  there is one
        """Return the name of all that is in the sandbox."""
        return _NAME

    def check_name(self, name: str) -> None:
        """Raise UsageError unless it is the one name that there is."""
        if name != _NAME:
            raise UsageError(f"the only name in a sandbox is {_NAME}, not {name!r}", "leave --into out")

    def how_to_drop(self, name: str) -> str:  # noqa: ARG002  there is one
        """Say that nobody has to."""
        return "nothing to do: it is removed with the sandbox"

    def survey(self, like: RedisProof, archive_bytes: int, name: str) -> Sequence[Surveyed]:  # noqa: ARG002
        """Memory was looked for before the server was started."""
        return ()

    def has(self, name: str) -> bool:
        """Say whether something was loaded."""
        return name == _NAME and self._server.is_loaded

    @contextmanager
    def build(self, like: RedisProof, archive_bytes: int, progress: Progress) -> Iterator[Building]:  # noqa: ARG002
        """Load an archive, once. Raise SandboxError if the server does not take it."""
        if self._server.program.warning:
            progress.note(self._server.program.warning)
        with self._server.loading() as loading:
            yield SandboxBuilding(self._server, loading, like, self._restored, progress)

    def database(self, name: str) -> SandboxDatabase:  # noqa: ARG002  there is one
        """Return what was loaded, to be held against a proof."""
        return self._restored

    def copy(self, name: str, progress: Progress) -> AbstractContextManager[SandboxDatabase]:  # noqa: ARG002
        """Raise TargetError: a sandbox has memory for the data once."""
        raise TargetError("a sandbox cannot be copied", "the probe may write to the sandbox itself")


class SandboxBuilding:
    """An archive that is being loaded; implements ports.Building."""

    name = _NAME
    roles_created: Sequence[str] = ()
    findings: Sequence[Finding] = ()

    def __init__(
        self,
        server: RunningServer,
        loading: Loading,
        like: RedisProof,
        restored: SandboxDatabase,
        progress: Progress,
    ) -> None:
        self._server, self._restored, self._progress = server, restored, progress
        self._intake = ArchiveIntake(server, loading, like.key_list)

    def write(self, chunk: bytes) -> None:
        """Take the archive's next bytes. Raise RestoreFailedError or SandboxError."""
        self._intake.write(chunk)
        self._progress.bytes(len(chunk))

    def finish(self, progress: Progress) -> None:
        """Wait until all of it is loaded. Raise RestoreFailedError or SandboxError."""
        self._intake.finish()
        self._restored.at_hand = self._intake.at_hand
        for database, keys in self._server.keys().items():
            progress.rows(f"database {database}", keys)

    def keep(self, name: str) -> None:
        """Do nothing: it stays until the sandbox is removed. Raise TargetError for another name."""
        if name != _NAME:
            raise TargetError(f"the only name in a sandbox is {_NAME}, not {name!r}", "leave --into out")
