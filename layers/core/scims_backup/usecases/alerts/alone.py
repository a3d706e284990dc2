"""Sending alone: of several runs at once, one sends a mail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scims_backup.domain.errors import AlreadyRunningError
from scims_backup.ports.leases import Lease


@contextmanager
def alone(lease: Lease, what: str) -> Iterator[None]:
    """Keep other runs out while inside. Raise AlreadyRunningError if one is at it. what: is being sent."""
    if not lease.take():
        raise AlreadyRunningError(
            f"another run is sending {what}", "try again in a minute to check that it was sent"
        )
    try:
        yield
    finally:
        lease.release()
