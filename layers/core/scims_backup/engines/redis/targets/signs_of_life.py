"""How a restore shows that it runs: a connection of a name of its own, which ends with it however it dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis

from scims_backup.engines.redis.targets.live_server import Client, LiveServer
from scims_backup.engines.redis.targets.target_errors import targeting

_NAME = "scims-backup-restore-"
_BEAT_SECONDS = 10.0
"""Servers close connections that are idle for longer than their `timeout`, which is hardly ever less."""


@contextmanager
def alive(server: LiveServer, token: str) -> Iterator[None]:
    """Show on a server that a restore runs. Raise TargetError if it does not take the connection."""
    over = threading.Event()
    with server.connected() as client:
        with targeting(f"naming a connection to {server.address}"):
            client.client_setname(_NAME + token)
        thread = threading.Thread(target=_beat, args=(client, token, over), name="alive", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _beat(client: Client, token: str, over: threading.Event) -> None:
    """Use the connection; one that was lost is made again, and must get its name again."""
    while not over.wait(_BEAT_SECONDS):
        with suppress(redis.RedisError):  # what the restore itself does next says it
            client.client_setname(_NAME + token)


def running(server: LiveServer) -> set[str] | None:
    """Return the tokens of the restores that run; None if this user may not know. Raise TargetError."""
    with server.connected() as client, targeting(f"listing the connections to {server.address}"):
        try:
            names = [one["name"] for one in client.client_list()]
        except redis.exceptions.NoPermissionError:
            return None
    return {name.removeprefix(_NAME) for name in names if name.startswith(_NAME)}
