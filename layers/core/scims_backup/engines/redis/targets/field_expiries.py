"""The expiries of a hash's fields: a payload from a sandbox holds them shifted, so that none is hidden."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import cast

from scims_backup.engines.redis.rdb.shifting import unshift
from scims_backup.engines.redis.targets.live_server import Client

_WITH_FIELD_EXPIRIES = frozenset({22, 23, 24, 25})
"""Types in a payload's first byte: hashes with expiries, Redis' since 7.4, Valkey's (22) since 9."""
_NO_EXPIRY = -1
_FIELDS_AT_ONCE = 1000


def has_field_expiries(payload: bytes) -> bool:
    """Say whether a payload is that of a hash whose fields may have expiries."""
    return payload[0] in _WITH_FIELD_EXPIRIES


def put_right(sandbox: Client, live: Client, name: bytes) -> None:
    """Give the fields of a hash the expiries of the source; fields that have expired since are gone then."""
    for fields in _some_fields(sandbox, name):
        by_expiry = defaultdict(list)
        for field, expiry in zip(fields, _expiries(sandbox, name, fields), strict=True):
            if expiry != _NO_EXPIRY:
                by_expiry[unshift(expiry)].append(field)
        with live.pipeline(transaction=False) as pipeline:
            for expiry, some in by_expiry.items():
                pipeline.execute_command("HPEXPIREAT", name, expiry, "FIELDS", len(some), *some)
            pipeline.execute()


def any_expiry(sandbox: Client, name: bytes) -> bool:
    """Say whether a field of a hash has an expiry."""
    return any(
        expiry != _NO_EXPIRY
        for fields in _some_fields(sandbox, name)
        for expiry in _expiries(sandbox, name, fields)
    )


def _some_fields(client: Client, name: bytes) -> Iterator[list[bytes]]:
    """Yield the names of a hash's fields, not too many at once."""
    fields = cast("list[bytes]", client.hkeys(name))
    for start in range(0, len(fields), _FIELDS_AT_ONCE):
        yield fields[start : start + _FIELDS_AT_ONCE]


def _expiries(client: Client, name: bytes, fields: list[bytes]) -> list[int]:
    return client.execute_command("HPEXPIRETIME", name, "FIELDS", len(fields), *fields)  # type: ignore[no-any-return]
