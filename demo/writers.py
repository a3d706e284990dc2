"""Clients that insert, update and delete without pause, as the application would."""

import random
import threading
from types import TracebackType
from typing import Any, Protocol, Self

import psycopg

from demo.shell import StoryError

# %(…)s are numbers by chance, each up to the count of what there is
_STATEMENTS = (
    """INSERT INTO crafts (blueprint_id, location_id)
       VALUES (md5('blueprint' || %(blueprint)s)::uuid, %(location)s)""",
    """INSERT INTO item_stocks (item_id, location_id, quantity, batch)
       VALUES (%(item)s, %(location)s, 5, gen_random_uuid()::text::char(24))""",
    "UPDATE item_stocks SET quantity = quantity + 1 WHERE id = %(stock)s",
    "UPDATE users SET last_login = clock_timestamp() WHERE id = md5('user' || %(user)s)::uuid",
    "UPDATE items SET price = price + 0.01 WHERE id = %(item)s",
    "DELETE FROM crafts WHERE id = %(craft)s",
    "DELETE FROM item_stocks WHERE id = %(stock)s",
)


class Server(Protocol):
    """Whatever can be connected to."""

    def connect(self, database: str, user: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect with autocommit."""


class Writers:
    """Several clients at work while the context lasts; each statement is a transaction of its own.

    users: how many the database was filled with, which says how much there is of everything else. pause:
    seconds of each client between two transactions.
    """

    def __init__(self, server: Server, database: str, users: int, clients: int, pause: float = 0) -> None:
        self._server, self._database, self._clients, self._pause = server, database, clients, pause
        self._most = {
            "user": users,
            "blueprint": users // 5,
            "location": users // 4,
            "item": users // 2,
            "stock": 4 * users,
            "craft": 3 * users,
        }
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._committed = [0] * clients
        self._failure: psycopg.Error | None = None

    @property
    def committed(self) -> int:
        """Transactions committed so far. Raise StoryError if a client has failed."""
        if self._failure is not None:
            raise StoryError(f"a writing client failed: {self._failure.diag.message_primary}")
        return sum(self._committed)

    def __enter__(self) -> Self:
        for number in range(self._clients):
            connection = self._server.connect(self._database, "scims_app")
            thread = threading.Thread(target=self._work, args=(connection, number), daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _work(self, connection: psycopg.Connection[tuple[Any, ...]], number: int) -> None:
        chance = random.Random(number)
        try:
            with connection:
                while not self._stopping.wait(self._pause):
                    connection.execute(chance.choice(_STATEMENTS), self._numbers(chance))
                    self._committed[number] += 1
        except psycopg.Error as error:
            self._failure = error

    def _numbers(self, chance: random.Random) -> dict[str, int]:
        return {name: chance.randint(1, most) for name, most in self._most.items()}
