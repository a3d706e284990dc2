"""What a secret's text says: a password, and for a database perhaps where it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from scims_backup.domain.errors import SecretError

_SHAPES = (
    "store the password as plain text, or as JSON with password and either host, port, dbname and username, "
    "as RDS does, or url; a plain password that begins with '{' must be stored as JSON too"
)
_ADDRESS = ("host", "dbname", "username")
_OF_SERVER = {"host": "host", "username": "user"}
_PORT = 5432
_HIGHEST_PORT = 65_535
_TLS = "sslmode=require"
"""An address that RDS wrote does not mention TLS; libpq would connect without it where allowed."""


@dataclass(frozen=True)
class Credentials:
    """What a secret holds for a database.

    name: where it is, for messages
    entries: of its JSON, empty for a plain password
    """

    name: str
    password: str = field(repr=False)
    entries: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def has_url(self) -> bool:
        """Whether it contains the whole address as one URL."""
        return "url" in self.entries

    def server(self) -> dict[str, str]:
        """Return its role and server as libpq's parameters, without the database that it names.

        Raise SecretError if something of that is not usable.
        """
        self._refuse_other_engine()
        told = {name: self._text(key) for key, name in _OF_SERVER.items() if key in self.entries}
        return told | ({"port": str(self._port())} if "port" in self.entries else {})

    def url(self) -> str:
        """Return libpq's URL of the database, without the password.

        Raise SecretError if the secret contains none; an address in RDS's form is reached by TLS only.
        """
        if self.has_url:
            return self._text("url")
        missing = [key for key in _ADDRESS if key not in self.entries]
        if missing:
            raise SecretError(
                f"the secret {self.name} does not contain the database's address: it has no "
                f"{', '.join(missing)}",
                "add url (postgresql://USER@HOST:PORT/DATABASE), or host, port, dbname and username, to its "
                "JSON; or set url in the settings document",
            )
        self._refuse_other_engine()
        host, database, user = (quote(self._text(key), safe="") for key in _ADDRESS)
        return f"postgresql://{user}@{host}:{self._port()}/{database}?{_TLS}"

    def _refuse_other_engine(self) -> None:
        if "postgres" not in str(self.entries.get("engine", "postgres")):
            raise SecretError(
                f"the secret {self.name} belongs to another engine",
                "name the secret of a PostgreSQL database",
            )

    def _text(self, key: str) -> str:
        value = self.entries[key]
        if isinstance(value, str) and value and _is_usable(value):
            return value
        raise self._unusable(key, "write a text that is not empty")

    def _port(self) -> int:
        value = self.entries.get("port", _PORT)
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        if type(number) is int and 0 < number <= _HIGHEST_PORT:
            return number
        raise self._unusable("port", f"write a number from 1 to {_HIGHEST_PORT}")

    def _unusable(self, key: str, cure: str) -> SecretError:
        return SecretError(f"{key} in the secret {self.name} is invalid", cure)


def credentials_in(text: str, name: str) -> Credentials:
    """Read a secret of a database: a plain password, or JSON. name: where the secret is, for messages.

    Raise SecretError, without anything of the text, if it is damaged or has no password.
    """
    if not text.lstrip().startswith("{"):
        return Credentials(name, password_in(text, name))
    entries = _parsed(text)
    if entries is None:
        raise SecretError(f"the secret {name} starts like JSON but is not valid JSON", _SHAPES)
    password = entries.get("password")
    if not isinstance(password, str):
        raise SecretError(f"the secret {name} is JSON, but contains no password", _SHAPES)
    return Credentials(name, _usable(password, name), entries)


def password_in(text: str, name: str) -> str:
    """Read a secret that is nothing but a password; line breaks at its end are not part of it.

    name: where the secret is, for messages. Raise SecretError if there is none that a program could take.
    """
    return _usable(text.rstrip("\r\n"), name)


def _parsed(text: str) -> Mapping[str, Any] | None:
    """Parse a JSON object; None if it is none: the parser's own error would carry the whole text along."""
    try:
        entries: Mapping[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entries


def _usable(password: str, name: str) -> str:
    if not password:
        raise SecretError(f"the password in the secret {name} is empty", "store it there")
    if not _is_usable(password):
        raise SecretError(
            f"the password in the secret {name} contains a NUL character, which no program accepts",
            "store one without NUL characters",
        )
    return password


def _is_usable(text: str) -> bool:
    """Say whether a text can be an argument: JSON can hold NUL, and halves of letters."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
