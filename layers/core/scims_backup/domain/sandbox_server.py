"""The server that a drill has made for itself in the cloud: its name, its size, its version, its state."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scims_backup.domain.backup import BackupId
from scims_backup.domain.errors import TaskRefusedError
from scims_backup.domain.manifest import Manifest

PREFIX = "scims-drill-"
"""Names of servers and of their secrets begin so: rights are limited to that."""
_SERVER, _SECRET = "SCIMS_SANDBOX_SERVER", "SCIMS_SANDBOX_SECRET"
"""How the task of a drill hears where its server is: HOST:PORT, and the secret with its log-in."""
LEAST_GIB, MOST_GIB = 20, 65_536
"""What RDS gives a PostgreSQL server of general-purpose storage."""
_GIB = 2**30
_ROOM_FACTOR = 3
"""Of an archive, which is not compressed: tables and indexes, what building these takes, and the log."""
_SPARE_GIB = 5


@dataclass(frozen=True)
class ServerOrder:
    """The server of one attempt at a drill.

    expires: after that moment nobody wants it.
    version: of the source, e.g. `15.19`.
    gib: of storage.
    """

    name: str
    backup: BackupId
    drill: str
    expires: datetime
    version: str
    gib: int


@dataclass(frozen=True)
class ServerAddress:
    """Where a server is, and the secret with its password."""

    host: str
    port: int
    secret: str

    def variables(self) -> dict[str, str]:
        """Return the variables that name it to the task of a drill."""
        return {_SERVER: f"{self.host}:{self.port}", _SECRET: self.secret}

    @classmethod
    def in_variables(cls, environment: Mapping[str, str]) -> ServerAddress | None:
        """Read it back; None if a task makes its sandbox itself."""
        if not environment.get(_SERVER):
            return None
        host, _, port = environment[_SERVER].rpartition(":")
        return cls(host, int(port), environment[_SECRET])


@dataclass(frozen=True)
class Coming:
    """The server is being made. status: as the cloud says it."""

    status: str


@dataclass(frozen=True)
class Ready:
    """The server takes connections."""

    address: ServerAddress


@dataclass(frozen=True)
class Lost:
    """The server will never be of use, or is being deleted. status: as the cloud says it."""

    status: str


ServerState = Coming | Ready | Lost


@dataclass(frozen=True)
class Expired:
    """What a drill made and nobody wants any more. what: it is, e.g. `server`."""

    what: str
    name: str
    expires: datetime

    def __str__(self) -> str:
        return f"{self.what} {self.name}"


def server_name(stack: str, backup: BackupId, drill: str, attempt: int) -> str:
    """Name the server of an attempt, and its secret.

    stack: whose drill it is, in case others drill the same.
    """
    about = f"{stack}\n{backup}\n{drill}\n{attempt}"
    return PREFIX + hashlib.sha256(about.encode()).hexdigest()[:24]


def gib_for(archive_bytes: int) -> int:
    """Return the storage that a restore of an archive takes. Raise TaskRefusedError if no server has it."""
    gib = max(LEAST_GIB, -(-archive_bytes * _ROOM_FACTOR // _GIB) + _SPARE_GIB)
    if gib > MOST_GIB:
        raise TaskRefusedError(
            f"the restored database needs {gib} GiB, and an instance of RDS has at most {MOST_GIB}",
            "drill by hand on a server that is large enough: scims-backup drill --full",
        )
    return gib


def version_of(manifest: Manifest) -> str:
    """Return the version of the server that was backed up. Raise TaskRefusedError if it is not recorded."""
    found = re.match(r"\d+(\.\d+)*", manifest.server.get("version", ""))
    if found is None:
        raise TaskRefusedError(
            f"the manifest of {manifest.backup} does not say which version was backed up", "take a new backup"
        )
    return found[0]


def version_for(source: str, offered: Iterable[str]) -> str | None:
    """Choose the version of a sandbox: the source's, or the newest minor of its major.

    source: its version, e.g. `15.19`. Return None if its major is not offered.
    """
    versions = set(offered)
    if source in versions:
        return source
    of_major = [version for version in versions if version.split(".")[0] == source.split(".", maxsplit=1)[0]]
    return max(of_major, key=_numbers, default=None)


def _numbers(version: str) -> list[int]:
    """Return what a version is ordered by; RDS has some with a suffix, e.g. `15.12-R2`."""
    return [int(part) for part in re.findall(r"\d+", version)]
