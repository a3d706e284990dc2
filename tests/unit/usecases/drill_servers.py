"""Servers of drills as RDS keeps them, in memory; what is under way comes to its end when told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from scims_backup.domain.sandbox_server import (
    Coming,
    Expired,
    Lost,
    Ready,
    ServerAddress,
    ServerOrder,
    ServerState,
)


@dataclass
class MemoryServers:
    """ports.SandboxServers. refusals: by method, raised by each call until they are taken away."""

    there: dict[str, ServerState] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    orders: list[ServerOrder] = field(default_factory=list)
    refusals: dict[str, Exception] = field(default_factory=dict)

    def create(self, order: ServerOrder) -> None:
        self.secrets.add(order.name)  # RDS refuses after the secret is there
        self._refuse("create")
        self.orders.append(order)
        self.there.setdefault(order.name, Coming("creating"))

    def look(self, name: str) -> ServerState | None:
        self._refuse("look")
        return self.there.get(name)

    def delete(self, name: str) -> None:
        self.secrets.discard(name)
        self._refuse("delete")
        self.there.pop(name, None)

    def expired(self, now: datetime) -> list[Expired]:
        self._refuse("expired")
        old = {order.name: order.expires for order in self.orders if order.expires <= now}
        return [Expired("server", name, old[name]) for name in self.there if name in old]

    def come(self) -> None:
        """Let every server that is being made be there."""
        for name, state in self.there.items():
            if isinstance(state, Coming):
                self.there[name] = Ready(ServerAddress("db.example", 5432, name))

    def lose(self, status: str) -> None:
        """Let every server be of no use."""
        self.there = dict.fromkeys(self.there, Lost(status))

    def _refuse(self, method: str) -> None:
        if method in self.refusals:
            raise self.refusals[method]
