"""The environment's variables of Redis' and Valkey's own clients, and of the applications that use them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scims_backup.domain.errors import UsageError

_OURS = re.compile(r"(REDIS|VALKEY)(CLI)?(_[A-Z0-9_]+)?")
_PASSWORDS = ("REDISCLI_AUTH", "VALKEYCLI_AUTH")
"""Where redis-cli and valkey-cli look for a password."""


def variables_in(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that say where a server is, or how to log in, e.g. REDIS_URL and REDISCLI_AUTH.

    A probe that finds one would look at the live server instead of the restored one.
    """
    return [name for name in environment if _OURS.fullmatch(name)]


def password_in(environment: Mapping[str, str]) -> str | None:
    """Return the password for the command line's clients, None if there is none.

    Raise UsageError if there are two different ones.
    """
    found = {environment[name] for name in _PASSWORDS if environment.get(name)}
    if len(found) > 1:
        first, second = _PASSWORDS
        raise UsageError(
            f"{first} and {second} contain different passwords",
            f"unset one of them for scims-backup (env -u {second} …)",
        )
    return next(iter(found), None)
