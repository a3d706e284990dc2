"""Watching a live server while it is filled: its keys must stay, and its replicas in step."""

from __future__ import annotations

from scims_backup.domain.errors import TargetError
from scims_backup.engines.redis.targets.live_server import Client, LiveServer
from scims_backup.engines.redis.targets.room import room_in, size

_MARGIN = 4 << 20
"""Bytes that stay free below the limit: the application writes meanwhile."""
_IN_STEP_SECONDS = 60
_RAISE = "raise maxmemory, or restore to a server with more memory (--target-url)"


class RoomWatch:
    """Looks at a server between batches."""

    def __init__(self, server: LiveServer, client: Client) -> None:
        self._server, self._client = server, client
        self._evicted = self._evictions()

    def check(self, more: int) -> None:
        """Raise TargetError before more bytes would make the server evict keys, or if it has begun to."""
        room = room_in(self._server.info(self._client, "memory"))
        if room.left is not None and room.left < 2 * more + _MARGIN:
            raise TargetError(
                f"{self._server.address} has no room for the rest: {size(max(room.left, 0))} left "
                f"of {room.of}; no live key was evicted for it",
                _RAISE,
            )
        evicted = self._evictions() - self._evicted
        if evicted:
            raise TargetError(
                f"{self._server.address} has evicted {evicted} keys since the restore began", _RAISE
            )

    def wait_for_replicas(self) -> None:
        """Wait until the replicas have what was written, so that their buffers do not grow without end.

        Raise TargetError if they do not keep up.
        """
        replicas = int(self._server.info(self._client, "replication").get("connected_slaves", 0))
        if replicas and self._client.wait(replicas, _IN_STEP_SECONDS * 1000) < replicas:
            raise TargetError(
                f"a replica of {self._server.address} did not follow within {_IN_STEP_SECONDS} s",
                "restore when the replicas have less to do, or detach the one that is behind",
            )

    def _evictions(self) -> int:
        return int(self._server.info(self._client, "stats").get("evicted_keys", 0))
