"""Sandboxes on this machine: a fresh server in a temporary directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from scims_backup.adapters.processes.sandbox_directory import SandboxDirectory, new_place
from scims_backup.adapters.processes.uninterrupted import uninterrupted
from scims_backup.domain.errors import (
    OperationFailedError,
    RestoreFailedError,
    SandboxError,
    TargetError,
    ToolMissingError,
)
from scims_backup.domain.room import Room
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.sandbox.memory import check_room, memory_taken
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.engines.redis.sandbox.server import RunningServer
from scims_backup.engines.redis.sandbox.target import SandboxTarget


@dataclass(frozen=True)
class RedisSandboxes:
    """Where local sandboxes come from; implements ports.Sandboxes."""

    sandboxing: Sandboxing = field(default_factory=Sandboxing)

    @contextmanager
    def open(self) -> Iterator[RedisSandbox]:
        """Open a sandbox, after removing what a killed run left behind. Raise SandboxError if that fails."""
        with new_place(self.sandboxing.root) as place:
            sandbox = RedisSandbox(place, self.sandboxing)
            try:
                yield sandbox
            finally:
                uninterrupted(sandbox.close)


class RedisSandbox:
    """One fresh server that can load what the source wrote; implements ports.Sandbox."""

    def __init__(self, place: SandboxDirectory, sandboxing: Sandboxing) -> None:
        self.directory = place.directory
        self._place, self._sandboxing = place, sandboxing
        self._server: RunningServer | None = None
        self._room: Room | None = None

    def start(self, like: RedisProof) -> SandboxTarget:
        """Start a server of the source's flavour and major, or a newer one. Raise SandboxError."""
        try:
            program = self._sandboxing.program(like.server.flavour, like.server.version)
        except ToolMissingError as error:
            raise SandboxError(error.message, error.cure) from error
        check_room(like.server.memory, self._sandboxing.environment)
        self._room = memory_taken(like.server.memory, self._sandboxing.environment)
        server = self._server = RunningServer(self._place, program)
        server.start()
        return SandboxTarget(server)

    def room(self) -> Room | None:
        """Return the memory that the server takes, beside what was free."""
        return self._room

    def explained(self, error: OperationFailedError) -> OperationFailedError:
        """Return what a failure came from: the server's death explains what followed it.

        An archive that was refused is no such thing: a server may die of what it refuses.
        """
        if isinstance(error, (RestoreFailedError, SandboxError)):
            return error
        death = self._server.death() if self._server is not None else None
        if death is not None:
            death.__cause__ = error
            return death
        return SandboxError(error.message, error.cure) if isinstance(error, TargetError) else error

    def close(self) -> None:
        """Stop the server, if one was started."""
        if self._server is not None:
            self._server.stop()
