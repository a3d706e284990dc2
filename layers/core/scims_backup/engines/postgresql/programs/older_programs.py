"""Programs of an older minor release than the server's, which do not know all that it keeps."""

from __future__ import annotations

import os
from dataclasses import dataclass

from scims_backup.engines.postgresql.connect.connection import Connection
from scims_backup.engines.postgresql.programs.client_programs import ClientPrograms
from scims_backup.engines.postgresql.rules.image import is_image


@dataclass(frozen=True)
class Older:
    """What is wrong, and what to do about it."""

    message: str
    cure: str


def older_programs(connection: Connection, programs: ClientPrograms) -> Older | None:
    """Say what is wrong if pg_dump is of an older minor release than the server; None if it is not."""
    number = connection.info.server_version
    if not programs.are_older_than(number):
        return None
    major, minor = divmod(number, 10_000)
    return Older(
        f"pg_dump {programs.version} is older than the server, {major}.{minor}, and may write archives that "
        "pg_restore refuses",
        _cure(major, f"{major}.{minor}"),
    )


def _cure(major: int, version: str) -> str:
    if is_image(os.environ):
        return (
            f"once the image postgres:{major}-trixie has version {version}, build and deploy again "
            "(docs/deploy.md, A new minor release of your server)"
        )
    return (
        f"install PostgreSQL's programs version {version} or newer (apt-get update && apt-get install"
        f" postgresql-client-{major}), or point SCIMS_POSTGRESQL_BIN to their directory"
    )
