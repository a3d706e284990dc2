"""Functions belong to the whole server: they go live with a swap, and come back when it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scims_backup.domain.errors import SwapRefusedError
from scims_backup.engines.redis.rules.marker import FUNCTIONS, Marker
from scims_backup.engines.redis.targets.live_server import Client, LiveServer, beside
from scims_backup.engines.redis.targets.target_errors import targeting


@contextmanager
def installed(server: LiveServer, marker: Marker) -> Iterator[bytes | None]:
    """Install the functions that go live with a number; yield those before, which come back if that fails.

    They are no part of the transaction that swaps: a command that fails in one undoes none of the others.
    Yield None if the number has none to install. Raise SwapRefusedError if they are not those of the marker.
    """
    if FUNCTIONS not in marker.attached:
        yield None
        return
    with server.connected(marker.number) as client:
        new = beside(client, FUNCTIONS)
        if new is None or not marker.is_attached(FUNCTIONS, new):
            raise SwapRefusedError(
                f"somebody changed the functions of {marker.name}", "nothing was swapped: restore again"
            )
        with targeting(f"installing the functions of {marker.name}"):
            before = dumped(client)
            install(client, new)
        try:
            yield before
        except BaseException:
            _bring_back(server, marker, before)
            raise


def _bring_back(server: LiveServer, marker: Marker, before: bytes) -> None:
    """Install the functions before, unless the swap was done all the same, and only its answer was lost."""
    if server.marker(marker.number) == marker:
        with server.connected() as client, targeting("bringing the live functions back"):
            install(client, before)


def install(client: Client, functions: bytes) -> None:
    """Replace all of a server's functions."""
    client.execute_command("FUNCTION", "RESTORE", functions, "FLUSH")


def dumped(client: Client) -> bytes:
    """Return a server's functions, as FUNCTION RESTORE reads them."""
    return client.execute_command("FUNCTION", "DUMP", NEVER_DECODE=True)  # type: ignore[no-any-return]
