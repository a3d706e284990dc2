"""Moving restored keys beside live ones, under a prefix, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from scims_backup.domain.errors import TargetError
from scims_backup.engines.redis.rules.marker import KEY, Marker
from scims_backup.engines.redis.targets.live_server import Client, LiveServer

_KEYS_AT_ONCE = 500
_TAKEN = "drop the keys that an earlier restore put there (see the commands that it printed), then try again"


def move_all(server: LiveServer, markers: Mapping[int, Marker], prefix: bytes) -> dict[str, int]:
    """Move the keys of restored databases to the live ones of their numbers; return how many, by database.

    prefix: what their names begin with there. Raise TargetError if one of them is taken; then none is moved.
    """
    moved: dict[int, list[bytes]] = {database: [] for database in markers}
    try:
        for database, marker in markers.items():
            with server.connected(marker.number) as client:
                for names in _names(client):
                    _move(client, names, prefix, database, moved[database])
    except BaseException:
        for database, names in moved.items():
            _take_back(server, database, names)
        raise
    return {f"database {database}": len(names) for database, names in moved.items()}


def _names(client: Client) -> Iterator[list[bytes]]:
    """Yield the names of the keys that are left in a database."""
    left = [name for name in cast("Iterator[bytes]", client.scan_iter(count=_KEYS_AT_ONCE)) if name != KEY]
    for start in range(0, len(left), _KEYS_AT_ONCE):
        yield left[start : start + _KEYS_AT_ONCE]


def _move(client: Client, names: list[bytes], prefix: bytes, database: int, moved: list[bytes]) -> None:
    """Rename keys, and move them; a key that expired in between is gone, and moves no more."""
    with client.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.rename(name, prefix + name)
            pipeline.move(prefix + name, database)
            pipeline.exists(prefix + name)
        answers = pipeline.execute(raise_on_error=False)
    results = list(zip(names, answers[1::3], answers[2::3], strict=True))
    moved += [prefix + name for name, was_moved, _ in results if was_moved in (1, True)]
    for _, was_moved, is_left in results:
        if was_moved not in (1, True) and is_left:
            raise TargetError(
                f"database {database} has a key of that name with the prefix {prefix.decode()}", _TAKEN
            )


def _take_back(server: LiveServer, database: int, names: list[bytes]) -> None:
    """Remove keys from a live database that this restore put there."""
    if names:
        with server.connected(database) as client:
            for start in range(0, len(names), _KEYS_AT_ONCE):
                client.unlink(*names[start : start + _KEYS_AT_ONCE])
