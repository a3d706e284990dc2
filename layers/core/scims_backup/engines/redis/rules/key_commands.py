"""Commands for a person who restored chosen keys: put them where the live ones are missing, and drop them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

_EACH = "for _, k in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do n = n + redis.call({}) end"
_COPY = _EACH.format("'COPY', k, string.sub(k, #ARGV[1] + 1)")
_DROP = _EACH.format("'UNLINK', k")


def copy_missing(prefix: str, databases: Sequence[int]) -> list[str]:
    """Return a command for each database that copies keys to their own names, where there is none."""
    return [_command(_COPY, prefix, database) for database in databases]


def drop(prefix: str, databases: Sequence[int]) -> list[str]:
    """Return a command for each database that removes the keys under a prefix."""
    return [_command(_DROP, prefix, database) for database in databases]


def _command(each: str, prefix: str, database: int) -> str:
    script = f"local n = 0 {each} return n"
    return shlex.join(["redis-cli", "-n", str(database), "EVAL", script, "0", prefix])
