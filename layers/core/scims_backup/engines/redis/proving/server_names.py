"""Finds names of keys on a server, where somebody may see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from scims_backup.engines.redis.proving.key_scan import Clients
from scims_backup.engines.redis.rules.records import hashed, identified

_BATCH = 1000


def names_on_server(
    clients: Clients, databases: Mapping[int, int], salt: bytes, wanted: Collection[bytes]
) -> Mapping[bytes, bytes]:
    """Return names of keys by what identifies them in records.

    databases: number on the server → number in the records.
    """
    found: dict[bytes, bytes] = {}
    for here, number in databases.items():
        with clients(here) as client:
            for name in client.scan_iter(count=_BATCH):
                key = identified(number, hashed(name, salt))
                if key in wanted:
                    found[key] = name
    return found
