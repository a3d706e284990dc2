"""Whether the application's user can log in."""

from __future__ import annotations

from collections.abc import Iterator

from redis import ResponseError
from redis.exceptions import NoPermissionError

from scims_backup.domain.verdict import Finding, NotChecked
from scims_backup.engines.redis.checks.asked import Asked
from scims_backup.engines.redis.connect.redis_errors import reason

_KIND = "role-cannot-log-in"


def check(asked: Asked, user: str, *, is_disposable: bool) -> Iterator[Finding | NotChecked]:
    """Look at a user of a server; a disposable one has none, for users are in no RDB."""
    what = f"log-in of user {user}"
    if is_disposable:
        yield NotChecked(what, "users and their passwords are in no RDB: keep the ACL with the configuration")
        return
    with asked.client() as client:
        try:
            rules = client.execute_command("ACL GETUSER", user)
        except (NoPermissionError, ResponseError) as error:
            yield NotChecked(what, reason(error))
            return
    if rules is None:
        yield Finding(_KIND, f"user {user}", "it can log in", "the user does not exist here")
    elif b"on" not in _flags(rules):
        yield Finding(_KIND, f"user {user}", "it can log in", "the user is off")
    else:
        yield NotChecked(what, "the user is on; its password is unknown here, so log-in was not tried")


def _flags(rules: object) -> set[bytes]:
    """Return the flags of an answer to ACL GETUSER, which redis-py makes a dictionary of, or leaves flat."""
    if isinstance(rules, dict):
        flags = rules.get("flags", rules.get(b"flags", ()))
    else:
        assert isinstance(rules, list)  # noqa: S101  as RESP 2 has it
        flags = dict(zip(rules[::2], rules[1::2], strict=True))[b"flags"]
    return {flag if isinstance(flag, bytes) else str(flag).encode() for flag in flags or ()}
