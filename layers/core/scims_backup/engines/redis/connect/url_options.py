"""What a server's URL may have after its `?`."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from scims_backup.domain.errors import UsageError

DATABASE = "db"
VERIFY, HOSTNAME = "ssl_cert_reqs", "ssl_check_hostname"
_FILES = ("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile")
_CHOICES = {VERIFY: ("required", "none"), HOSTNAME: ("true", "false")}
_SECRETS = ("password", "ssl_password")
_KNOWN = (*_FILES, *_CHOICES)
_HIGHEST = 2**31 - 1


def options_in(query: str) -> dict[str, str]:
    """Read a URL's query. Raise UsageError if it is none, or has a secret or an option twice."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise UsageError("the server's URL cannot be parsed after its ?", "write name=value&…") from None
    for name, value in pairs:
        if name in _SECRETS:
            raise UsageError(
                f"the server's URL contains a {name}, which other users could read",
                "remove it and pass it in REDISCLI_AUTH or the secret in the settings; a TLS key needs to be "
                "stored without a password",
            )
        if not value or "\0" in value:
            raise UsageError(f"option {name} in the server's URL has no value", "remove it, or write one")
    if len({name for name, _ in pairs}) < len(pairs):
        raise UsageError("the server's URL has an option twice", "write each option once")
    return dict(pairs)


def database_in(options: dict[str, str], path: str) -> int:
    """Take the number of the database from a URL's path or its option `db`.

    Raise UsageError if it is not a number, or there are two.
    """
    given = [text for text in (options.pop(DATABASE, ""), path) if text]
    if len(set(given)) > 1:
        raise UsageError("the server's URL has two database numbers", "write one, as /NUMBER or ?db=NUMBER")
    text = given[0] if given else "0"
    if not (text.isascii() and text.isdigit()) or int(text) > _HIGHEST:
        raise UsageError("the server's URL has a database that is not a number", "write e.g. /0")
    return int(text)


def checked_options(options: Mapping[str, str], *, tls: bool) -> None:
    """Raise UsageError for an option that we do not know, or that does not mean anything without TLS."""
    for name, value in options.items():
        if name not in _KNOWN:
            raise UsageError(
                f"the server's URL has the unknown option {name}",
                f"remove it; known options: {', '.join((DATABASE, *_KNOWN))}",
            )
        if not tls:
            raise UsageError(
                f"the server's URL has the TLS option {name}, but does not use TLS", "write rediss://…"
            )
        choices = _CHOICES.get(name)
        if choices and value not in choices:
            raise UsageError(f"{name} in the server's URL is invalid", f"write {' or '.join(choices)}")
