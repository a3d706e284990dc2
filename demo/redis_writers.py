"""Clients that write, expire and delete keys without pause, as the application would."""

import random
import threading
from types import TracebackType
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from demo.redis_server import ThrowawayRedis
from demo.shell import StoryError

_DAY = 86_400


class RedisWriters:
    """Several clients that write while the context lasts.

    users: how many the server was filled with.
    """

    def __init__(self, server: ThrowawayRedis, users: int, clients: int) -> None:
        self._server, self._users = server, users
        self._stopping = threading.Event()
        self._written = [0] * clients
        self._failure: RedisError | None = None
        self._threads = [
            threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(clients)
        ]

    @property
    def written(self) -> int:
        """The number of writes so far. Raise StoryError if a client has failed."""
        if self._failure is not None:
            raise StoryError(f"a writing client of Redis failed: {self._failure}")
        return sum(self._written)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        chance = random.Random(number)
        try:
            with self._server.connect() as client:
                while not self._stopping.is_set():
                    self._write(client, chance)
                    self._written[number] += 4
        except RedisError as error:
            self._failure = error

    def _write(self, client: Redis, chance: random.Random) -> None:
        user = chance.randrange(self._users, 2 * self._users)
        client.set(f"session:{user}", f'{{"user": {user}}}', ex=_DAY + user)
        client.hincrby(f"cache:user:{user % self._users + 1}", "visits", 1)
        client.xadd("stocks:news", {"item": user, "quantity": user % 11}, maxlen=2000)
        client.delete(f"session:{chance.randrange(self._users, 2 * self._users)}")
