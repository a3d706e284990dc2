"""A drill on the server where it would count: its sandbox is a new database there, dropped at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from scims_backup.adapters.postgres.targets.folders import own_folder
from scims_backup.adapters.processes import CHUNK_BYTES
from scims_backup.domain.errors import SandboxError, TargetError
from scims_backup.domain.proof import Proof
from scims_backup.ports import Building, Progress, ProvableDatabase, Sandbox, Target


class TargetSandboxes:
    """Sandboxes on a target server; implements ports.Sandboxes."""

    def __init__(self, target: Target, progress: Progress) -> None:
        self._target, self._progress = target, progress

    @contextmanager
    def open(self) -> Iterator[Sandbox]:
        """Open one, after removing what a killed restore left behind."""
        with _as_sandbox(), own_folder(self._progress) as folder, ExitStack() as opened:
            yield TargetSandbox(self._target, folder / "archive", opened, self._progress)


class TargetSandbox:
    """A database beside the live one; implements ports.Sandbox."""

    def __init__(self, target: Target, archive: Path, opened: ExitStack, progress: Progress) -> None:
        self._target, self._archive, self._opened, self._progress = target, archive, opened, progress
        self._building: Building | None = None

    def spool(self) -> Path:
        """Return the path where the archive is to be fetched to."""
        return self._archive

    def start(self, like: Proof) -> None:
        """Create the database, and the roles that are not there. Raise SandboxError."""
        length = self._archive.stat().st_size
        with _as_sandbox():
            self._building = self._opened.enter_context(self._target.build(like, length, self._progress))
        if self._building.roles_created:
            created = ", ".join(self._building.roles_created)
            self._progress.note(f"roles were created, and have no passwords yet: {created}")

    def restore(self, progress: Progress) -> ProvableDatabase:
        """Restore the spooled archive. Raise RestoreFailedError, or SandboxError: the server's fault."""
        if self._building is None:
            raise SandboxError("the database was not created", "start before restoring")
        with _as_sandbox(), self._archive.open("rb") as archive:
            while chunk := archive.read(CHUNK_BYTES):
                self._building.write(chunk)
            self._building.finish(progress)
        return self._target.database(self._building.name)


@contextmanager
def _as_sandbox() -> Iterator[None]:
    """What the server lacks says nothing about the backup."""
    try:
        yield
    except TargetError as error:
        raise SandboxError(error.message, error.cure) from error
