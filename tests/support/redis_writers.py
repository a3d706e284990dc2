"""Clients that write, expire and delete without pause, each in a process of its own."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from redis import Redis

from tests.support.redis_servers import RunningRedis

_A_BATCH = 100


@contextmanager
def writing(server: RunningRedis, clients: int = 4, keys: int = 50_000) -> Iterator[None]:
    """Let clients change keys of database 0 while the context lasts.

    keys: the number of names that they use.
    """
    with ExitStack() as stack:
        writers = [stack.enter_context(_writer(server, seed, keys)) for seed in range(clients)]
        yield
        for writer in writers:
            assert writer.poll() is None, "a writer ended before its time"


@contextmanager
def _writer(server: RunningRedis, seed: int, keys: int) -> Iterator[subprocess.Popen[bytes]]:
    assert server.password is None, "the writers know no password"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.redis_writers", str(server.socket), str(seed), str(keys)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"writing\n"
        yield process
    finally:
        process.communicate()  # closes its standard input, which it waits for


def _write(socket: str, seed: int, keys: int) -> None:
    """Write until standard input is closed: however the parent goes, it is."""
    ended, dice = threading.Event(), random.Random(seed)  # noqa: S311  no secret

    def wait_for_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    with Redis(unix_socket_path=socket) as client:
        _write_batch(client, dice, keys)
        sys.stdout.write("writing\n")
        sys.stdout.flush()
        while not ended.is_set():
            _write_batch(client, dice, keys)


def _write_batch(client: Redis, dice: random.Random, keys: int) -> None:
    pipeline = client.pipeline(transaction=False)
    for _ in range(_A_BATCH):
        dice.choice(_WRITES)(pipeline, dice.randrange(keys))
    pipeline.execute(raise_on_error=False)  # a rename of what is not there is an error


def _shorten_list(client: Redis, number: int) -> None:
    client.rpush(f"live:list:{number % 100}", number)
    client.ltrim(f"live:list:{number % 100}", -500, -1)


def _change_sets(client: Redis, number: int) -> None:
    client.sadd(f"live:set:{number % 100}", number)
    client.spop(f"live:set:{(number + 1) % 100}")


_WRITES: tuple[Callable[[Redis, int], object], ...] = (
    lambda client, number: client.set(f"live:string:{number}", number),
    lambda client, number: client.set(f"live:string:{number}", "expires", px=1 + number % 3000),
    lambda client, number: client.incr(f"live:number:{number}"),
    lambda client, number: client.pexpire(f"live:number:{number}", 1 + number % 3000),
    _shorten_list,
    _change_sets,
    lambda client, number: client.zadd(f"live:zset:{number % 100}", {str(number): number / 7}),
    lambda client, number: client.hset(f"live:hash:{number % 1000}", str(number % 50), str(number)),
    lambda client, number: client.xadd(f"live:stream:{number % 10}", {"number": number}, maxlen=1000),
    lambda client, number: client.delete(f"live:string:{number}", f"live:hash:{number % 1000}"),
    lambda client, number: client.rename(f"live:set:{number % 100}", f"live:set:{(number + 7) % 100}"),
)


if __name__ == "__main__":
    _write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
