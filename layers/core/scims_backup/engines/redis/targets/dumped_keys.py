"""Reading keys as DUMP writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from scims_backup.engines.redis.rdb.shifting import unshift
from scims_backup.engines.redis.targets.live_server import Client

_KEYS_AT_ONCE = 500
_MOST_BYTES = 4 << 20
"""Payloads of one answer, in bytes; a single key may be longer."""


@dataclass(frozen=True, slots=True)
class DumpedKey:
    """One key.

    payload: as DUMP writes it.
    expiry: Unix time in milliseconds, as in the source; None for none.
    """

    name: bytes
    payload: bytes
    expiry: int | None


def dumped_keys(client: Client) -> Iterator[list[DumpedKey]]:
    """Yield the keys of the database that a client is connected to, many at once; its expiries are shifted.

    A key may come twice, as SCAN may return it twice.
    """
    cursor = b"0"
    while True:
        cursor, found, left = _asked(client, cursor)
        yield found
        while left:
            _, found, left = _asked(client, cursor, left)
            yield found
        if cursor == b"0":
            return


def named_keys(client: Client, names: Sequence[bytes]) -> Iterator[list[DumpedKey]]:
    """Yield the keys of these names, as `dumped_keys`."""
    for start in range(0, len(names), _KEYS_AT_ONCE):
        left = list(names[start : start + _KEYS_AT_ONCE])
        while left:
            _, found, left = _asked(client, b"0", left)
            yield found


def _asked(
    client: Client, cursor: bytes, names: Sequence[bytes] = ()
) -> tuple[bytes, list[DumpedKey], list[bytes]]:
    """Return the next cursor, keys, and the names of those that did not fit."""
    script = client.register_script(_text())
    cursor, *flat = script(args=[cursor, _KEYS_AT_ONCE, _MOST_BYTES, *names])
    found: list[DumpedKey] = []
    left: list[bytes] = []
    for name, payload, expiry in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
        if payload:
            found.append(DumpedKey(name, payload, None if expiry == b"-1" else unshift(int(expiry))))
        else:
            left.append(name)
    return cursor, found, left


@cache
def _text() -> str:
    return resources.files(__package__).joinpath("dumped.lua").read_text()
