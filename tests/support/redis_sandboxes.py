"""What tests of sandboxes for Redis need: archives, hand-made ones too, and servers that load them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from scims_backup.engines.redis.programs import Program, find_server
from scims_backup.engines.redis.sandbox.server import RunningServer, sandbox_server
from tests.support.redis_programs import RedisProgram
from tests.support.redis_servers import RunningRedis

END = b"\xff" + bytes(8)
"""The end of an RDB without a checksum."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def rdb_of(server: RunningRedis) -> bytes:
    """Return what a server saves now."""
    with server.client() as client:
        client.save()
    return (server.home / "dump.rdb").read_bytes()


def with_header(rdb: bytes, *body: bytes) -> bytes:
    """Return an RDB with another's magic and version, and what is given as its body."""
    return rdb[:9] + b"".join(body) + END


def module_key(module: str) -> bytes:
    """Return a key whose value is of a module's type: its name has nine characters (rdb.h, module.c)."""
    number = 0
    for letter in module:
        number = number << 6 | _ALPHABET.index(letter)
    return b"\x07\x01k\x81" + (number << 10 | 1).to_bytes(8, "big") + b"\x00"


def module_extra(module: str) -> bytes:
    """Return what a module keeps beside the keys."""
    return b"\xf7" + module_key(module)[3:12] + b"\x02\x02\x00"


def program_for(program: RedisProgram) -> Program:
    """Return the very program that a test's server runs."""
    version = ".".join(str(number) for number in program.version)
    return find_server(program.flavour, version, program.path.parent)


def ours(
    program: RedisProgram, root: Path | None, needed: int = 1 << 20
) -> AbstractContextManager[RunningServer]:
    """Run a sandbox's server with the program of a test's server."""
    return sandbox_server(program_for(program), root, needed)


def load(server: RunningServer, rdb: bytes, piece: int = 1 << 16) -> None:
    """Load an RDB in pieces."""
    with server.loading() as loading:
        for start in range(0, len(rdb), piece):
            loading.write(rdb[start : start + piece])
        loading.finish()


@contextmanager
def loaded(program: RedisProgram, root: Path, rdb: bytes) -> Iterator[RunningServer]:
    """Yield a sandbox's server that holds an RDB."""
    with ours(program, root) as server:
        load(server, rdb)
        yield server
