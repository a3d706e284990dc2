"""Where the tests find servers of Redis and Valkey, which `make setup-tests` puts there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud.places import cache_directory, unpacked_redis, valkey_of_wheel

_WANTED = ("redis-6.2", "redis-7.0", "redis-7.4", "redis-8.0", "valkey-8.1", "valkey-9.1")
_WHEEL = "valkey-9.1"


@dataclass(frozen=True)
class RedisProgram:
    """A server's program.

    name: flavour and version, e.g. "redis-7.0".
    path: of the program.
    """

    name: str
    path: Path

    @property
    def flavour(self) -> str:
        """Return "redis" or "valkey"."""
        return self.name.partition("-")[0]

    @property
    def version(self) -> tuple[int, int]:
        """Return the major and minor version."""
        major, _, minor = self.name.partition("-")[2].partition(".")
        return int(major), int(minor)

    @property
    def module(self) -> Path | None:
        """Return a module that this server can load (RedisBloom), if there is one."""
        module = self.path.parent.parent / "lib/redisbloom.so"
        return module if module.exists() else None

    def __str__(self) -> str:
        """Name it in a test's id."""
        return self.name


class NoRedisError(Exception):
    """A server's program is not on this machine."""


def redis_program(name: str) -> RedisProgram:
    """Return the program of e.g. "redis-7.0"."""
    path = valkey_of_wheel() if name == _WHEEL else unpacked_redis(name)
    if path is None:
        raise NoRedisError(f"no {name} on this machine: run `make setup-tests`")
    return RedisProgram(name, path)


def said_of_redis() -> Iterator[str]:
    """Yield which servers `make setup-tests` got, and which it did not, in words."""
    for name in _WANTED:
        said = cache_directory() / "redis" / f"{name}.said"
        why = f": {said.read_text().strip()}" if said.exists() else ""
        yield name if name in REDIS_SERVERS else f"{name} not had{why}"


def _at_hand() -> Iterator[str]:
    for name in _WANTED:
        try:
            yield redis_program(name).name
        except NoRedisError:
            continue


REDIS_SERVERS = tuple(_at_hand())
"""Those that this machine has; a run's last lines say which they are."""

DEFAULT_REDIS = "redis-7.0" if "redis-7.0" in REDIS_SERVERS else _WHEEL
"""What SCIMS uses, where it can be had."""
