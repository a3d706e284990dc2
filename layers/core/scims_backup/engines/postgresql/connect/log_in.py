"""How to log in to PostgreSQL: from a URL, a secret, and libpq's variables."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.domain.credentials import Credentials
from scims_backup.domain.errors import SecretError, UsageError
from scims_backup.engines.postgresql.connect.address import Address
from scims_backup.engines.postgresql.connect.credentials import has_url, server_of, url_of


def address_of(url: str, credentials: Credentials | None, environment: Mapping[str, str]) -> Address:
    """Return where a database is, with its password, and with what libpq's variables fill in.

    url: wins over an address in the credentials; '' if there is only that.
    credentials: None leaves the password to libpq.

    Raise UsageError if a variable leads elsewhere, SecretError if the credentials are incomplete.
    """
    if credentials is None:
        return Address.parse(url).completed(environment)
    address = Address.parse(url, credentials.password) if url else _in_secret(credentials)
    return address.completed(environment)


def administrator_of(url: str, credentials: Credentials, environment: Mapping[str, str]) -> Address:
    """Return how to log in where is restored to. url: the source's, '' if there is none.

    A url in the secret wins over it; else role and server are the secret's, as far as it says them, and the
    rest is the source's: its role could not do this, but an administrator's database is not the one that is
    restored. Raise as `address_of` does.
    """
    if has_url(credentials) or not url:
        return _in_secret(credentials).completed(environment)
    merged = Address.parse(url, credentials.password).with_parameters(**server_of(credentials))
    return merged.completed(environment)


def _in_secret(credentials: Credentials) -> Address:
    try:
        return Address.parse(url_of(credentials), credentials.password)
    except UsageError as error:
        message = f"url in the secret {credentials.name}: {error.message}"
        raise SecretError(message, "correct it there") from None
