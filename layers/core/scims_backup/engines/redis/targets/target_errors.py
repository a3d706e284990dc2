"""The target server's failures as domain errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from scims_backup.domain.errors import TargetError
from scims_backup.engines.redis.connect.redis_errors import translated

_CURES = {
    "OOM": "raise maxmemory, or restore to a server with more memory",
    "MISCONF": "fix what keeps the server from saving (its log says what), e.g. a full disk",
    "READONLY": "restore to the primary: this server is a replica",
    "MASTERDOWN": "restore to the primary: this server is a replica",
    "NOREPLICAS": "reconnect the replicas that min-replicas-to-write requires",
    "NOPERM": "grant the missing right with ACL SETUSER, or restore as another user (restore_secret)",
}


@contextmanager
def targeting(doing: str) -> Iterator[None]:
    """Turn the driver's failures inside into a TargetError. doing: what was tried, and on what."""
    try:
        yield
    except redis.RedisError as error:
        raise target_error(error, doing) from None


def target_error(error: redis.RedisError, doing: str) -> TargetError:
    """Return the domain error for a failure of the driver. doing: what was tried, and on what."""
    known = translated(error, doing)
    return TargetError(known.message, _CURES.get(error_word(error), known.cure))


def error_word(error: redis.RedisError) -> str:
    """Return the first word of a server's error, e.g. `NOPERM`, which redis-py may have cut off."""
    return getattr(error, "status_code", None) or str(error).partition(" ")[0]
