"""Servers in the cloud that are made for one drill each, and deleted after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from scims_backup.domain.sandbox_server import Expired, ServerOrder, ServerState


class SandboxServers(Protocol):
    """Where such servers come from. Each has a secret of the same name, with a password that nobody chose.

    All methods raise TaskRefusedError, NoCapacityError if the same may succeed later, TasksUnreachableError
    if it is not known whether it has.
    """

    def create(self, order: ServerOrder) -> None:
        """Begin to make a server, and its secret; the same order again is the same server."""

    def look(self, name: str) -> ServerState | None:
        """Say what became of a server; None if there is none of this name."""

    def delete(self, name: str) -> None:
        """Begin to delete a server and its secret; what is gone, or going, is deleted already.

        One that is refused does not keep the other.
        """

    def expired(self, now: datetime) -> Sequence[Expired]:
        """Return what drills of this stack made and is past its expiry, and is not going; nobody else's."""
