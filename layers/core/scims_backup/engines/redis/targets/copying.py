"""Copying databases within a server, for a probe that may write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from scims_backup.engines.redis.rules.marker import KEY, UP_TO, Marker
from scims_backup.engines.redis.targets.claims import Claim, claimed
from scims_backup.engines.redis.targets.live_server import LiveServer
from scims_backup.engines.redis.targets.target_errors import targeting
from scims_backup.engines.redis.targets.watch_room import RoomWatch
from scims_backup.ports import Progress

_KEYS_AT_ONCE = 200
_LOOK_AHEAD = 8 << 20


@contextmanager
def copied(server: LiveServer, databases: Mapping[int, int], progress: Progress) -> Iterator[Claim]:
    """Copy databases to empty ones, which are emptied at the end.

    databases: number on the server → number in the source.
    Raise TargetError if there is no room, or too few numbers are empty.
    """
    with claimed(server, progress) as claim:
        claim.take(sorted(databases.values()), but=set(databases.values()))
        for number, database in databases.items():
            _copy(server, number, claim.markers[database])
        yield claim


def _copy(server: LiveServer, number: int, marker: Marker) -> None:
    with (
        server.connected(number) as source,
        server.connected(marker.number) as copy,
        targeting(f"copying database {number} to database {marker.number}"),
    ):
        watch, cursor, count = RoomWatch(server, copy), 0, 0
        while True:
            cursor, names = source.scan(cursor, count=_KEYS_AT_ONCE)
            watch.check(_LOOK_AHEAD)
            count += len(names)
            copy.hset(KEY, UP_TO, str(count))
            with source.pipeline(transaction=False) as pipeline:
                for name in names:
                    if name != KEY:
                        pipeline.execute_command("COPY", name, name, "DB", marker.number)
                pipeline.execute()
            if cursor == 0:
                return
