"""Database numbers that a restore has for itself while it runs, and what dead restores left in theirs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import redis

from scims_backup.domain.errors import TargetError
from scims_backup.engines.redis.rules import restored_names
from scims_backup.engines.redis.rules.marker import KEY, SEALED, UP_TO, Marker
from scims_backup.engines.redis.targets.live_server import Client, LiveServer, Numbers, beside
from scims_backup.engines.redis.targets.signs_of_life import alive, running
from scims_backup.engines.redis.targets.target_errors import targeting
from scims_backup.ports import Progress

MORE_NUMBERS = "drop what former restores left, or start the server with more `databases`"


@dataclass
class Claim:
    """The numbers of one restore.

    name: what they are called together, so far.
    markers: by the database of the source that each is for.
    kept: whether they stay when the restore ends.
    """

    server: LiveServer
    name: str
    token: str
    markers: dict[int, Marker] = field(default_factory=dict)
    kept: bool = False

    def take(self, databases: Sequence[int], but: set[int]) -> None:
        """Take an empty number for each database. Raise TargetError if there are too few.

        but: numbers that are left alone though they are empty; that of the address is, too.
        """
        numbers = self.server.numbers()
        free = numbers.free(but | {self.server.address.database})
        for database in databases:
            self.markers[database] = self._taken(database, free, numbers)

    def _taken(self, database: int, free: list[int], numbers: Numbers) -> Marker:
        while free:
            marker = Marker(free.pop(0), database, self.name, self.token)
            if self._write_into_empty(marker):
                return marker
        raise TargetError(
            f"{self.server.address} has no empty database left for database {database} of the backup: "
            f"{occupied(numbers)}",
            MORE_NUMBERS,
        )

    def _write_into_empty(self, marker: Marker) -> bool:
        """Put a marker into a number if that is empty, at one blow; say whether it was."""
        with (
            self.server.connected(marker.number) as client,
            targeting(f"taking database {marker.number} for a restore"),
            client.pipeline(transaction=True) as pipeline,
        ):
            pipeline.dbsize()
            pipeline.hsetnx(KEY, SEALED, marker.sealed(self.server.key))
            keys, written = pipeline.execute()
            if keys == 0:
                return True
            if written:
                client.delete(KEY)
        return False

    def move(self, marker: Marker, number: int) -> None:
        """Move a database to an empty number. Raise TargetError if that is not empty, or not there."""
        if marker.number == number:
            return
        moved = replace(marker, number=number)
        with (
            self.server.connected(number) as client,
            targeting(f"moving database {marker.number} to {number}"),
            client.pipeline(transaction=True) as pipeline,
        ):
            pipeline.swapdb(marker.number, number)
            put(pipeline, self.server, moved)
            pipeline.execute_command("SELECT", marker.number)
            pipeline.dbsize()
            *_, keys = pipeline.execute()
        self.markers[marker.database] = moved
        if keys:
            self.move(moved, marker.number)
            raise TargetError(
                f"database {number} of {self.server.live} is not empty", "choose another name with --into"
            )


@contextmanager
def claimed(server: LiveServer, progress: Progress) -> Iterator[Claim]:
    """Begin to claim numbers; at the end they are emptied, unless they are kept. Raise TargetError."""
    token = secrets.token_hex(4)
    with alive(server, token):
        claim = Claim(server, restored_names.being_restored(server.live, token), token)
        try:
            yield claim
        finally:
            if not claim.kept:
                for marker in claim.markers.values():
                    _emptied(server, marker, progress)


def empty_leftovers(server: LiveServer, progress: Progress) -> None:
    """Empty the numbers of restores that died; those that run are known by their connections.

    What cannot be emptied is noted, and is in nobody's way.
    """
    left = [one for one in server.numbers().ours.values() if restored_names.is_being_restored(one.name)]
    if not left:
        return
    tokens = running(server)
    for marker in left:
        if tokens is None:
            progress.note(
                f"database {marker.number} belongs to a restore that runs or failed: this user may not list "
                f"connections (CLIENT LIST); if it failed, drop it: redis-cli -n {marker.number} FLUSHDB"
            )
        elif marker.token not in tokens:
            progress.note(f"emptying database {marker.number}, left behind by a failed restore")
            _emptied(server, marker, progress)


def _emptied(server: LiveServer, marker: Marker, progress: Progress) -> None:
    """Empty a number, if all in it is ours; else note that it is not."""
    try:
        with (
            server.connected(marker.number) as client,
            targeting(f"emptying database {marker.number}"),
        ):
            why = _flush(server, client, marker)
    except TargetError as error:
        why = error.message
    if why:
        progress.note(f"database {marker.number} was not emptied: {why}")


def _flush(server: LiveServer, client: Client, marker: Marker) -> str:
    """Flush a number that is provably ours; return why it is not, '' if it was flushed or is empty."""
    with client.pipeline(transaction=True) as pipeline:
        pipeline.watch(KEY)
        found = server.marker_at(pipeline, marker.number)
        keys, up_to = pipeline.dbsize(), int(beside(pipeline, UP_TO) or 0)
        if found is None or found.token != marker.token:
            return "it is no longer marked as this restore's" if keys else ""
        if keys > up_to + 1:
            return f"somebody else writes into it: {keys} keys, of which a restore wrote {up_to}"
        pipeline.multi()
        pipeline.flushdb(asynchronous=True)
        try:
            pipeline.execute()
        except redis.WatchError:
            return "somebody else changed its marker"
        except (redis.exceptions.ExecAbortError, redis.exceptions.OutOfMemoryError):
            client.flushdb(asynchronous=True)  # a server without memory takes no transactions
    return ""


def put(
    pipeline: Client, server: LiveServer, marker: Marker, more: Mapping[str, bytes] | None = None
) -> None:
    """Write a marker in place of another, in the number that the pipeline is in.

    more: what is attached to it, and not there yet.
    """
    fields = {SEALED: marker.sealed(server.key), **(more or {})}
    pipeline.hset(KEY, items=[one for pair in fields.items() for one in pair])


def renamed(markers: Mapping[int, Marker], name: str) -> dict[int, Marker]:
    """Return markers under another name."""
    together = tuple(sorted(markers))
    return {database: replace(marker, name=name, together=together) for database, marker in markers.items()}


def occupied(numbers: Numbers) -> str:
    """Say what the numbers of a server are taken by."""
    of_names = [
        f"{name}: {', '.join(str(marker.number) for marker in numbers.of(name))}"
        for name in sorted(numbers.names)
    ]
    live = ", ".join(map(str, numbers.live)) or "none"
    return "; ".join([f"{numbers.all} databases", f"live: {live}", *of_names])
