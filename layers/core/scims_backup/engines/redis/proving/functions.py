"""The libraries of functions, which belong to the server and not to a database."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from redis import Redis
from redis.exceptions import ResponseError

_UNKNOWN = "unknown command"


def read_functions(client: Redis) -> dict[str, str]:
    """Return the SHA-256 of each library's code; none where the server has no functions (before 7.0)."""
    try:
        libraries = client.execute_command("FUNCTION LIST", "WITHCODE")
    except ResponseError as error:
        if _UNKNOWN in str(error).lower():
            return {}
        raise
    return dict(sorted(_name_and_digest(library) for library in libraries))


def _name_and_digest(library: Sequence[bytes]) -> tuple[str, str]:
    facts = dict(zip(library[::2], library[1::2], strict=True))
    name, code = facts[b"library_name"], facts[b"library_code"]
    return name.decode(errors="backslashreplace"), sha256(code).hexdigest()
