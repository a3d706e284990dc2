"""Writing a key by the commands of its type, where a server cannot read the payload of a newer one.

What these commands would lose is refused. A great value is written so, too: in parts, between which the
server answers its clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, cast

import redis

from scims_backup.domain.errors import TargetError
from scims_backup.engines.redis.connect.redis_errors import reason
from scims_backup.engines.redis.targets.dumped_keys import DumpedKey
from scims_backup.engines.redis.targets.field_expiries import any_expiry, put_right
from scims_backup.engines.redis.targets.live_server import Client
from scims_backup.engines.redis.targets.streams import write_stream

_WITH_SCORES = "return redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES')"
"""A script's answer has the scores as the server writes them: all of their digits."""
_ELEMENTS = 500
_STRING_BYTES = 4 << 20
_IN_PARTS = frozenset({0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 16, 17, 18, 20, 22, 23, 24, 25})
"""Types in a payload's first byte (rdb.h): strings, lists, sets, sorted sets and hashes."""


def can_be_parted(payload: bytes) -> bool:
    """Say whether a key can be written in parts without a loss: no stream, and no module's value."""
    return payload[0] in _IN_PARTS


class Rewriter:
    """Writes keys by their types' commands. Raise TargetError where that loses something.

    source: where they are read.
    live: where they are written.
    """

    def __init__(self, source: Client, live: Client) -> None:
        self._source, self._live = source, live

    def write(self, key: DumpedKey) -> None:
        """Write one key in place of what is there under its name."""
        kind = cast("bytes", self._source.type(key.name)).decode()
        if kind not in _WRITERS:
            raise TargetError(f"a key of the type {kind} {_LOST}", _CURE)
        try:
            self._live.delete(key.name)
            _WRITERS[kind](self._source, self._live, key.name)
            if key.expiry is not None:
                self._live.pexpireat(key.name, key.expiry)
        except redis.ResponseError as error:
            raise TargetError(f"a key of the type {kind} {_LOST}: {reason(error)}", _CURE) from None


_LOST = "cannot be restored to this server, which is older than the source, without a loss"
_READS_EXPIRIES = "HPEXPIRETIME"
_CURE = "restore to a server of the source's version or a newer one (--target-url)"


def _write_string(source: Client, live: Client, name: bytes) -> None:
    live.set(name, b"")
    for start in range(0, source.strlen(name), _STRING_BYTES):
        live.append(name, source.getrange(name, start, start + _STRING_BYTES - 1))


def _write_list(source: Client, live: Client, name: bytes) -> None:
    for start in range(0, source.llen(name), _ELEMENTS):
        live.rpush(name, *source.lrange(name, start, start + _ELEMENTS - 1))


def _write_set(source: Client, live: Client, name: bytes) -> None:
    for members in _some(source.sscan_iter(name, count=_ELEMENTS)):
        live.sadd(name, *members)


def _write_zset(source: Client, live: Client, name: bytes) -> None:
    for start in range(0, source.zcard(name), _ELEMENTS):
        script = source.register_script(_WITH_SCORES)
        flat = script(keys=[name], args=[start, start + _ELEMENTS - 1])
        live.execute_command(
            "ZADD", name, *(one for pair in zip(flat[1::2], flat[::2], strict=True) for one in pair)
        )


def _write_hash(source: Client, live: Client, name: bytes) -> None:
    for pairs in _some(source.hscan_iter(name, count=_ELEMENTS)):
        live.execute_command("HSET", name, *(one for pair in pairs for one in pair))
    if _has_command(source, _READS_EXPIRIES) and any_expiry(source, name):
        if not _has_command(live, _READS_EXPIRIES):
            raise redis.ResponseError("its fields have expiries, which this server does not know")
        put_right(source, live, name)


_WRITERS: Mapping[str, Callable[[Client, Client, bytes], None]] = {
    "string": _write_string,
    "list": _write_list,
    "set": _write_set,
    "zset": _write_zset,
    "hash": _write_hash,
    "stream": write_stream,
}


def _some(all_of_them: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(all_of_them)
    while some := list(islice(rest, _ELEMENTS)):
        yield some


def _has_command(client: Client, name: str) -> bool:
    (found,) = client.execute_command("COMMAND INFO", name)  # redis-py cannot read unknown commands otherwise
    return bool(found)
