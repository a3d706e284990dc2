"""Where a secret's JSON says that a server is: a URL, or its parts."""

from __future__ import annotations

from urllib.parse import quote

from scims_backup.domain.credentials import Credentials
from scims_backup.domain.errors import SecretError
from scims_backup.engines.redis.connect.address import PLAIN, PORT, TLS

_ENGINES = ("redis", "valkey")
_YES_OR_NO = {True: True, False: False, "true": True, "false": False}


def has_address(credentials: Credentials) -> bool:
    """Say whether a secret holds an address."""
    return "url" in credentials.entries or "host" in credentials.entries


def user_of(credentials: Credentials) -> str:
    """Return the ACL user that a secret names, '' if none. Raise SecretError if it is not usable."""
    return credentials.text("username") if "username" in credentials.entries else ""


def url_of(credentials: Credentials) -> str:
    """Return a server's URL, without the password.

    Raise SecretError if the secret holds none. An address in parts means TLS unless `tls` is false.
    """
    if "url" in credentials.entries:
        return credentials.text("url")
    if not has_address(credentials):
        raise SecretError(
            f"the secret {credentials.name} does not contain the server's address: it has no host",
            "add url (rediss://USER@HOST:PORT), or host, port, username and tls, to its JSON; or set url in "
            "the settings document",
        )
    engine = str(credentials.entries.get("engine", _ENGINES[0])).lower()
    if not engine.startswith(_ENGINES):
        raise SecretError(
            f"the secret {credentials.name} belongs to another engine", "name the secret of a Redis server"
        )
    host, user = credentials.text("host"), quote(user_of(credentials), safe="")
    where = f"[{host}]" if ":" in host else quote(host, safe="")
    login = f"{user}@" if user else ""
    return f"{TLS if _tls(credentials) else PLAIN}://{login}{where}:{credentials.port(PORT)}"


def _tls(credentials: Credentials) -> bool:
    value = credentials.entries.get("tls", True)
    known = _YES_OR_NO.get(value) if isinstance(value, (bool, str)) else None
    if known is None:
        raise credentials.invalid("tls", "write true or false")
    return known
