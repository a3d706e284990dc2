"""Sandboxes on this machine: a fresh cluster in a temporary directory."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scims_backup.adapters.processes.accounts import Account
from scims_backup.adapters.processes.sandbox_directory import SandboxDirectory, new_place
from scims_backup.adapters.processes.uninterrupted import uninterrupted
from scims_backup.domain.alert.texts import size
from scims_backup.domain.errors import OperationFailedError, SandboxError, TargetError, ToolMissingError
from scims_backup.domain.room import DRILL_STORAGE, Medium, Room
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.sandbox.cluster import Cluster
from scims_backup.engines.postgresql.sandbox.preloading import preloading
from scims_backup.engines.postgresql.sandbox.preparation import remove_namesake
from scims_backup.engines.postgresql.targets.own_server import OwnServer
from scims_backup.engines.postgresql.targets.refusal_table import CONNECTION_LOST
from scims_backup.engines.postgresql.targets.target import PostgresTarget


@dataclass(frozen=True)
class LocalSandboxes:
    """Where local sandboxes come from; implements ports.Sandboxes.

    root: the directory to work in, None for the system's own
    programs: the directory of PostgreSQL's programs that the settings name
    after_restore: the operator's SQL, which a restore runs at its end
    """

    root: Path | None = None
    programs: Path | None = None
    after_restore: str = ""

    @contextmanager
    def open(self) -> Iterator[LocalSandbox]:
        """Open a sandbox, after removing what a killed run left behind. Raise SandboxError if that fails."""
        with new_place(self.root) as place:
            sandbox = LocalSandbox(place, self.programs, self.after_restore)
            try:
                yield sandbox
            finally:
                uninterrupted(sandbox.close)


class LocalSandbox:
    """One fresh cluster of the source's major; implements ports.Sandbox."""

    def __init__(self, place: SandboxDirectory, programs: Path | None, after_restore: str = "") -> None:
        self.directory = place.directory
        self._place, self._programs, self._after_restore = place, programs, after_restore
        self._cluster: Cluster | None = None
        disk = shutil.disk_usage(self.directory)
        self._free, self._otherwise = disk.free, disk.total - disk.free

    def check_room(self, expected: int) -> None:
        """Raise SandboxError if a restored database of so many bytes does not fit on the disk here."""
        room = Room(Medium.DISK, expected, self._free, self._otherwise)
        if not room.suffices:
            raise SandboxError(
                f"the restored database takes about {size(expected)} of disk, and {size(room.free)} are free "
                f"in {self.directory.parent}",
                f"in AWS set {DRILL_STORAGE.at_least(room.wanted)}; elsewhere free space there, or set "
                "SCIMS_SANDBOX_DIR to a larger directory",
            )

    def room(self) -> Room:
        """Return what the sandbox has taken of the disk so far; what others took meanwhile is in it."""
        taken = self._free - shutil.disk_usage(self.directory).free
        return Room(Medium.DISK, max(0, taken), self._free, self._otherwise)

    def start(self, like: Proof) -> PostgresTarget:
        """Start a server with the source's bootstrap role and encoding. Raise SandboxError."""
        try:
            programs = ClientPrograms.find_server(like.server.major, self._programs)
        except ToolMissingError as error:
            raise SandboxError(error.message, error.cure) from error
        cluster = self._cluster = Cluster(
            self._place, programs, Account.unprivileged("postgres"), like.server
        )
        cluster.initialise()
        cluster.start(preloading(like.server, programs))
        remove_namesake(cluster)
        return PostgresTarget(
            cluster.address(like.server.database),
            programs.directory,
            own=OwnServer(self._place.directory, self._place.log),
            after_restore=self._after_restore,
        )

    def explained(self, error: OperationFailedError) -> OperationFailedError:
        """Return what a failure came from: the server's death explains whatever followed it.

        What the server does not take is the sandbox's fault: it is made to resemble the source's.
        """
        try:
            if self._cluster is not None:
                self._cluster.check_alive(lost=re.search(CONNECTION_LOST, error.message) is not None)
        except SandboxError as death:
            death.__cause__ = error
            return death
        return SandboxError(error.message, error.cure) if isinstance(error, TargetError) else error

    def close(self) -> None:
        """Stop the server, if one was started."""
        if self._cluster is not None:
            self._cluster.stop()
