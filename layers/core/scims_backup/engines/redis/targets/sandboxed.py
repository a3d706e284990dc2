"""The sandbox that an archive is loaded into on this machine, before its keys go to a live server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scims_backup.domain.errors import SandboxError, ToolMissingError
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.sandbox.archive_intake import ArchiveIntake
from scims_backup.engines.redis.sandbox.memory import check_room
from scims_backup.engines.redis.sandbox.sandboxing import Sandboxing
from scims_backup.engines.redis.sandbox.server import RunningServer
from scims_backup.ports import Progress, Surveyed


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


def seen_here(sandboxing: Sandboxing, like: RedisProof) -> Surveyed:
    """Say whether this machine can load a backup before its keys are copied."""
    try:
        program = sandboxing.program(like.server.flavour, like.server.version)
        check_room(like.server.memory, sandboxing.environment)
    except (ToolMissingError, SandboxError) as error:
        return Surveyed("sandbox", False, str(error))
    return Surveyed("sandbox", True, f"{program.title} on this machine, with memory for the data")
