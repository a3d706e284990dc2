"""Whether the application can work with a restored server: it answers, takes a key, and gives it back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from redis import ResponseError

from scims_backup.domain.verdict import Finding
from scims_backup.engines.redis.checks.asked import Asked
from scims_backup.engines.redis.connect.redis_errors import reason

_KIND = "role-cannot-log-in"
_WHAT = "user default"
_SECONDS = 60


def check(asked: Asked) -> Iterator[Finding]:
    """Write a key of our own, read it, and remove it. Raise redis.RedisError if the server is gone."""
    key = f"scims-backup:check:{secrets.token_hex(16)}"
    with asked.client() as client:
        try:
            client.ping()
            client.set(key, key, ex=_SECONDS, nx=True)
            answer = client.get(key)
            client.delete(key)
        except ResponseError as error:
            yield Finding(_KIND, _WHAT, "it can write and read a key", reason(error))
            return
    if answer != key.encode():
        yield Finding(_KIND, _WHAT, "it reads a key as it was written", "it reads something else")
