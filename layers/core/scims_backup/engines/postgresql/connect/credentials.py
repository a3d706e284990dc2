"""Where a secret's JSON says that a PostgreSQL database is: a URL, or what RDS writes."""

from __future__ import annotations

from urllib.parse import quote

from scims_backup.domain.credentials import Credentials
from scims_backup.domain.errors import SecretError

_ADDRESS = ("host", "dbname", "username")
_OF_SERVER = {"host": "host", "username": "user"}
_PORT = 5432
_TLS = "sslmode=require"
"""An address that RDS wrote does not mention TLS, and libpq would connect without it where allowed."""


def has_url(credentials: Credentials) -> bool:
    """Say whether a secret holds the whole address in one."""
    return "url" in credentials.entries


def server_of(credentials: Credentials) -> dict[str, str]:
    """Return what a secret says of role and server, as libpq's parameters; not the database that it names.

    Raise SecretError if something of that is not usable.
    """
    _refuse_other_engine(credentials)
    said = {name: credentials.text(key) for key, name in _OF_SERVER.items() if key in credentials.entries}
    return said | ({"port": str(credentials.port(_PORT))} if "port" in credentials.entries else {})


def url_of(credentials: Credentials) -> str:
    """Return libpq's URL of the database, without the password.

    Raise SecretError if the secret holds none; an address of RDS's own form is reached by TLS only.
    """
    if has_url(credentials):
        return credentials.text("url")
    missing = [key for key in _ADDRESS if key not in credentials.entries]
    if missing:
        raise SecretError(
            f"the secret {credentials.name} does not contain the database's address: it has no "
            f"{', '.join(missing)}",
            "add url (postgresql://USER@HOST:PORT/DATABASE), or host, port, dbname and username, to its "
            "JSON; or set url in the settings document",
        )
    _refuse_other_engine(credentials)
    host, database, user = (quote(credentials.text(key), safe="") for key in _ADDRESS)
    return f"postgresql://{user}@{host}:{credentials.port(_PORT)}/{database}?{_TLS}"


def _refuse_other_engine(credentials: Credentials) -> None:
    if "postgres" not in str(credentials.entries.get("engine", "postgres")):
        raise SecretError(
            f"the secret {credentials.name} belongs to another engine",
            "name the secret of a PostgreSQL database",
        )
