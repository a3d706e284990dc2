"""The sandbox that an archive is loaded into on this machine, before its keys go to a live server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scims_backup.engines.redis.programs import find_server
from scims_backup.engines.redis.rules.proof import RedisProof
from scims_backup.engines.redis.sandbox.archive_intake import ArchiveIntake
from scims_backup.engines.redis.sandbox.server import RunningServer, sandbox_server
from scims_backup.ports import Progress


@dataclass(frozen=True)
class Here:
    """What this machine has for sandboxes.

    programs: directory of server programs that is searched first; None for the usual places alone.
    root: where sandboxes are made; None for the system's own directory.
    """

    programs: Path | None = None
    root: Path | None = None


@contextmanager
def taking(here: Here, like: RedisProof, progress: Progress) -> Iterator[tuple[RunningServer, ArchiveIntake]]:
    """Start a server that can load a backup. Raise ToolMissingError or SandboxError."""
    program = find_server(like.server.flavour, like.server.version, here.programs)
    if program.warning:
        progress.note(program.warning)
    with (
        sandbox_server(program, here.root, like.server.memory) as server,
        server.loading() as loading,
    ):
        yield server, ArchiveIntake(server, loading, like.key_list)
