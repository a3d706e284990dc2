"""The programs of the target server's own version."""

from __future__ import annotations

from pathlib import Path

from scims_backup.domain.errors import TargetError
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.rules.proof import Proof
from scims_backup.engines.postgresql.targets.server import Connection, is_standby


def programs_for(connection: Connection, like: Proof, directory: Path | None) -> ClientPrograms:
    """Find pg_restore and pg_dump for the target. directory: searched first.

    Raise TargetError if the target is older than the source was, or a standby; ToolMissingError.
    """
    major = connection.info.server_version // 10000
    if major < like.server.major:
        raise TargetError(
            f"the target server is PostgreSQL {major}, but the backup is of PostgreSQL {like.server.major}",
            f"restore to a server of PostgreSQL {like.server.major} or newer",
        )
    if is_standby(connection):
        raise TargetError("the target server is a standby and cannot be written to", "restore to its primary")
    return ClientPrograms.find(major, directory)
