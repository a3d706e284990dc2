"""How to log in to Redis: from a URL, a secret, and the command line's variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scims_backup.domain.credentials import Credentials
from scims_backup.domain.errors import SecretError, UsageError
from scims_backup.engines.redis.connect.address import RedisAddress
from scims_backup.engines.redis.connect.credentials import has_address, url_of, user_of
from scims_backup.engines.redis.connect.variables import password_in


def address_of(url: str, credentials: Credentials | None, environment: Mapping[str, str]) -> RedisAddress:
    """Return where a server is, with its password.

    url: wins over an address in the credentials; '' if there is only that. A user in it wins as well.
    credentials: None leaves the password to REDISCLI_AUTH.
    Raise UsageError if the variables contradict each other, SecretError if the credentials are incomplete.
    """
    if credentials is None:
        return RedisAddress.parse(url, password_in(environment))
    if not url:
        return _in_secret(credentials)
    address = RedisAddress.parse(url, credentials.password)
    return address if address.user else replace(address, user=user_of(credentials))


def administrator_of(url: str, credentials: Credentials) -> RedisAddress:
    """Return how to log in where is restored to. url: the source's, '' if there is none.

    An address in the secret wins over it, for a restore may go to another server; the number of the live
    database is the source's. Raise as `address_of` does.
    """
    if not url or has_address(credentials):
        found = _in_secret(credentials)
        return found.with_database(RedisAddress.parse(url).database) if url and not found.database else found
    address = RedisAddress.parse(url, credentials.password)
    # the source's own user may only read
    return replace(address, user=user_of(credentials) or address.user)


def _in_secret(credentials: Credentials) -> RedisAddress:
    try:
        return RedisAddress.parse(url_of(credentials), credentials.password)
    except UsageError as error:
        message = f"url in the secret {credentials.name}: {error.message}"
        raise SecretError(message, "correct it there") from None
