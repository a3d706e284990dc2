"""Which databases of a backup a restore leaves out: queues, and what former restores left on the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scims_backup.domain.errors import TargetError
from scims_backup.engines.redis.sandbox.server import RunningServer
from scims_backup.engines.redis.targets.live_server import Client, LiveServer

QUEUE = "queue"
FUNCTIONS = "functions"
PARTS: Mapping[str, str] = {
    QUEUE: "databases with a Celery queue, whose tasks would run again",
    FUNCTIONS: "functions, which belong to the whole server and go live with a swap",
}
"""What a restore leaves out unless it is asked for."""
_OF_KOMBU = "_kombu.binding.*"
"""Keys that Celery's transport keeps beside its queues (kombu, transport/redis.py, keyprefix_queue)."""


def left_out(
    server: LiveServer, sandbox: RunningServer, databases: Mapping[int, int], *, with_queue: bool
) -> dict[int, str]:
    """Return the databases that are not restored, and why. databases: with how many keys each."""
    return dict(_left_out(server, sandbox, databases, with_queue=with_queue))


def chosen(databases: Mapping[int, int], out: Mapping[int, str]) -> list[int]:
    """Return the databases that are restored. Raise TargetError if none is left of those that hold keys."""
    there = sorted(databases.keys() - out.keys())
    if not there and databases:
        reasons = "; ".join(f"database {number}: {why}" for number, why in out.items())
        raise TargetError(f"nothing of the backup would be restored: {reasons}", f"add --with {QUEUE}")
    return there or [0]


def _left_out(
    server: LiveServer, sandbox: RunningServer, databases: Mapping[int, int], *, with_queue: bool
) -> Iterator[tuple[int, str]]:
    for number in databases:
        with sandbox.client(number) as client:
            marker = server.marker_at(client, number)
            if marker is not None:
                yield number, f"a former restore left it on the source as {marker.name}"
            elif not with_queue and _holds_queue(client):
                yield number, f"a Celery queue, whose tasks would run again (--with {QUEUE} restores it)"


def _holds_queue(client: Client) -> bool:
    return next(client.scan_iter(match=_OF_KOMBU, count=10_000), None) is not None
