"""The servers that drills have made for themselves: one for each attempt, deleted on every way out."""

from __future__ import annotations

from dataclasses import dataclass

from scims_backup.domain import keys
from scims_backup.domain.drill_steps import Gone, Seen, ServerComing, ServerReady, Stopped
from scims_backup.domain.errors import KeyMissingError, NoCapacityError, SandboxError, TaskRefusedError
from scims_backup.domain.manifest import Manifest
from scims_backup.domain.sandbox_server import (
    Lost,
    Ready,
    ServerAddress,
    ServerOrder,
    gib_for,
    server_name,
    version_of,
)
from scims_backup.ports import Catalog, Progress, SandboxServers, TaskOrder
from scims_backup.usecases.drills.task_orders import HasTask, order_of


@dataclass(frozen=True)
class DrillServers:
    """Makes, finds and deletes the servers of drills.

    stack: whose drills they are.
    """

    stack: str
    servers: SandboxServers
    catalog: Catalog
    progress: Progress

    def address(self, order: TaskOrder) -> ServerAddress | None:
        """Have the server of an attempt made; return where it is as soon as it takes connections.

        Raise TaskRefusedError, NoCapacityError or TasksUnreachableError.
        """
        name = self._name(order)
        state = self.servers.look(name)
        if state is None:
            self.servers.create(self._planned(order, name))
            state = self.servers.look(name)
        if isinstance(state, Lost):
            raise NoCapacityError(f"server {name} is {state.status}", "see its events in RDS")
        return state.address if isinstance(state, Ready) else None

    def seen(self, order: TaskOrder) -> Seen:
        """Look at the server of an attempt that has no task yet. Raise SandboxError."""
        name = self._name(order)
        match self.servers.look(name):
            case None:
                return Gone()
            case Ready():
                return ServerReady()
            case Lost(status):
                return Stopped(order.attempt, f"its server {name} is {status}", began=False)
            case coming:
                return ServerComing(f"its server {name} is {coming.status}")

    def remove(self, order: TaskOrder) -> None:
        """Have the server of an attempt deleted; one that cannot be deleted now expires, and is later."""
        name = self._name(order)
        try:
            self.servers.delete(name)
        except SandboxError as error:
            self.progress.note(f"server {name} could not be deleted: {error}")

    def remove_all(self, run: HasTask) -> None:
        """Have whatever servers a drill has deleted."""
        for attempt in run.attempts:
            self.remove(order_of(run, attempt.number))

    def _name(self, order: TaskOrder) -> str:
        return server_name(self.stack, order.backup, order.drill, order.attempt)

    def _planned(self, order: TaskOrder, name: str) -> ServerOrder:
        key = keys.manifest(order.backup)
        try:
            manifest = Manifest.from_bytes(self.catalog.get(key), key)
        except KeyMissingError:
            raise TaskRefusedError(f"backup {order.backup} was removed", "drill another backup") from None
        return ServerOrder(
            name,
            order.backup,
            order.drill,
            order.expires,
            version_of(manifest),
            gib_for(manifest.archive.bytes),
        )
