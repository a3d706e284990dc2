"""What is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from redis import Redis


@dataclass(frozen=True)
class Asked:
    """A server, or some databases of it.

    clients: makes a client of a database by its number on the server.
    database: the application's own, by its number in the source.
    numbers: number in the source → number on the server, where restored databases have others.
    """

    clients: Callable[[int], Redis]
    database: int = 0
    numbers: Mapping[int, int] = field(default_factory=dict)

    def client(self, database: int | None = None) -> Redis:
        """Return a client of a database. database: its number in the source; None for the application's."""
        number = self.database if database is None else database
        return self.clients(self.numbers.get(number, number))
