"""The sandbox that an archive is loaded into on this machine, before its keys go to a live server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.sandbox.archive_intake import ArchiveIntake
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.engines.redis.sandbox.server import RunningServer
from scims_backup.ports import Progress


@contextmanager
def taking(
    sandboxing: Sandboxing, like: RedisProof, progress: Progress
) -> Iterator[tuple[RunningServer, ArchiveIntake]]:
    """Start a server that can load a backup. Raise ToolMissingError or SandboxError."""
    program = sandboxing.program(like.server.flavour, like.server.version)
    if program.warning:
        progress.note(program.warning)
    with (
        sandboxing.server(program, like.server.memory) as server,
        server.loading() as loading,
    ):
        yield server, ArchiveIntake(server, loading, like.key_list)
